# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries: a row through every lane of each live direction, timed, and removed again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.lanes.link import LaneSpec, both_at_once
from ..._domain.replication.traffic import Counters, Traffic, waiting_for_the_switch
from ..._domain.sides import Direction, Side
from ..._postgres.lanes.parts import read_lane
from ..._postgres.lanes.slots import read_decoded
from ..._postgres.lanes.wanted import read_lanes
from ..._postgres.service import marker
from ..._postgres.service.situation import read_situation
from ..lanes.waiting import require_living_lanes, send_markers, wait_for_markers
from ..ports import Ports

_PURPOSE = "canary"
_STATEMENTS = 3  # transactions of a canary: sent, removed, one kept


class Canary:
    """Sends a canary through every direction that has an enabled subscription; in check mode only names them.

    Where both directions are live, counters are read before and after: none may show a conflict or an echo.
    """

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._timeout: float = params["timeout"]
        self._duration: float = params["duration"]
        self._interval: float = params["interval"]
        self._excluded: list[str] = params["exclude_tables"]
        self._may_write: bool = ports.may_write
        self._sides = ports.sides

    def probe(self) -> Report:
        """Send the canaries one direction after the other, once or until the time is over.

        :raises MigrationError: BG311, BG312 where one does not arrive; BG315 where counters show a conflict or an echo
        """
        lanes = {direction: read_lanes(self._sides, direction, self._excluded) for direction in Direction}
        live = {
            direction: [spec for spec, _facts in found]
            for direction, found in lanes.items()
            if all(facts.subscription and facts.enabled for _spec, facts in found)
        }
        majors = {side: self._sides.session(side).major for side in Side}
        waits = [] if both_at_once(*majors.values()) else waiting_for_the_switch(majors, len(lanes[Direction.REVERSE]))
        if not self._may_write:
            canaries: dict[str, Any] = {str(direction): {"milliseconds": None, "sent": 0} for direction in live}
            return Report({"canaries": canaries, "traffic": None, "waits_for_switch": waits})
        canaries, traffic = self._watch(live)
        return Report(
            {
                "canaries": canaries,
                "traffic": traffic.as_result() if traffic else None,
                "waits_for_switch": waits,
            }
        )

    def _watch(self, live: Mapping[Direction, list[LaneSpec]]) -> tuple[dict[str, Any], Traffic | None]:
        both = len(live) == len(Direction)
        before, started = self._count(live) if both else {}, time.monotonic()
        times: dict[Direction, list[float]] = {direction: [] for direction in live}
        while True:
            begun = time.monotonic()
            for direction, specs in live.items():
                times[direction].append(self._fly(direction, specs))
            left = started + self._duration - time.monotonic()
            if left <= 0.0:
                break
            time.sleep(min(left, max(0.0, begun + self._interval - time.monotonic())))
        canaries = {
            str(direction): {"milliseconds": seen[-1], "slowest": max(seen), "sent": len(seen)}
            for direction, seen in times.items()
        }
        if not both:
            return canaries, None
        service = read_situation(self._sides).in_service or Side.BLUE
        own = _STATEMENTS * max(len(specs) for specs in live.values()) * len(times[Direction.FORWARD])
        traffic = Traffic(service, before, self._count(live), own, time.monotonic() - started)
        _require_calm(traffic)
        return canaries, traffic

    def _count(self, live: Mapping[Direction, list[LaneSpec]]) -> dict[Direction, Counters]:
        return {direction: self._counters(direction, specs) for direction, specs in live.items()}

    def _counters(self, direction: Direction, specs: list[LaneSpec]) -> Counters:
        """Return the lanes' counters as one; each slot decodes the whole database, so the largest count is used."""
        publisher, subscriber = self._sides.session(direction.publisher), self._sides.session(direction.subscriber)
        lanes = [read_lane(publisher, subscriber, spec.name) for spec in specs]
        decoded = [read_decoded(publisher, spec.name) for spec in specs]
        errors = [lane.errors for lane in lanes]
        kinds = {kind for lane in lanes for kind in lane.conflicts or {}}
        counted = all(lane.conflicts is not None for lane in lanes)
        conflicts = {kind: sum((lane.conflicts or {}).get(kind, 0) for lane in lanes) for kind in kinds}
        return Counters(
            None if None in errors else sum(one or 0 for one in errors),
            conflicts if counted else None,
            None if None in decoded else max(one or 0 for one in decoded),
        )

    def _fly(self, direction: Direction, specs: list[LaneSpec]) -> float:
        publisher, subscriber = self._sides.session(direction.publisher), self._sides.session(direction.subscriber)
        require_living_lanes(publisher, subscriber, specs)
        deadline = Deadline(self._timeout, f"The canary {direction}")
        started = time.monotonic()
        tokens = send_markers(publisher, specs, _PURPOSE)
        try:
            wait_for_markers(self._sides, direction, specs, tokens, deadline)
            return round((time.monotonic() - started) * 1000, 1)
        finally:
            marker.remove_markers(publisher, tokens)
            marker.keep_markers(publisher, tokens)


def _require_calm(traffic: Traffic) -> None:
    reasons = traffic.reasons()
    if reasons:
        raise MigrationError(
            "BG315",
            f"The links show conflicts or echoes: {'; '.join(reasons)}",
            f"{str(traffic.service).capitalize()} stays in service",
            "See that both subscriptions have origin = none (run sync again), and read the subscribers' logs",
            traffic.as_result(),
        )
