# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries: a row through every lane of each live direction, timed, and removed again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.lanes.link import LaneSpec, both_at_once
from ..._domain.replication.flights import Before, Flights, canary_line
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

    Where both directions are live, counters are read before and after: none may show a conflict or an echo. A slice
    ends early and returns in ``resume`` what the next one needs: what was counted before, and the times so far.
    """

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._timeout: float = params["timeout"]
        self._duration: float = params["duration"]
        self._interval: float = params["interval"]
        self._slice: float | None = params["slice"]
        self._before = Before.from_resume(params["resume"] or {})
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
        found: dict[str, Any] = {"traffic": None, "waits_for_switch": waits, "progress": []}
        if not self._may_write:
            return Report({**found, "canaries": {str(one): {"milliseconds": None, "sent": 0} for one in live}})
        started = time.monotonic() - self._before.elapsed
        both = len(live) == len(Direction)
        counted = self._before.counters
        if both and set(counted) != set(live):
            counted = self._count(live)
        flights = {one: self._before.flights.get(one) or Flights() for one in live}
        flown = Before(0.0, flights, counted)
        left = self._send(live, flown, started)
        found["canaries"] = {str(one): seen.as_result() for one, seen in flights.items()}
        if left > 0.0:
            resume = replace(flown, elapsed=time.monotonic() - started).as_resume()
            return Report({**found, "progress": [canary_line(flights, left)], "resume": resume})
        if both:
            traffic = self._judge(live, flown, time.monotonic() - started)
            found["traffic"] = traffic.as_result()
        return Report(found)

    def _send(self, live: Mapping[Direction, list[LaneSpec]], flown: Before, started: float) -> float:
        """Send canaries until the time or the slice is over; return how many seconds are left."""
        end = None if self._slice is None else time.monotonic() + self._slice
        while True:
            begun = time.monotonic()
            for direction, specs in live.items():
                flown.flights[direction].add(self._fly(direction, specs))
            left = started + self._duration - time.monotonic()
            if left <= 0.0:
                return 0.0
            time.sleep(min(left, max(0.0, begun + self._interval - time.monotonic())))
            if end is not None and time.monotonic() >= end:
                return max(0.0, started + self._duration - time.monotonic())

    def _judge(self, live: Mapping[Direction, list[LaneSpec]], flown: Before, seconds: float) -> Traffic:
        service = read_situation(self._sides).in_service or Side.BLUE
        own = _STATEMENTS * max(len(specs) for specs in live.values()) * flown.flights[Direction.FORWARD].sent
        traffic = Traffic(service, flown.counters, self._count(live), own, seconds)
        _require_calm(traffic)
        return traffic

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
