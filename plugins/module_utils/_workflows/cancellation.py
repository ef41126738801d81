# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that decides whether a run continues: a signal ends it, and so does the end of its caller."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Callable

from .._domain.errors import Cancelled
from .caller import Caller

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LOOK_SECONDS = 0.1
_AGAIN_SECONDS = 2.0  # an exception may be lost in a callback of Python's; an undo gets that long


class Cancellation:
    """Ends the work under way with :class:`Cancelled`, or notifies a listener that undoes the work itself.

    ``end_commands`` comes first: cleaning up may wait for locks that the commands hold.
    """

    def __init__(self, end_commands: Callable[[], None] = lambda: None) -> None:
        self._end_commands = end_commands
        self.reason = ""
        self._at = ""
        self._caller: Caller | None = None
        self._listener: Callable[[str], None] | None = None
        self._raised = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch for signals, and check the caller ten times a second, while the block runs."""
        self._caller = Caller()
        before = {number: signal.signal(number, self._by_signal) for number in _SIGNALS}
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, lambda _number, _frame: self.look())
        signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
        try:
            self.look()
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            self._caller = None
            for number, handler in before.items():
                # A second signal would kill a cancelled run before it has reported.
                signal.signal(number, signal.SIG_IGN if self.reason else handler)

    @contextmanager
    def told_to(self, listener: Callable[[str], None]) -> Iterator[None]:
        """While the block runs, pass the reason to ``listener`` instead of raising: it undoes the work, or finishes
        it."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None

    def look(self) -> None:
        """Check now whether the caller is still there; called right before a step that cannot be undone."""
        gone = self._caller.gone() if self._caller and not self.reason else None
        if gone:
            self._cancel(gone)
        elif self._raised and time.monotonic() > self._raised + _AGAIN_SECONDS:
            self._raise()

    def noticed(self) -> bool:
        """Tell whether the run was cancelled without raising; for a process that was forked from it."""
        with self.told_to(lambda _reason: None):
            self.look()
        return bool(self.reason)

    def as_details(self) -> dict[str, Any]:
        """Return what cancelled the run and when, for the journal; empty if it was not cancelled."""
        return {"cancelled": {"by": self.reason, "at": self._at}} if self.reason else {}

    def _by_signal(self, number: int, _frame: Any) -> None:
        if not self.reason:
            gone = self._caller.gone() if self._caller else None
            self._cancel(gone or signal.Signals(number).name)

    def _cancel(self, reason: str) -> None:
        self.reason = reason
        self._at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        if self._listener is not None:
            self._listener(reason)
        else:
            self._raise()

    def _raise(self) -> None:
        self._end_commands()
        self._raised = time.monotonic()
        raise Cancelled(self.reason)
