# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door behind the gate: writers who are refused wait at it until there is a side that takes them."""

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
    """Shut from :meth:`shut` until :meth:`open`, or until our process ends; nobody waits longer than 2 s."""

    def __init__(self, sides: Sides, side: Side, deadline: Deadline) -> None:
        self._session: Session = sides.connect(side, "door", deadline)

    def limit_silence(self, silence: Deadline, lock_seconds: float) -> None:
        """Let the server open it by ``silence``, should it hear nothing of us until then."""
        limit_silence(self._session, silence, lock_seconds)

    def shut(self) -> None:
        """Shut it; before a fence is committed nobody comes to it but our own proof of the fence."""
        self._session.run(sql.SHUT_DOOR)

    def open(self) -> None:
        """Let everybody go who waits; the server does that itself when it loses the session."""
        self._session.close()


def await_nobody_at_door(session: Session, patience: Deadline) -> None:
    """Wait until the released clients have had their answer: ended before, they would not know what became of a write.

    Whoever is still there when patience ends goes without.
    """
    while session.value(sql.AT_DOOR) and patience.left() > 0.0:
        time.sleep(_POLL)
