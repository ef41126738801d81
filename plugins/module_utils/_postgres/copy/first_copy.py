# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first copy's state in green's schema `bluegreen`: begun, done piece by piece, ended or undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._domain.confirmation import Confirmation
from ..._domain.copy.first_copy import (
    COPYING,
    DONE,
    FAILED,
    INDEXES,
    ROWS,
    CopyFacts,
    SourceTable,
    Stage,
    chunks_of,
    with_busy,
)
from ..._domain.lanes.link import tables_hold_rows
from ..._domain.names import copy_session_name
from ..._domain.relations import TableName
from ..._domain.waits import Holder
from ..driver import Verbatim
from ..lanes.link import is_empty
from ..lock import read_holders, try_lock
from ..ours import making
from ..session import Session
from ..sql import waits
from ..sql.copy import first_copy as sql
from ..sql.copy import obstacles


@dataclass(frozen=True)
class Item:
    """One piece of work: rows of a table (``statement`` is ``None``), or a statement on green."""

    id: int
    stage: int
    table: TableName
    first_block: int | None
    end_block: int | None
    statement: str | None
    columns: tuple[str, ...]
    is_binary: bool


def read_holders_up(session: Session, migration: str) -> list[Holder]:
    """Return which sessions hold a lock on this side that the copy waits for; it waits without a limit."""
    waiting = session.rows(waits.WAITING, {"name": copy_session_name(migration)})
    return [Holder(**row) for one in waiting for row in session.rows(waits.HOLDERS, {"pid": one["pid"]})]


def read_unconfirmed(session: Session, migration: str) -> Confirmation | None:
    """Return what a COMMIT of the copy has been waiting for, if no standby is there to confirm it."""
    found = [
        Confirmation(**row)
        for row in session.rows(waits.CONFIRMATION_AWAITED_BY, {"name": copy_session_name(migration)})
    ]
    return next((one for one in found if one.is_missing), None)


def take_worker_lock(green: Session, migration: str) -> bool:
    """Become the only worker of this copy, for as long as the session lives; false when there already is one."""
    green.run(sql.NOTICE_DEAD_CLIENT)
    return try_lock(green, _lock(migration))


def is_alive(green: Session, migration: str) -> bool:
    """Tell whether a worker is alive, wherever it runs."""
    return bool(read_holders(green, _lock(migration)))


def _lock(migration: str) -> str:
    return f"first copy of {migration}"


def end_sessions(session: Session, migration: str) -> None:
    """End every other session of the copy on this side: a dead or frozen worker's."""
    session.run(sql.END_STREAMS, {"name": copy_session_name(migration)})


def no_time_limits(session: Session) -> None:
    """Remove this session's limits for statements, transactions and idle time."""
    session.run(sql.NO_TIME_LIMITS)


def read_copy(green: Session, migration: str) -> CopyFacts | None:
    """Return the state of the copy, ``None`` when there never was one."""
    if not green.value(sql.EXISTS):
        return None
    # In this order: a worker that is gone has already recorded its reason.
    alive = is_alive(green, migration)
    row = green.row(sql.READ, {"migration": migration})
    if row is None:
        return None
    busy = green.rows(sql.UNDER_WAY) if alive else []
    under_way, names = with_busy(busy)
    names += tuple(f"index on {one['name']}" for one in green.rows(sql.INDEXES_UNDER_WAY) if alive)
    stages = {one.pop("stage"): Stage(**one) for one in green.rows(sql.WORK)}
    return CopyFacts(
        phase=row["phase"],
        attempt=row["attempt"],
        alive=alive,
        tables=row["tables"],
        bytes=row["bytes"],
        streams=row["streams"],
        seconds=row["seconds"],
        copy_seconds=row["copy_seconds"],
        error=row["error"],
        died=row["died"],
        stages=stages,
        bytes_under_way=under_way,
        busy=names,
    )


def read_owned(green: Session) -> list[TableName]:
    """Return the tables that the copy found empty and is filling; none when no copy is under way."""
    if not green.value(sql.EXISTS):
        return []
    return [TableName(row["schema"], row["name"]) for row in green.rows(sql.OWNED)]


def read_position(green: Session, migration: str) -> str | None:
    """Return the LSN that the snapshot of this attempt ends at."""
    row = green.row(sql.READ, {"migration": migration})
    return row["lsn"] if row else None


def begin_attempt(green: Session, migration: str, lanes: Iterable[str], streams: int) -> int:
    """Start again with empty tables: the same transaction undoes what an earlier attempt left."""
    with making(green):
        green.run(sql.CREATE)
    with green.transaction():
        green.row(sql.LOCK_ATTEMPT, {"migration": migration})
        green.run(obstacles.GIVE_BACK)
        values = {"migration": migration, "lanes": list(lanes), "streams": streams}
        return int(green.value(sql.BEGIN_ATTEMPT, values))


def own_tables(green: Session, migration: str, attempt: int, sources: Iterable[SourceTable], lsn: str) -> None:
    """Claim the empty tables, remove what would slow the copy down, and record the work to do.

    :raises MigrationError: BG306 when a table holds rows that are not ours
    """
    sources = list(sources)
    with green.transaction():
        green.row(sql.LOCK_ATTEMPT, {"migration": migration})
        filled = [str(one.table) for one in sources if not is_empty(green, one.table)]
        if filled:
            todo = "Run replicate again, which says what helps"
            raise tables_hold_rows(filled, green.side, todo, "No row was copied")
        chunks = [chunk.as_row() for one in sources for chunk in chunks_of(one)]
        green.run(sql.OWN_TABLES, {"tables": green.as_json([one.as_row() for one in sources])})
        green.run(sql.ADD_CHUNKS, {"chunks": green.as_json(chunks)})
        for statement in obstacles.FIND:
            green.run(statement)
        green.run(sql.ADD_ANALYZE)
        green.run(obstacles.TAKE_AWAY)
        set_phase(green, migration, attempt, COPYING, lsn)


def set_phase(
    green: Session,
    migration: str,
    attempt: int,
    phase: str,
    lsn: str | None = None,
    error: Mapping[str, Any] | None = None,
) -> None:
    """Record how far this attempt is; does nothing if a later attempt has begun."""
    values = {"migration": migration, "attempt": attempt, "phase": phase, "lsn": lsn}
    green.run(sql.SET_PHASE, {**values, "error": green.as_json(error) if error else None})


def finish(green: Session, migration: str, attempt: int) -> None:
    """End the copy in the open transaction; its tables no longer belong to it."""
    green.row(sql.LOCK_ATTEMPT, {"migration": migration})
    set_phase(green, migration, attempt, DONE)
    green.run(sql.FORGET_WORK)


def fail(green: Session, migration: str, attempt: int, error: Mapping[str, Any]) -> None:
    """Restore green as it was before the copy, and record the reason."""
    with green.transaction():
        green.row(sql.LOCK_ATTEMPT, {"migration": migration})
        green.run(obstacles.GIVE_BACK)
        set_phase(green, migration, attempt, FAILED, error=error)


def note_death(green: Session, migration: str, lanes: Iterable[str], streams: int, reason: str) -> None:
    """Record why a worker ended before its copy; the next worker starts again all the same."""
    green.run(sql.CREATE)
    green.run(sql.SET_DIED, {"migration": migration, "lanes": list(lanes), "streams": streams, "died": reason})


def forget(green: Session) -> None:
    """Forget the copy; an unfinished one is undone first."""
    if not green.value(sql.EXISTS):
        return
    with green.transaction():
        green.run(obstacles.GIVE_BACK)
        green.run(sql.DROP)


def is_current(green: Session, migration: str, attempt: int) -> bool:
    """Tell whether this is still the newest attempt, and prevent a newer one until the open transaction ends."""
    return green.row(sql.SHARE_ATTEMPT, {"migration": migration, "attempt": attempt}) is not None


def next_item(green: Session) -> Item | None:
    """Take the next possible item in the open transaction; ``None`` when there is none at this moment."""
    for statement in (sql.NEXT_CHUNK, sql.NEXT_INDEX, sql.NEXT_OTHER):
        row = green.row(statement)
        if row is not None:
            table = TableName(row.pop("schema"), row.pop("name"))
            columns = tuple(row.pop("columns") or ())
            return Item(table=table, columns=columns, is_binary=bool(row.pop("is_binary")), **row)
    return None


def perform(green: Session, item: Item) -> None:
    """Execute the statement of an item that is not a piece of rows."""
    if item.stage == INDEXES:
        green.run(sql.MAINTENANCE_MEMORY)
    if item.statement is not None:
        green.run(Verbatim(item.statement))


def mark_done(green: Session, item: Item) -> None:
    """Mark the item done, in the transaction that did it."""
    green.run(sql.DONE, {"id": item.id})


def is_anything_left(green: Session, stage: int | None = None) -> bool:
    """Tell whether anything is left to do: rows (``ROWS``), or anything at all."""
    return bool(green.value(sql.CHUNKS_LEFT if stage == ROWS else sql.IS_LEFT))
