# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling columns of a table in batches by its primary key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.clock import Deadline
from ..._domain.copy.backfill import Backfill, Progress, Recorded, Unfilled, not_finished, with_conditions
from ..._domain.errors import ConnectionLost, DatabaseError
from ..._domain.names import link_prefix
from ..._domain.relations import TableName
from ..._domain.sides import Side
from ..._domain.texts import one_line
from ..as_owner import run_as_owner
from ..driver import Name, Verbatim
from ..origin import try_origin
from ..ours import making
from ..session import Session
from ..sides import Sides
from ..sql import origin as origin_sql
from ..sql.copy import backfill as sql
from ..users_settings import let_expressions_find_theirs

_TIME_IS_UP = "57014"


@dataclass(frozen=True)
class Standing:
    """Whether a side is fenced, and the slots of ours that carry its rows to the other."""

    fenced: bool
    slots: tuple[str, ...]


@dataclass(frozen=True)
class KeyColumn:
    """A column of the primary key, and the schema of the operators that order its index."""

    name: str
    operators: str


def read_standing(session: Session, migration: str) -> Standing:
    """Return the current standing of the session's side."""
    row = session.rows(sql.STANDING, {"prefix": link_prefix(migration)})[0]
    return Standing(row["fenced"], tuple(row["slots"]))


def read_leaving_out(session: Session) -> set[str]:
    """Return the subscriptions in the session's database that get no row with an origin, as a slot of theirs is
    named."""
    if not Capability.ORIGIN.of(session.major):
        return set()
    return {row["name"] for row in session.rows(origin_sql.LEAVE_OUT_ORIGINS)}


def read_key(session: Session, backfill: Backfill) -> tuple[KeyColumn, ...]:
    """Return the columns of the table's primary key, none where the key or the table does not exist."""
    where = {"schema": backfill.table.schema, "table": backfill.table.name}
    return tuple(KeyColumn(**row) for row in session.rows(sql.KEY, where))


def unknown_columns(session: Session, backfill: Backfill) -> list[str]:
    """Return those columns to be filled that the table does not have or that are generated."""
    where = {"schema": backfill.table.schema, "table": backfill.table.name}
    return sorted(set(backfill.assignments) - {row["name"] for row in session.rows(sql.COLUMNS, where)})


def read_rows(session: Session, backfill: Backfill) -> int:
    """Return the estimated number of rows, -1 where the table has no statistics."""
    return int(session.value(sql.ROWS, {"name": str(backfill.table)}))


def read_progress(session: Session, backfill: Backfill) -> Progress | None:
    """Return the backfill's progress, ``None`` when it has not begun."""
    if not session.value(sql.EXISTS):
        return None
    row = session.row(sql.READ, {"key": backfill.key})
    return Progress(**{**row, "last": tuple(row["last"]) if row["last"] else None}) if row else None


def is_any_left(session: Session, backfill: Backfill) -> bool:
    """Tell whether any row meets the condition; without a condition a backfill that has ended is done."""
    if not backfill.where:
        return False
    session.run("BEGIN")
    try:
        return _meets_any(session, backfill)
    finally:
        session.rollback()


def _meets_any(session: Session, backfill: Backfill) -> bool:
    where = Verbatim(backfill.where)
    text = session.text_of(sql.IS_ANY_LEFT, {"asked": True}, table=backfill.table.parts, where=where)
    return bool(_as_owner(session, backfill, text)["left_over"])


def read_unfilled(sides: Sides, side: Side, seconds: float) -> tuple[Unfilled, ...]:
    """Return the backfills recorded on a side whose condition rows still meet, and those of which that is unknown.

    :param seconds: for all of them together
    """
    session = sides.session(side)
    if not session.value(sql.EXISTS):
        return ()
    rows = session.rows(sql.RECORDED)
    recorded = [
        Recorded(TableName(row["table_schema"], row["table_name"]), row["title"], row["condition"], row["finished"])
        for row in rows
    ]
    asked = with_conditions(recorded)
    if not asked:
        return tuple(not_finished(recorded))
    limit = Deadline(seconds, "Asking for rows that are not filled")
    asking = sides.connect(side, "backfills")
    try:
        let_expressions_find_theirs(asking)
        found = [_unfilled(asking, one, limit) for one in asked]
    finally:
        asking.close()
    return (*not_finished(recorded), *(one for one in found if one is not None))


def _unfilled(session: Session, recorded: Recorded, limit: Deadline) -> Unfilled | None:
    """Ask in a transaction that is rolled back; nothing of it stays, in check mode as well."""
    session.run("BEGIN")
    try:
        session.run(sql.FOR_SO_LONG, {"ms": limit.left_milliseconds()})
        if _meets_any(session, recorded.as_backfill):
            return Unfilled(recorded.title, f"rows still meet its condition ({one_line(recorded.where)})")
    except ConnectionLost:
        raise
    except DatabaseError as error:
        why = f"no answer within {limit.seconds:g} s" if error.sqlstate == _TIME_IS_UP else error.what
        return Unfilled(recorded.title, f"whether rows still meet its condition is unknown: {why}", unknown=True)
    finally:
        session.rollback()
    return None


def rehearse(session: Session, origin: str) -> None:
    """Check that our role may write with an origin; nothing is left behind.

    :raises DatabaseError: BG008 when it may not
    """
    session.run(origin_sql.BEGIN)
    try:
        try_origin(session, origin)
    finally:
        session.rollback()


def make_room(session: Session) -> None:
    """Create the table that records the progress of backfills."""
    with making(session):
        session.run(sql.CREATE)


def fill(
    session: Session, backfill: Backfill, key: tuple[KeyColumn, ...], before: Progress, size: int, lift: bool
) -> Progress:
    """Fill one batch and record it, in one transaction.

    :param size: how many rows to look at, at most
    :param lift: pass the side's fence, which stays closed for everybody else
    :raises DatabaseError: 55P03 and 40P01 when rows stay locked for two seconds; nothing was done then
    """
    columns = sorted(backfill.assignments)
    names: dict[str, Name] = {f"k{n}": column.name for n, column in enumerate(key)}
    names.update({f"o{n}": column.operators for n, column in enumerate(key)})
    names.update({f"c{n}": name for n, name in enumerate(columns)})
    names.update({f"e{n}": Verbatim(backfill.assignments[name]) for n, name in enumerate(columns)})
    names["where"] = Verbatim(backfill.where or "true")
    values = {f"a{n}": text for n, text in enumerate(before.last or ())}
    statement = sql.batch([column.operators for column in key], len(columns), begun=before.last is not None)
    text = session.text_of(statement, {"size": size, **values}, table=backfill.table.parts, **names)
    with session.transaction():
        if lift:
            session.run(sql.OPEN_FOR_US)
        row = _as_owner(session, backfill, text)
        after = Progress(
            before.seen + row["seen"],
            before.written + row["written"],
            tuple(row["last"]) if row["last"] else before.last,
            finished=row["seen"] < size,
        )
        record(session, backfill, after)
        if lift:
            session.run(sql.CLOSE_AGAIN)
    return after


def _as_owner(session: Session, backfill: Backfill, text: str) -> dict[str, Any]:
    """Run a statement that contains the user's SQL, and return its only row."""
    session.run(sql.LOCK_TIMEOUT)
    path = session.value(sql.PATH, {"schema": backfill.table.schema})
    [row] = run_as_owner(session, backfill.table, [text], path)
    return row


def record(session: Session, backfill: Backfill, progress: Progress) -> None:
    """Record the backfill's progress."""
    place = {"schema": backfill.table.schema, "table": backfill.table.name, "where": backfill.where}
    values: dict[str, Any] = {"key": backfill.key, "title": backfill.title, **place, **progress.as_result()}
    session.run(sql.WRITE, {**values, "last": list(progress.last) if progress.last else None})
