# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session-level advisory lock for work that only one run may do at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..._domain.capabilities import Capability
from ..._domain.errors import MigrationError
from ..lock import leave_no_trace, read_holders, release, try_lock
from ..session import Session
from ..sql.schema import lock as sql


@contextmanager
def only_one_run(session: Session, what: str) -> Iterator[None]:
    """Hold the lock named ``what`` in the session's database while the block runs; the lock ends with the session.

    :raises MigrationError: BG209 when another run holds it
    """
    if Capability.IDLE_SESSION_TIMEOUT.of(session.major):
        session.run(sql.NEVER_IDLE_OUT)
    if not try_lock(session, what):
        who = "; ".join(map(str, read_holders(session, what)))
        raise MigrationError(
            "BG209",
            f"Another run is doing the same on {session.side} ({what}: {who or 'it ended just now'})",
            "This run has changed nothing",
            "Wait for its end, then run the same command again",
        )
    try:
        yield
    finally:
        if not session.closed:
            leave_no_trace(session)
            release(session)
