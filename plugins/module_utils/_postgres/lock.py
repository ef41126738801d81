# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks that exclude our runs from each other and that nobody else can take; each lasts as long as its session."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Callable

from .._domain.clock import Deadline
from .._domain.errors import MigrationError
from .ours import create_schema
from .session import DatabaseError, Session
from .sql import lock as sql

ANOTHER_RUN = "BG501"
_KEY_BITS = 63
_POLL = 0.02  # seconds
# Another run came first, or has just dropped our schema: the next try sees it.
_TRY_AGAIN = ("40001", "40P01", "55P03", "42P01", "3F000")
_MADE_ALREADY = ("42P07", "42710", "23505")  # the table, its type, either of them while the other run commits


@dataclass(frozen=True)
class Holder:
    """A session of ours that holds a lock; attributes that our role may not see are ``None``."""

    pid: int
    role: str | None
    application: str | None
    address: str | None
    since: str | None

    def __str__(self) -> str:
        return (
            f"pid {self.pid} as {self.role} ({self.application or 'no application_name'}) from "
            f"{self.address or 'a local socket'} since {self.since or 'unknown'}"
        )


def try_lock(session: Session, what: str) -> bool:
    """Try to take the lock of that name in the session's database, and tell whether we hold it now.

    :raises MigrationError: BG138 when our schema, where its key is kept, is somebody else's
    """
    try:
        if not session.value(sql.HAS_ROOM):
            _make_room(session)
        if _holders(session, what):
            return False
        session.run(sql.MAKE_ROW, {"what": what, "key": secrets.randbits(_KEY_BITS)})
        row = session.row(sql.TAKE, {"what": what, "key": secrets.randbits(_KEY_BITS)})
    except DatabaseError as error:
        if error.sqlstate not in _TRY_AGAIN:
            raise
        return False
    return bool(row and row["taken"])


def read_holders(session: Session, what: str) -> list[Holder]:
    """Return the sessions of ours that hold the lock of that name: one, or none."""
    return _holders(session, what) if session.value(sql.HAS_ROOM) else []


def release(session: Session) -> None:
    """Give the session's locks back before it ends."""
    session.run(sql.RELEASE)


def leave_no_trace(session: Session) -> None:
    """Drop our schema if it contains nothing but locks, as the last action of a lock's holder."""
    if session.value(sql.HAS_ROOM):
        session.run(sql.LEAVE_NO_TRACE)


def _holders(session: Session, what: str) -> list[Holder]:
    return [Holder(**row) for row in session.rows(sql.HOLDERS, {"what": what})]


def _make_room(session: Session) -> None:
    create_schema(session)
    try:
        session.run(sql.CREATE_ROOM)
    except DatabaseError as error:
        if error.sqlstate not in _MADE_ALREADY:
            raise


def no_holder(_pid: int) -> bool:
    """End no session for a lock."""
    return False


def take_lock(session: Session, migration: str, deadline: Deadline, may_end: Callable[[int], bool] = no_holder) -> None:
    """Take this side's lock of the migration; it lasts as long as the session.

    :param may_end: says for a holder's process id whether to end that session
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


def end_session(session: Session, pid: int) -> None:
    """End another session of our own role."""
    session.run(sql.END_SESSION, {"pid": pid})
