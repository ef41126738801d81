# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What slows a comparison down: a rate, lag, other sessions, a query of the user's."""

from __future__ import annotations

import time
from typing import Callable

from ..._domain.comparison.request import Request
from ..._domain.errors import MigrationError
from ..._postgres.comparison import side as postgres
from ..._postgres.users_query import is_true
from .pair import Link, Pair

_LOOK_AGAIN_SECONDS = 0.5
_MOST_AT_ONCE_SECONDS = 0.1


class Brake:
    """Called before each range; returns when it may be read.

    :param say: is called with what slows the comparison down, and with "" when nothing does any more
    :param is_over: tells whether to stop waiting because this call should end
    """

    def __init__(
        self, pair: Pair, link: Link, request: Request, say: Callable[[str], None], is_over: Callable[[], bool]
    ) -> None:
        self._pair = pair
        self._link = link
        self._limits = request.pause
        self._bytes_per_second = request.bytes_per_second
        self._say = say
        self._is_over = is_over
        self._looked_at = float("-inf")
        self._begin = time.monotonic()
        self._bytes = 0
        self.paused_seconds = 0.0

    def read(self, number_of_bytes: int) -> None:
        """Record what was read."""
        self._bytes += number_of_bytes

    def wait(self) -> None:
        """Return when nothing prevents reading on, or when this call is over.

        :raises DeadlineReached: when the comparison's time is over
        :raises MigrationError: BG407 when a limit is set for something that cannot be measured
        """
        begin = time.monotonic()
        self._keep_to_the_rate()
        if begin - self._looked_at >= _LOOK_AGAIN_SECONDS:
            self._wait_for_calm()
            self._looked_at = time.monotonic()
        self.paused_seconds += time.monotonic() - begin

    def _keep_to_the_rate(self) -> None:
        if not self._bytes_per_second:
            return
        earliest = self._begin + self._bytes / self._bytes_per_second
        while (left := earliest - time.monotonic()) > 0 and not self._is_over():
            self._pair.deadline.check()
            time.sleep(min(left, _MOST_AT_ONCE_SECONDS))

    def _wait_for_calm(self) -> None:
        reason = self._reason()
        if not reason:
            return
        while reason:
            self._say(reason)
            if self._is_over():
                return
            self._link.require_flow()
            self._pair.deadline.check()
            time.sleep(min(_LOOK_AGAIN_SECONDS, self._pair.deadline.left()))
            reason = self._reason()
        self._say("")

    def _reason(self) -> str:
        return self._lag() or self._sessions() or self._query()

    def _lag(self) -> str:
        if not self._limits.lag_bytes or not self._link.exists:
            return ""
        lag = postgres.read_lag_bytes(self._pair.reference, self._link.prefix)
        if lag is None:
            raise _unknown("the link's lag", "Repair the link, or set max_lag_megabytes to 0")
        return f"the link is {lag} bytes behind" if lag > self._limits.lag_bytes else ""

    def _sessions(self) -> str:
        if not self._limits.active_sessions:
            return ""
        sides = (self._pair.reference.side, self._pair.other.side)
        for side, number in zip(sides, self._pair.both(postgres.read_active_sessions)):
            if number is None:
                todo = "GRANT pg_monitor to the role, or set max_active_sessions to 0"
                raise _unknown(f"the sessions of {side}", todo)
            if number > self._limits.active_sessions:
                return f"{number} sessions are active on {side}"
        return ""

    def _query(self) -> str:
        if not self._limits.query or not is_true(self._pair.reference, self._limits.query):
            return ""
        return "pause_query says so"


def _unknown(what: str, todo: str) -> MigrationError:
    return MigrationError("BG407", f"A limit is set, but {what} cannot be seen", "The comparison was ended", todo)
