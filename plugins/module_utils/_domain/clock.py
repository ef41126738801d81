# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deadlines: how much time is left."""

from __future__ import annotations

import time
from typing import Callable

from .errors import DeadlineReached

Clock = Callable[[], float]


class Deadline:
    """A point in monotonic time, in seconds, after which no wait may continue.

    ``stop()`` brings it forward to now, with a reason: that is how a signal ends a wait.
    """

    def __init__(self, seconds: float, what: str, clock: Clock = time.monotonic) -> None:
        self.seconds = seconds
        self.what = what
        self._clock = clock
        self._end = clock() + seconds
        self.stopped_by: str | None = None

    def left(self) -> float:
        """Return the seconds that are left, 0.0 when it has passed."""
        return 0.0 if self.stopped_by else max(0.0, self._end - self._clock())

    def overdue(self, grace: float) -> bool:
        """Tell whether it was stopped, or passed more than ``grace`` seconds ago.

        The server's own timeouts end a statement at the deadline itself, and leave the connection usable.
        """
        return self.stopped_by is not None or self._clock() > self._end + grace

    def left_milliseconds(self) -> int:
        """Return what is left for a server-side timeout, at least 1, because 0 means "no limit" to PostgreSQL."""
        return max(1, int(self.left() * 1000))

    def stop(self, reason: str) -> None:
        """End the deadline now because of ``reason``, such as ``SIGTERM``."""
        self.stopped_by = reason

    def check(self) -> None:
        """Raise :class:`DeadlineReached` when nothing is left."""
        if self.left() <= 0.0:
            raise self.reached()

    def reached(self) -> DeadlineReached:
        """Return the error that says so."""
        if self.stopped_by:
            return DeadlineReached("BG010", f"{self.what} was stopped by {self.stopped_by}", "", "Run it again")
        what = f"{self.what} did not end within {self.seconds:g} s"
        return DeadlineReached("BG010", what, "", "Run it again, with a longer deadline where the server is slow")
