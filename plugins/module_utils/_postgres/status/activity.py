# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the activity of one side."""

from __future__ import annotations

from typing import Any

from ..._domain.relations import TableName
from ..go_no_go.readiness import read_transactions
from ..session import Session
from ..sql.status import activity as sql


def read_activity(session: Session) -> dict[str, Any]:
    """Return connections, open transactions, busiest tables, error counts and sizes (bytes) of this side."""
    transactions = [
        {"role": one.role, "application": one.application, "seconds": one.seconds} for one in read_transactions(session)
    ]
    return {
        "connections": session.rows(sql.CONNECTIONS, {}),
        "transactions": transactions,
        "tables": [_table(row) for row in session.rows(sql.BUSIEST_TABLES)],
        "errors": session.row(sql.ERRORS),
        **(session.row(sql.SIZES) or {}),
    }


def _table(row: dict[str, Any]) -> dict[str, Any]:
    name = TableName(row.pop("schema"), row.pop("name"))
    return {"table": str(name), **row}
