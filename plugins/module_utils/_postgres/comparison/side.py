# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison has to know about a side: settings, sizes, positions, publications, load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.comparison.mapping import Published
from ..._domain.errors import DatabaseError
from ..._domain.relations import TableName
from ..session import Session
from ..sql.comparison import side as sql

_LOCK_MILLISECONDS = 500
_EVERY_DIGIT, _SAME_DIGITS = "3", "0"
_LOCK_NOT_AVAILABLE = "55P03"


def pin_settings(session: Session, major: int) -> None:
    """Make values print the same on every server, and prevent the session from writing or from missing a row.

    :param major: of the older server
    """
    digits = _EVERY_DIGIT if Capability.SHORTEST_FLOATS.of(major) else _SAME_DIGITS
    session.run(sql.PIN_SETTINGS, {"float_digits": digits})


def read_encoding(session: Session) -> str:
    """Return the encoding in which the database stores text."""
    return str(session.value(sql.ENCODING))


def read_hidden_tables(session: Session) -> set[TableName]:
    """Return the tables whose rows a row-level security policy could hide from us."""
    return {TableName(**row) for row in session.rows(sql.HIDDEN_BY_ROW_SECURITY)}


def read_copying_tables(session: Session, prefix: str) -> set[TableName]:
    """Return the tables that the subscriptions whose names begin with ``prefix`` have not yet copied completely."""
    return {TableName(**row) for row in session.rows(sql.STILL_COPYING, {"prefix": prefix})}


def read_wal_end(session: Session) -> str:
    """Return the LSN after everything that is committed and visible now, flushed or not."""
    return str(session.value(sql.WAL_END, {}))


@dataclass(frozen=True)
class SlotState:
    """One slot: is it in use, and has its subscriber confirmed everything before the LSN asked for?"""

    name: str
    active: bool
    passed: bool


def read_slots(session: Session, prefix: str, lsn: str) -> list[SlotState]:
    """Return the slots whose names begin with ``prefix``."""
    return [SlotState(**row) for row in session.rows(sql.SLOTS, {"prefix": prefix, "lsn": lsn})]


def hasten_flush(session: Session, lsn: str) -> None:
    """Make sure that WAL up to ``lsn`` is flushed, since it is sent only then; an idle server may take 15 s."""
    if not session.value(sql.FLUSHED, {"lsn": lsn}):
        session.run(sql.TAKE_TRANSACTION_ID)


@dataclass(frozen=True)
class TableSize:
    """The size of a table: ``all`` with TOAST, ``main`` without."""

    all: int
    main: int


def read_sizes(session: Session) -> dict[TableName, TableSize]:
    """Return the sizes of all tables of the user's, in bytes; of a partitioned one, of all its leaves together.

    While a table is locked, its sizes are those of the last VACUUM or ANALYZE.
    """
    session.run(sql.WAIT_FOR_SIZES, {"ms": _LOCK_MILLISECONDS})
    try:
        rows = session.rows(sql.SIZES, {})
    except DatabaseError as error:
        if error.sqlstate != _LOCK_NOT_AVAILABLE:
            raise
        rows = session.rows(sql.ESTIMATED_SIZES, {})
    session.run(sql.WAIT_FOR_SIZES, {"ms": 0})
    return {TableName(row["schema"], row["name"]): TableSize(row["bytes"], row["main_bytes"]) for row in rows}


def read_published(session: Session, prefix: str) -> dict[TableName, Published]:
    """Return the tables that publications whose names begin with ``prefix`` publish only in part."""
    if not Capability.COLUMN_LISTS.of(session.major):
        return {}
    rows = session.rows(sql.PUBLISHED, {"prefix": prefix})
    return {TableName(row["schema"], row["name"]): _published(row) for row in rows}


def read_lag_bytes(session: Session, prefix: str) -> int | None:
    """Return how far the slots whose names begin with ``prefix`` lag, ``None`` where that is unknown."""
    lag = session.value(sql.LAG, {"prefix": prefix})
    return None if lag is None else int(lag)


def read_active_sessions(session: Session) -> int | None:
    """Return how many other sessions are active, ``None`` where our role may not see that."""
    sessions = session.value(sql.ACTIVE_SESSIONS, {})
    return None if sessions is None else int(sessions)


def _published(row: dict[str, Any]) -> Published:
    return Published(row["condition"], None if row["columns"] is None else frozenset(row["columns"]))
