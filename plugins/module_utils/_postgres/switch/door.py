# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door behind the gate: refused writers wait at it until the other side takes writes."""

from __future__ import annotations

import time

from ..._domain.clock import Deadline
from ..._domain.sides import Side
from ..session import Session
from ..sides import Sides
from ..sql.service import gate as sql
from .critical_section import limit_silence

_POLL = 0.002  # seconds


class Door:
    """Closed from :meth:`shut` until :meth:`open`, or until our process ends; nobody waits longer than 2 s."""

    def __init__(self, sides: Sides, side: Side, deadline: Deadline) -> None:
        self._session: Session = sides.connect(side, "door", deadline)

    def limit_silence(self, silence: Deadline, lock_seconds: float) -> None:
        """Let the server open it at ``silence`` if it hears nothing from us until then."""
        limit_silence(self._session, silence, lock_seconds)

    def shut(self) -> None:
        """Close it; before a fence is committed only our own proof of the fence reaches it."""
        self._session.run(sql.SHUT_DOOR)

    def open(self) -> None:
        """Release all waiting writers; the server does so itself when it loses the session."""
        self._session.close()


def await_nobody_at_door(session: Session, patience: Deadline) -> None:
    """Wait until the released clients have received their error: if ended before, they could not know the outcome of a
    write.

    Clients that still wait when the time is up do not get one.
    """
    while session.value(sql.AT_DOOR) and patience.left() > 0.0:
        time.sleep(_POLL)
