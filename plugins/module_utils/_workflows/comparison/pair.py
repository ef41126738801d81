# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sessions that read at the same time, and the link that says what the other side has applied."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Callable, TypeVar

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.names import link_prefix
from ..._domain.service.advice import mending
from ..._domain.sides import Direction, Side
from ..._postgres.comparison import side as postgres
from ..._postgres.session import Session
from ..._postgres.sides import Sides

T = TypeVar("T")
_POLL_SECONDS = 0.02
_HASTEN_AFTER_SECONDS = 0.1
_REST_SECONDS = 0.2
INACTIVE_SECONDS = 30.0
STATEMENT_CANCELLED = "57014"


class Pair:
    """The reference and the other side, each with a session of its own for this comparison."""

    def __init__(self, sides: Sides, reference: Side, deadline: Deadline) -> None:
        self.migration = sides.migration
        self.deadline = deadline
        self.reference = sides.connect(reference, "comparison")
        self.other = sides.connect(reference.other, "comparison")
        for session in (self.reference, self.other):
            session.set_deadline(deadline)
            session.wait_for_locks(deadline)
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="comparison")

    def close(self) -> None:
        """Close both sessions."""
        self._threads.shutdown()
        self.reference.close()
        self.other.close()

    def both(self, action: Callable[[Session], T]) -> tuple[T, T]:
        """Do the same on both sides at once; when one fails, the other is stopped, and the failure is raised."""
        futures = [self._threads.submit(action, session) for session in (self.reference, self.other)]
        try:
            done, _running = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException as error:
            # A statement that took too long leaves the session usable, and has the same limit on the other side.
            if getattr(error, "sqlstate", None) != STATEMENT_CANCELLED:
                self.deadline.stop("a failure on one side")
            wait(futures)
            raise
        return futures[0].result(), futures[1].result()


class Link:
    """The lanes that bring the reference's rows to the other side.

    :param at_rest: the user says that nothing writes to either side; only then may there be no link
    :raises MigrationError: BG403 when there is no link and the user does not say so
    """

    def __init__(self, pair: Pair, at_rest: bool) -> None:
        self._pair = pair
        self._direction = Direction.into(pair.other.side)
        self.prefix = f"{link_prefix(pair.migration)}{self._direction}_"
        self._lanes = {slot.name for slot in self._slots("0/0")}
        if not self._lanes and not at_rest:
            raise self._missing()

    @property
    def exists(self) -> bool:
        """Tell whether rows are being replicated at all."""
        return bool(self._lanes)

    def wait_until_applied(self) -> None:
        """Return when the other side has applied and flushed everything that was visible on the reference before this
        call.

        Without a link, return after a short pause, in which rows that still change can show it.

        :raises MigrationError: BG404 when a lane is gone, or had no subscriber for 30 s
        :raises DeadlineReached: when the comparison's time is over
        """
        if not self._lanes:
            time.sleep(_REST_SECONDS)
            return
        lsn = postgres.read_wal_end(self._pair.reference)
        begin = last_active = time.monotonic()
        hastened = False
        while True:
            slots = self._slots(lsn)
            now = time.monotonic()
            if {slot.name for slot in slots} != self._lanes:
                raise self._stands_still("has lost a slot")
            if all(slot.passed for slot in slots):
                return
            last_active = now if all(slot.active for slot in slots) else last_active
            if now - last_active > INACTIVE_SECONDS:
                raise self._stands_still(f"has had no subscriber for {INACTIVE_SECONDS:g} s")
            if not hastened and now - begin > _HASTEN_AFTER_SECONDS:
                postgres.hasten_flush(self._pair.reference, lsn)
                hastened = True
            self._pair.deadline.check()
            time.sleep(_POLL_SECONDS)

    def _slots(self, lsn: str) -> list[postgres.SlotState]:
        return postgres.read_slots(self._pair.reference, self.prefix, lsn)

    def _missing(self) -> MigrationError:
        mine, theirs = self._pair.reference.side, self._pair.other.side
        return MigrationError(
            "BG403",
            f"No link brings the rows of {mine} to {theirs}, so a row that differs could be one that is being written",
            "Nothing was compared",
            f"Run {mending(self._direction, mine)}, which makes that link or says why it cannot be made any more; the "
            f"module consistency_check also takes reference={theirs}, and at_rest where nothing writes to either side",
        )

    def _stands_still(self, what: str) -> MigrationError:
        return MigrationError(
            "BG404",
            f"The {self._direction} link {what}",
            "Rows that look different cannot be proven to be; nothing was changed",
            f"Read the server's log on {self._pair.other.side} and repair the link, then compare again",
        )
