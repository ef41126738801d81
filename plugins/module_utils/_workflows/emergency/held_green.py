# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A green that answers here but that blue's server cannot reach: its writers wait while blue is opened."""

from __future__ import annotations

from ..._domain.clock import Deadline
from ..._domain.service import journal as events
from ..._domain.sides import Side
from ..._postgres.lock import take_lock
from ..._postgres.service import gate, journal
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..._postgres.switch.critical_section import limit_silence
from ..._postgres.switch.left_behind import end_clients

_SECONDS = 10.0
_WRITERS_SECONDS = 3.0


class HeldGreen:
    """Its fence is not committed before blue is open: if a process dies before that, green stays in service."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._session: Session | None = None

    def hold(self, epoch: int) -> None:
        """Make green's writers wait.

        :raises MigrationError: when one of them does not end within 3 s, or another run is at work there
        """
        limit = Deadline(_SECONDS, "Fencing green")
        self._session = green = self._sides.connect(Side.GREEN, "switch", limit)
        take_lock(green, self._sides.migration, limit)
        limit_silence(green, limit, _WRITERS_SECONDS)
        green.run("BEGIN")
        gate.close_gate(green)
        journal.write_entry(green, self._sides.migration, epoch, events.FENCED, Side.BLUE)

    def fence(self) -> None:
        """Refuse the waiting writes, and end their sessions."""
        if self._session is not None:
            self._session.run("COMMIT")
            end_clients(self._session)

    def let_go(self) -> None:
        """Roll back what was not committed; green is then as it was."""
        if self._session is not None:
            self._session.close()
