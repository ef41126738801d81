# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions that write, or are about to, without having come through the closed gate."""

from __future__ import annotations

import time

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.switch.in_flight import LockHolder, by_session
from ..session import Session
from ..sql.switch import in_flight as sql

PAST_THE_GATE = "BG545"
_POLL = 0.002  # seconds; a writer reaches the gate early in its statement


def plan_look(session: Session) -> None:
    """Let the server plan the query of :func:`require_nobody_past_the_gate`, and read the catalogs that it needs."""
    session.plan(sql.PAST_THE_GATE)
    session.rows(sql.PAST_THE_GATE, {})


def require_nobody_past_the_gate(session: Session, limit: Deadline, *, waiting_too: bool) -> None:
    """Wait until no other session holds a lock that a write needs, except sessions that wait for the gate.

    :param waiting_too: sessions that wait for such a lock count as well
    :raises MigrationError: BG545 naming session and table, if one still does at ``limit``
    """
    while True:
        holders = [LockHolder(**row) for row in session.rows(sql.PAST_THE_GATE, {})]
        found = [one for one in holders if one.granted or waiting_too]
        if not found:
            return
        if limit.left() <= _POLL:
            raise _past_the_gate(session, found)
        time.sleep(_POLL)


def _past_the_gate(session: Session, holders: list[LockHolder]) -> MigrationError:
    return MigrationError(
        PAST_THE_GATE,
        f"Transactions on {session.side} hold locks that let them write past the gate: {by_session(holders)}",
        "",
        "Let them end, or end them (pg_terminate_backend), then run the same command again",
        {"holders": [one.as_result() for one in holders]},
    )
