# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a lane has stopped, from what is seen of it at intervals. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .link import LaneFacts

# A worker that lost its connection is back by then, and what it applies has moved on.
_AFTER_A_FAILURE = 3.0
# A server starts a worker again within 5 s (wal_retrieve_retry_interval).
_WITHOUT_WORKER = 8.0


@dataclass
class Standstill:
    """Remembers what a lane did while somebody waits for it.

    A large transaction is repeated from its beginning after each failure. Its worker is then hardly ever missing, so
    that a failure counts until rows are confirmed again, whether a worker runs or not.

    :param errors: apply errors before the wait, if they are known
    """

    errors: int | None = None
    _position: str | None = None
    _worker: int | None = None
    _last_errors: int | None = None
    _endings: int = 0
    _failed_at: float | None = None
    _absent_since: float | None = None

    def see(self, at: float, facts: LaneFacts) -> str:
        """Return why the lane counts as stopped; nothing while it may go on.

        :param at: when that was seen, in seconds by any clock that does not jump
        """
        self._note(at, facts)
        failures = self._failures(facts)
        self._failed_at = None if not failures else at if self._failed_at is None else self._failed_at
        gone = facts.worker is None and facts.errors is not None
        if self._failed_at is not None and (gone or failures > 1 or at - self._failed_at >= _AFTER_A_FAILURE):
            return f"fails to apply what it gets ({failures} times while we waited)"
        if self._absent_since is not None and at - self._absent_since >= _WITHOUT_WORKER:
            return f"has had no apply worker for {_WITHOUT_WORKER:g} s"
        return ""

    def _note(self, at: float, facts: LaneFacts) -> None:
        if facts.position != self._position:
            if self._position is not None:
                # A failure seen together with this progress still counts.
                self.errors, self._endings, self._failed_at = self._last_errors, 0, None
            self._position = facts.position
        if facts.errors is not None:
            self.errors = facts.errors if self.errors is None else min(facts.errors, self.errors)
        self._endings += self._worker is not None and facts.worker != self._worker
        self._worker, self._last_errors = facts.worker, facts.errors
        self._absent_since = None if facts.worker else at if self._absent_since is None else self._absent_since

    def _failures(self, facts: LaneFacts) -> int:
        """Return how often its worker has failed since rows were confirmed; where it is not counted (14), has ended."""
        if facts.errors is None or self.errors is None:
            return self._endings
        return facts.errors - self.errors
