# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading which code of other roles a database's tables call."""

from __future__ import annotations

from collections.abc import Iterator

from .._domain.code_of_others import FOREIGN_KEY, PARTITION_KEY, Code, is_planned
from .._domain.relations import TableName, respelled
from .session import Session
from .sql import code_of_others as sql


def read_code(session: Session, table: TableName | None = None) -> Iterator[Code]:
    """Yield the code that this table calls, or that any table of the user's calls."""
    names = {"schema": table and table.schema, "table": table and table.name}
    for row in session.rows(sql.CODE, names):
        tree, number, language = row.pop("tree"), row.pop("function_oid"), row.pop("language")
        row["function"] = respelled(row["function"])
        if row["kind"] == PARTITION_KEY:
            row["object"] = respelled(row["object"])
        checked = row["kind"] == FOREIGN_KEY
        planned = checked or (tree is not None and is_planned(tree, number, language))
        yield Code(TableName(row.pop("schema"), row.pop("table")), planned=planned, **row)
