# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subscriptions that receive rows from a side out of reach: stopped, resumed, or cut off for good."""

from __future__ import annotations

import time

from ..._domain.clock import Deadline
from ..._domain.errors import DatabaseError
from ..._postgres.lanes import flow, link
from ..._postgres.sides import Sides
from ..._postgres.switch import last_seen

_BY_THEMSELVES_SECONDS = 1.5
_WORKER_SECONDS = 5.0
_POLL = 0.05
_NOT_OURS_TO_END = "42501"  # includes a worker that has just started: it has no role yet


class Arrivals:
    """The lanes into blue."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._stopped: list[str] = []

    def stop(self) -> None:
        """Stop the lanes, and wait until their workers have ended.

        A worker that waits for a silent server does not notice that it is stopped, so we end it. One that is still
        there after 5 s has been signalled, and exits before it could apply another row.

        :raises DatabaseError: when our role may not end it
        """
        blue = self._sides.blue
        for name in self._lanes():
            if link.is_enabled(blue, name):
                self._stopped.append(name)
                link.disable(blue, name)
        limit, patience = Deadline(_WORKER_SECONDS, "Workers"), time.monotonic() + _BY_THEMSELVES_SECONDS
        while busy := [name for name in self._lanes() if last_seen.has_workers(blue, name)]:
            for name in busy if time.monotonic() > patience else ():
                self._end_workers(name, limit)
            if limit.left() <= _POLL:
                return
            time.sleep(_POLL)

    def let_go_on(self) -> None:
        """Resume the lanes that were stopped here."""
        for name in self._stopped:
            flow.enable(self._sides.blue, self._sides.blue, name)

    def cut_off(self) -> None:
        """Remove the lanes' slot names, in the open transaction."""
        for name in self._lanes():
            link.cut_off(self._sides.blue, name)

    def _lanes(self) -> list[str]:
        return last_seen.read_lane_names(self._sides.blue, self._sides.migration)

    def _end_workers(self, name: str, limit: Deadline) -> None:
        try:
            last_seen.end_workers(self._sides.blue, name)
        except DatabaseError as error:
            if error.sqlstate != _NOT_OURS_TO_END or limit.left() <= _POLL:
                raise
