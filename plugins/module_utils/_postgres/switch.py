# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the critical section does on one server."""

from __future__ import annotations

import json
import time
from typing import Any, Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch import Sequence, Transaction

from .first_copy import session_name
from .lock import Holder, read_holders, try_lock
from .session import Session
from .sql import switch as sql

ANOTHER_RUN = "BG501"
_POLL = 0.02  # seconds


def no_holder(_pid: int) -> bool:
    """End nobody's session for a lock."""
    return False


def take_lock(session: Session, migration: str, deadline: Deadline, may_end: Callable[[int], bool] = no_holder) -> None:
    """Take this side's lock of the migration; it lasts as long as the session.

    :param may_end: tells of the process id of a session that holds it whether to end that
    :raises MigrationError: BG501 naming the holder, when it is not free in time
    """
    while not try_lock(session, migration):
        holders = read_holders(session, migration)
        for holder in holders:
            if may_end(holder.pid):
                end_session(session, holder.pid)
        if deadline.left() <= _POLL:
            raise _another_run(session, holders)
        time.sleep(_POLL)


def _another_run(session: Session, holders: list[Holder]) -> MigrationError:
    who = "; ".join(map(str, holders))
    return MigrationError(
        ANOTHER_RUN,
        f"Another run of this migration is at work on {session.side} ({who or 'it ended just now'})",
        "This run has changed nothing",
        "Let the other run end, then run the same command again",
    )


def end_when_idle(session: Session, seconds: float) -> None:
    """Let the server end this session, and its lock with it, when nothing was heard of us for that long."""
    session.run(sql.END_WHEN_IDLE, {"ms": int(seconds * 1000)})


def limit_silence(session: Session, deadline: Deadline, lock_seconds: float) -> None:
    """Let the server end this session's transaction when nothing is heard of us until ``deadline``."""
    limits = {"ms": deadline.left_milliseconds(), "lock_ms": max(1, int(lock_seconds * 1000))}
    session.run(sql.LIMIT_SILENCE, limits)
    session.expect_lock_timeout(lock_seconds)


def end_session(session: Session, pid: int) -> None:
    """End another session of our own role."""
    session.run(sql.END_SESSION, {"pid": pid})


def end_runs(session: Session, migration: str) -> None:
    """End the sessions on this side of every other run of the migration, and of its first copy."""
    names = {"run": f"bluegreen {migration} "[:63], "copy": session_name(migration)}
    session.run(sql.END_RUNS, {"own": session.own_pids(), **names})


def read_transactions(session: Session) -> tuple[Transaction, ...]:
    """Return the open transactions of this database, those of this process left out."""
    return tuple(Transaction(**row) for row in session.rows(sql.TRANSACTIONS, {"own": session.own_pids()}))


def read_prepared(session: Session) -> tuple[str, ...]:
    """Return the names of prepared transactions of this database."""
    return tuple(row["gid"] for row in session.rows(sql.PREPARED))


def read_sequences(session: Session) -> list[Sequence]:
    """Return where every sequence stands.

    :raises MigrationError: BG008 when one may not be read: unknown is not "never used"
    """
    rows = session.rows(sql.SEQUENCES, {})
    hidden = [str(TableName(row["schema"], row["name"])) for row in rows if not row["visible"]]
    if hidden:
        raise MigrationError(
            "BG008",
            f"Sequences on {session.side} may not be read: {', '.join(hidden[:5])}",
            "No sequence was changed",
            "Grant SELECT on them, or membership in their owner (docs/privileges.md)",
        )
    return [
        Sequence(TableName(row["schema"], row["name"]), row["last"], row["increment"], row["minimum"], row["maximum"])
        for row in rows
    ]


def advance_sequences(session: Session, targets: list[tuple[TableName, int]]) -> int:
    """Set sequences in one statement, never backwards, and return how many there were."""
    columns = {
        "schemas": [name.schema for name, _value in targets],
        "names": [name.name for name, _value in targets],
        "values": [value for _name, value in targets],
    }
    arguments = {name: json.dumps(column, ensure_ascii=False) for name, column in columns.items()}
    return int(session.value(sql.ADVANCE, arguments))


def has_fence_row(session: Session, migration: str, epoch: int) -> bool:
    """Tell whether this side's journal has the fence of that switch: the two commit together."""
    return session.value(sql.FENCE_ROW, {"migration": migration, "epoch": epoch}) is not None


def flushed_lsn(session: Session) -> str:
    """Return up to where this side's WAL is on disk: whatever was committed before lies below."""
    return str(session.value(sql.FLUSHED))


def read_timeline(session: Session) -> int | None:
    """Return the timeline that this side writes: another one than before means that a standby was promoted.

    ``None``: it is a standby itself.
    """
    value = session.value(sql.TIMELINE)
    return None if value is None else int(value)


def has_standbys(session: Session) -> bool:
    """Tell whether a physical standby streams from this side."""
    return bool(session.value(sql.HAS_STANDBYS))


def plan_questions(old: Session) -> None:
    """Let the server plan what :func:`has_standbys` and :func:`read_sequences` will ask while clients are held."""
    for question in (sql.HAS_STANDBYS, sql.SEQUENCES):
        old.plan(question)


def standbys_behind(session: Session, lsn: str | None) -> list[str]:
    """Return the physical standbys that have not flushed ``lsn`` (``None``: all that this side has flushed)."""
    return [row["name"] for row in session.rows(sql.STANDBYS_BEHIND, {"lsn": lsn})]


def absent_standbys(session: Session) -> tuple[str, ...]:
    """Return the physical slots that no standby streams from: whoever they are kept for lacks what comes now."""
    return tuple(row["name"] for row in session.rows(sql.ABSENT_STANDBYS))


def read_left_behind(session: Session) -> list[dict[str, Any]]:
    """Return who is still connected to this side: role, application, address and number of sessions."""
    return session.rows(sql.LEFT_BEHIND, {})
