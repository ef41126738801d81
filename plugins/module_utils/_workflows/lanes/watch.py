# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching lanes while somebody waits for them: the one place that says that a lane has stopped, and why."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..._domain.errors import MigrationError
from ..._domain.lanes.link import LaneFacts
from ..._domain.lanes.server_log import Reason, reason_counted
from ..._domain.lanes.standstill import Standstill
from ..._domain.refusal import way_out
from ..._domain.service.advice import about_a_row_in_the_way
from ..._domain.sides import Direction
from ..._postgres.lanes.conflict import Conflict, find_conflict
from ..._postgres.lanes.reason import read_reason
from ..._postgres.service.situation import read_situation
from ..._postgres.sides import Sides

STANDS = "Nothing arrives through it; the side in service stays in service"
_LOOK_FOR_A_ROW = 5.0


class LanesWatch:
    """Remembers what the lanes of one direction did, as long as somebody waits.

    :param errors: how often each lane's worker had failed before, ``None`` where the server does not count that (14)
    """

    def __init__(self, sides: Sides, direction: Direction, errors: Mapping[str, int | None] | None = None) -> None:
        self._sides = sides
        self._direction = direction
        self._seen = {name: Standstill(known) for name, known in (errors or {}).items()}
        self._conflicts: dict[str, Mapping[str, int]] = {}
        self._next_search: dict[str, float] = {}

    @property
    def errors(self) -> dict[str, int | None]:
        """Return what a later watch needs to continue this one."""
        return {name: seen.errors for name, seen in self._seen.items()}

    def look(self, lanes: Mapping[str, LaneFacts]) -> None:
        """Take in how the lanes are now.

        :raises MigrationError: BG311 as soon as one has stopped, with the server's reason where it can be read
        """
        for name, facts in lanes.items():
            before = self._conflicts.setdefault(name, facts.conflicts or {})
            why = self._seen.setdefault(name, Standstill()).see(time.monotonic(), facts)
            if why:
                reason = self._reason(name) or reason_counted(before, facts.conflicts or {})
                raise self._stopped(name, facts, why, reason, find_conflict(self._sides, self._direction, name))
            self._refuse_a_row_in_the_way(name, facts)

    def _refuse_a_row_in_the_way(self, name: str, facts: LaneFacts) -> None:
        """Look for it at once while a worker that may have failed pauses, since its next failure may take long.

        Another reason in the log may have been removed meanwhile: only the next failure tells.
        """
        now = time.monotonic()
        if facts.working or facts.errors == 0 or now < self._next_search.get(name, now):
            return
        self._next_search[name] = now + _LOOK_FOR_A_ROW
        conflict = find_conflict(self._sides, self._direction, name)
        reason = self._reason(name) if conflict is not None else None
        if conflict is not None and (reason is None or reason.is_a_row_in_the_way):
            raise self._stopped(name, facts, "has stopped", reason, conflict)

    def _reason(self, name: str) -> Reason | None:
        return read_reason(self._sides, self._direction.subscriber, name)

    def _stopped(
        self, name: str, facts: LaneFacts, why: str, reason: Reason | None, conflict: Conflict | None
    ) -> MigrationError:
        subscriber = self._direction.subscriber
        details = {"lane": name, **facts.as_result()}
        what = f"The lane {name} {why}"
        if reason is not None:
            what += f": {reason.words}"
            details["reason"] = {"sqlstate": reason.sqlstate, "words": reason.words}
        if conflict is not None and (reason is None or reason.is_a_row_in_the_way is not False):
            serves = read_situation(self._sides).in_service
            details["conflict"] = conflict.as_result()
            said = reason is not None and reason.is_a_row_in_the_way
            todo = about_a_row_in_the_way(subscriber, serves, said=bool(said))
            return MigrationError("BG311", f"{what}; {conflict}", STANDS, todo, details)
        todo = (
            f"{way_out(reason.sqlstate, subscriber)}; the lane tries again by itself"
            if reason is not None
            else f"Read the reason in {subscriber}'s log and remove it; the lane tries again by itself"
        )
        return MigrationError("BG311", what, STANDS, todo, details)
