# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a server for the largest values of its tables, within some seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import ConnectionLost, DatabaseError
from ..._domain.preflight.large_values import LargestValue, least_stored, surely_stored
from ..._domain.relations import TableName
from ..session import Session
from ..sql.preflight import large_values as sql

_SECONDS = 6.0  # for all tables of a side
_SECONDS_OF_A_TABLE = 2.0
_SECONDS_OF_A_SAMPLE = 0.5
_SAMPLED_PAGES = 2000


def read_largest_values(session: Session, tables: Iterable[TableName]) -> tuple[LargestValue, ...]:
    """Return the largest value of each column of the tables that may hold one that is too large for a link."""
    known = {"bytes": least_stored(), "tables": [f"{one.schema}.{one.name}" for one in tables]}
    limit = Deadline(_SECONDS, "Asking for the largest values")
    return tuple(value for row in session.rows(sql.CANDIDATES, known) for value in _largest(session, row, limit))


def _largest(session: Session, row: Mapping[str, Any], limit: Deadline) -> list[LargestValue]:
    table = TableName(row["schema"], row["name"])
    percent = min(100.0, 100.0 * _SAMPLED_PAGES / max(1, row["pages"]))
    found = _ask(session, row, min(_SECONDS_OF_A_TABLE, limit.left()))
    sampled = found is None
    if found is None:
        found = _ask(session, row, min(_SECONDS_OF_A_SAMPLE, limit.left()), percent)
    if found is None and row["size"] < surely_stored():
        return []
    columns = zip(row["columns"], row["doubled"])
    return [
        LargestValue(table, name, None if found is None else found[f"v{number}"] or 0, doubles, sampled)
        for number, (name, doubles) in enumerate(columns)
    ]


def _ask(session: Session, row: Mapping[str, Any], seconds: float, percent: float | None = None) -> Any:
    """Return the length of the largest value of each column, ``None`` where it cannot be read in that time."""
    if seconds <= 0.0:
        return None
    values = ", ".join(f"{_length(kind, number)} AS v{number}" for number, kind in enumerate(row["types"]))
    statement = sql.LARGEST.format(values=values) + ("" if percent is None else sql.SAMPLED)
    names: dict[str, Any] = {f"c{number}": name for number, name in enumerate(row["columns"])}
    try:
        with session.transaction(sql.BEGIN):
            session.run(sql.LIMITS, {"ms": int(seconds * 1000)})
            return session.row(statement, {"percent": percent}, table=(row["schema"], row["name"]), **names)
    except ConnectionLost:
        raise
    except DatabaseError:
        # Other findings name a table that we may not read; this one has no answer in time, or is locked.
        return None


def _length(kind: str, number: int) -> str:
    return (sql.KNOWN_LENGTH if kind in sql.WITH_KNOWN_LENGTH else sql.STORED_LENGTH).format(number=number)
