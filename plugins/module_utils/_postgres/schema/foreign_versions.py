# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other tools say about the schema's version."""

from __future__ import annotations

from typing import Any

from ..._domain.relations import TableName
from ..session import Session
from ..sql.schema import foreign_versions as sql


def read_foreign_versions(session: Session) -> list[dict[str, Any]]:
    """Return tool, table and version of each foreign version table that our role may read.

    It recognises Flyway, Alembic, golang-migrate and dbmate. The version is ``None`` where the table is empty.
    """
    names = sorted({name for _tool, name, _columns in sql.TOOLS})
    return [_told(session, row) for row in session.rows(sql.FIND, {"names": names}) if _tool_of(row)]


def _tool_of(row: dict[str, Any]) -> str | None:
    columns = set(row["columns"])
    return next((tool for tool, name, known in sql.TOOLS if name == row["name"] and set(known) <= columns), None)


def _told(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    tool, table = str(_tool_of(row)), TableName(row["schema"], row["name"])
    return {"tool": tool, "table": str(table), "version": session.value(sql.VERSIONS[tool], None, table=table.parts)}
