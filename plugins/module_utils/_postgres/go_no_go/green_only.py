# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was written on green since the switch and cannot flow back to blue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import DatabaseError
from ..._domain.go_no_go.way_home import GreenOnly
from ..session import Session
from ..sql.go_no_go import green_only as sql

_NOT_COUNTED = {"57014": "counting takes too long", "42501": "our role may not read all its rows"}


def count_values(session: Session, migration: str, found: Iterable[GreenOnly], seconds: float) -> list[GreenOnly]:
    """Return each kind of value with the number of values written since the switch.

    :param seconds: how long counting one may take; after that the number is unknown, unless the table is empty
    """
    return [_counted(session, migration, one, seconds) for one in found]


def _counted(session: Session, migration: str, one: GreenOnly, seconds: float) -> GreenOnly:
    session.set_deadline(Deadline(seconds, f"Counting {one.name}"))
    session.run(sql.HIDE_NOTHING)
    try:
        values = int(session.value(sql.count(one.column, one.alone), {"migration": migration}, **_names(one)))
    except DatabaseError as error:
        if error.sqlstate not in _NOT_COUNTED:
            raise
        empty = session.value(sql.EMPTY, {"schema": one.table.schema, "table": one.table.name})
        return replace(one, values=0 if empty else None, why="" if empty else _NOT_COUNTED[error.sqlstate])
    finally:
        session.set_deadline(None)
    return replace(one, values=values)


def rows_of(session: Session, migration: str, one: GreenOnly) -> Iterator[str]:
    """Yield those values, each with its row's key, as JSON, a thousand at a time; rows of a table without a counterpart
    are complete."""
    arguments = {"migration": migration, "columns": [*one.key, one.column]}
    with session.transaction(sql.BEGIN):
        session.run(sql.open_rows(one.column, one.alone), arguments, **_names(one))
        while rows := session.rows(sql.FETCH):
            yield from (row["row"] for row in rows)
        session.run(sql.CLOSE)


def _names(one: GreenOnly) -> dict[str, Any]:
    return {"table": one.table.parts, **({"column": one.column} if one.column else {})}
