# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fence that was not committed or whose session is lost, and an opening that was not committed."""

from __future__ import annotations

import time

from ..._domain.clock import Deadline
from ..._domain.sides import Side
from ..._domain.switch.invariants import Course, Event
from ..._postgres import lock
from ..._postgres.service import gate
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..go_no_go.request import SwitchRequest
from ..ports import LOCK_SECONDS

UNDO_SECONDS = 5.0
_POLL = 0.005  # seconds


def roll_back(sides: Sides, fencing: Session, fencing_pid: int, course: Course) -> None:
    """Roll the fence back, and check that writes pass again; the server ends a session that hangs.

    :param course: of the switch; its new side must not be open
    :raises DeadlineReached: BG010 when writes do not pass within 5 s
    """
    course.about_to(Event.REOPEN)
    limit = Deadline(UNDO_SECONDS, "Taking the fence back")
    helper = sides.connect(fencing.side, "undo", limit)
    try:
        if fencing.closed:
            lock.end_session(helper, fencing_pid)
        else:
            fencing.wait_until(limit)
            fencing.rollback()
        while not gate.try_write(helper):
            limit.check()
            time.sleep(_POLL)
        gate.widen_gate(helper)
    finally:
        helper.close()


def drop_opening(new: Session) -> None:
    """Roll back what was prepared on the new side."""
    new.wait_until(Deadline(UNDO_SECONDS, "Dropping the opening"))
    if not new.closed:
        new.rollback()


def lock_again(request: SwitchRequest, side: Side, fencing_pid: int) -> Session:
    """Take the switch's lock in a new session, once the fencing session is certainly gone: its outcome is then final.

    :raises MigrationError: when the side does not answer, or another run holds the lock
    """
    limit = Deadline(UNDO_SECONDS, "Asking for the fence")
    session = request.sides.connect(side, "switch", limit)
    session.end_when_silent(LOCK_SECONDS + request.deadline)
    lock.take_lock(session, request.migration, limit, lambda pid: pid == fencing_pid)
    return session
