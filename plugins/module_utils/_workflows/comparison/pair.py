# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sessions that read at the same time, and the link that says what the other side has applied."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, Callable, TypeVar

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.names import link_prefix
from ..._domain.service.advice import mending
from ..._domain.sides import Direction, Side
from ..._postgres.comparison import side as postgres
from ..._postgres.lanes.parts import read_lane
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..lanes.watch import LanesWatch

T = TypeVar("T")
_POLL_SECONDS = 0.02
_HASTEN_AFTER_SECONDS = 0.1
_REST_SECONDS = 0.2
_LOOK_SECONDS = 1.0
_NO_SUBSCRIBER = "has had no subscriber for too long"
INACTIVE_SECONDS = 20.0  # a lane may be disabled, or without its subscription, for a moment
STATEMENT_CANCELLED = "57014"


class Pair:
    """The reference and the other side, each with a session of its own for this comparison."""

    def __init__(self, sides: Sides, reference: Side, deadline: Deadline) -> None:
        self.sides = sides
        self.migration = sides.migration
        self.deadline = deadline
        self.reference = sides.connect(reference, "comparison")
        self.other = sides.connect(reference.other, "comparison")
        for session in (self.reference, self.other):
            session.set_deadline(deadline)
            session.wait_for_locks(deadline)
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="comparison")

    @property
    def older(self) -> int:
        """Return the major version of the older server."""
        return min(self.reference.major, self.other.major)

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
        self._watch = LanesWatch(pair.sides, self._direction)
        self._next_look = 0.0
        self._flowed_at = float("inf")
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

        :raises MigrationError: BG404 with the reason when nothing flows through a lane any more
        :raises DeadlineReached: when the comparison's time is over
        """
        if not self._lanes:
            time.sleep(_REST_SECONDS)
            return
        lsn = postgres.read_wal_end(self._pair.reference)
        begin = self._flowed_at = time.monotonic()
        hastened = False
        while True:
            slots = self._slots(lsn)
            if {slot.name for slot in slots} != self._lanes:
                raise self._stands_still("has lost a slot")
            if all(slot.passed for slot in slots):
                return
            self.require_flow()
            if not hastened and time.monotonic() - begin > _HASTEN_AFTER_SECONDS:
                postgres.hasten_flush(self._pair.reference, lsn)
                hastened = True
            self._pair.deadline.check()
            time.sleep(_POLL_SECONDS)

    def require_flow(self) -> None:
        """Look at the lanes now and then while something waits for them.

        :raises MigrationError: BG404 with the reason as soon as a lane has stopped, or when it has been switched off
            for too long
        """
        now = time.monotonic()
        if now < self._next_look or not self._lanes:
            return
        self._next_look = now + _LOOK_SECONDS
        lanes = {name: read_lane(self._pair.reference, self._pair.other, name) for name in self._lanes}
        try:
            self._watch.look({name: facts for name, facts in lanes.items() if not facts.is_off})
        except MigrationError as error:
            raise self._stands_still(f"stands still: {error.what}", error.todo, error.details) from None
        idle = {slot.name for slot in self._slots("0/0") if not slot.active}
        reasons = {
            name: facts.is_off or _NO_SUBSCRIBER for name, facts in lanes.items() if facts.is_off or name in idle
        }
        self._flowed_at = min(self._flowed_at, now) if reasons else now
        if any(facts.slot_lost for facts in lanes.values()) or now - self._flowed_at > INACTIVE_SECONDS:
            words = "; ".join(f"the lane {name} {why}" for name, why in reasons.items())
            raise self._stands_still(f"stands still: {words}")

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

    def _stands_still(
        self, what: str, todo: str | None = None, details: dict[str, Any] | None = None
    ) -> MigrationError:
        playbook = mending(self._direction, self._pair.reference.side)
        return MigrationError(
            "BG404",
            f"The {self._direction} link {what}",
            "Rows that look different cannot be proven to be; nothing was changed",
            f"{todo or f'Run {playbook}, which repairs the link or says why it cannot'}; then compare again",
            details,
        )
