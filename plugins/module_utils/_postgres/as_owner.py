# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing to a table as its owner: functions that its constraints, indexes and triggers call get none of our
privileges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._domain.errors import DatabaseError
from .._domain.relations import TableName
from .._domain.row_security import HIDES_ROWS, hidden_from, way_out
from .._domain.session_settings import SEARCH_PATH
from .session import Session
from .sql import as_owner as sql


@dataclass(frozen=True)
class Owner:
    """The owner of a table. ``sees_all``: no policy hides rows of it from him."""

    name: str
    sees_all: bool


def read_owner(session: Session, table: TableName) -> Owner | None:
    """Return the table's owner, ``None`` where the table is gone."""
    row = session.row(sql.OWNER, {"schema": table.schema, "table": table.name})
    return None if row is None else Owner(**row)


def require_seen_by_owner(session: Session, table: TableName) -> str:
    """Return the name of the table's owner, as whom all its rows can be written.

    :raises DatabaseError: BG544 where he does not see all of them, BG042 where the table is gone
    """
    owner = read_owner(session, table)
    if owner is None:
        what = f"{table} is no longer there on {session.side}"
        raise DatabaseError("BG042", what, "The statement had no effect", "Run the same command again", "42P01")
    if not owner.sees_all:
        stands = "Nothing of that table was written by this step"
        raise DatabaseError(
            HIDES_ROWS, hidden_from(table, owner.name, session.side), stands, way_out(table, owner.name), "42501"
        )
    return owner.name


def run_as_owner(
    session: Session, table: TableName, statements: Sequence[str], path: str = SEARCH_PATH, *, alone: bool = False
) -> list[dict[str, Any]]:
    """Run statements as the table's owner, in the open transaction, and return the row that each of them returns.

    :param statements: as :meth:`Session.text_of` gives them; each returns at most one row
    :param path: the search_path that they run with
    :param alone: go on after one that the server refuses; its row is ``refused``, a SQLSTATE, and ``why``
    :raises DatabaseError: what the server refuses; also where the owner may create nothing in the table's schema, and
        BG544 where he does not see all rows
    """
    owner = require_seen_by_owner(session, table)
    view = (table.schema, f"bluegreen_as_owner_{session.backend_pid}")
    session.run(sql.CONSTRAINTS_NOW)
    session.run(sql.FUNCTION, owner=owner)
    session.run(sql.VIEW, {"statements": list(statements), "path": path, "alone": alone}, view=view)
    session.run(sql.GIVE, view=view, owner=owner)
    session.run(sql.RUN, view=view)
    answers = session.value(sql.ANSWERS, view=view)
    session.run(sql.DROP, view=view)
    return list(answers)
