# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how long a row takes to reach the other side, until it crosses a limit or the time is over."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.metrics.reading import Reading
from ..._domain.replication.lag_watch import Lag, anything_late, watch_line
from ..._domain.service.journal import Entry
from ..._domain.service.situation import Situation
from ..._domain.sides import Direction, Side
from ..._postgres.go_no_go.picture import read_picture
from ..._postgres.lanes.wanted import read_lanes
from ..._postgres.service import marker
from ..._postgres.service.situation import read_situation, read_situation_of
from ..disk_space import read_space
from ..go_no_go.way_home import read_way_home
from ..lanes.waiting import require_living_lanes, send_markers, wait_for_markers
from ..lanes.watch import LanesWatch
from ..metrics.textfile import write_textfile
from ..ports import Ports
from .circuit_breaker import CircuitBreaker
from .lag_info import ReplicationLagInfo

_PURPOSE = "watch"
_WAY_BACK_SECONDS = 60.0  # judging the way back reads both schemas, and counts rows that only green has


class ReplicationWatch:
    """Ends at the first crossing of the limit, in either direction, so that people are notified at once.

    It also ends when the circuit breaker has a reason to drop slots; dropping them is up to the caller.

    Where the user wants a file of metrics, it is replaced at each reading. A slice ends after one reading, so that its
    caller can show it, and returns in ``resume`` what the next one needs.

    A marker row in our own schema is written and removed again, which is no change. Check mode writes nothing and so
    measures nothing.
    """

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        resume: dict[str, Any] = params["resume"] or {}
        self._slice: float | None = params["slice"]
        self._end: float = resume.get("end") or time.time() + params["duration"]
        self._next: float = resume.get("next") or 0.0
        self._readings: int = resume.get("readings") or 0
        self._interval: float = params["interval"]
        self._warning: float = params["warning_seconds"]
        self._was_late: bool = params["late"]
        self._excluded: list[str] = params["exclude_tables"]
        self._may_write: bool = ports.may_write
        self._sides = ports.sides
        self._metrics_file: str | None = params["metrics_file"]
        self._free_disk_command: list[str] = params["free_disk_command"]
        self._reading: Reading | None = None
        self._story: list[Entry] = []
        self._info = ReplicationLagInfo(params, ports)
        self._params, self._ports = params, ports
        self._way_back_at: float = resume.get("way_back_at") or 0.0
        self._way_back_safe: bool | None = resume.get("way_back_safe")
        self._run = ports.run
        self._breaker = CircuitBreaker(params, ports)
        # Kept from one reading to the next: a single one may be shorter than a failing lane takes to fail again.
        self._watches = {one: LanesWatch(ports.sides, one, resume.get(str(one))) for one in Direction}

    def probe(self) -> Report:
        """Watch, and return the last measurement."""
        directions = self._directions()
        if not self._may_write:
            return self._report({}, self._was_late, 0.0, self._reasons_to_break())
        while True:
            time.sleep(max(0.0, self._next - time.time()))
            begun = time.time()
            lags = {str(direction): self._measure(direction) for direction in directions}
            self._take(lags)
            reasons = self._reasons_to_break()
            if not directions:
                return self._report({}, self._was_late, 0.0, reasons)
            self._readings += 1
            late = anything_late(lags, self._warning)
            left = max(0.0, self._end - time.time())
            if late is not self._was_late or left <= 0.0 or reasons:
                return self._report(lags, late, left, reasons)
            self._next = min(self._end, begun + self._interval)
            if self._slice is not None:
                return self._unfinished(lags, left)

    def _unfinished(self, lags: Mapping[str, Lag], left: float) -> Report:
        report = self._report(lags, self._was_late, left, {})
        errors = {str(direction): watch.errors for direction, watch in self._watches.items()}
        way_back = {"way_back_at": self._way_back_at, "way_back_safe": self._way_back_safe}
        resume = {"end": self._end, "next": self._next, "readings": self._readings, **way_back, **errors}
        return Report({**report.facts, "progress": [watch_line(lags, left)], "resume": resume})

    def _take(self, lags: Mapping[str, Lag]) -> None:
        """Take a reading of everything, and write it for the exporter where that is wanted."""
        try:
            situation, links = read_situation(self._sides), self._info.probe().as_result()["links"]
        except MigrationError:
            # What the lost side knows is left out, and the watch goes on.
            situation, links = self._situation_of_the_rest(), {}
        space = read_space(self._free_disk_command, self._run)
        self._story = situation.story
        self._reading = Reading(
            migration=self._sides.migration,
            at=time.time(),
            in_service=situation.in_service,
            fenced={side: gate.fenced for side, gate in situation.gates.items()},
            lags={name: lag.seconds for name, lag in lags.items()},
            links=links,
            free_disk=space.free if space else None,
            way_back_safe=self._judge_way_back(situation),
        )
        if self._metrics_file is not None:
            write_textfile(self._metrics_file, self._reading)

    def _judge_way_back(self, situation: Situation) -> bool | None:
        """Return whether a rollback is safe, ``None`` if unknown; a judgement is kept while it is younger than its
        limit and the same side serves."""
        if situation.in_service is not Side.GREEN or len(situation.gates) < len(Side):
            self._way_back_at, self._way_back_safe = 0.0, None
        elif time.time() - self._way_back_at >= _WAY_BACK_SECONDS:
            self._way_back_at, self._way_back_safe = time.time(), self._read_way_back(situation)
        return self._way_back_safe

    def _read_way_back(self, situation: Situation) -> bool | None:
        try:
            found = read_way_home(self._params, self._ports, read_picture(self._sides, situation, self._excluded))
        except MigrationError:
            return None
        return found.safe if found else None

    def _situation_of_the_rest(self) -> Situation:
        answers = (self._read_alone(side) for side in Side)
        return next((one for one in answers if one is not None), Situation({}, ()))

    def _read_alone(self, side: Side) -> Situation | None:
        try:
            return read_situation_of(self._sides, [side])
        except MigrationError:
            return None

    def _reasons_to_break(self) -> dict[str, str]:
        return self._breaker.observe().as_result()["reasons"] if self._breaker.is_set else {}

    def _report(self, lags: Mapping[str, Lag], late: bool, left: float, reasons: Mapping[str, str]) -> Report:
        return Report(
            {
                "lag": {name: lag.as_result() for name, lag in lags.items()},
                "late": late,
                "crossed": late is not self._was_late,
                "readings": self._readings,
                "seconds_left": round(left, 3),
                "reasons_to_break": dict(reasons),
                "reading": self._reading.as_result() if self._reading else None,
                "journal": [entry.as_result() for entry in self._story],
                "progress": [],
            }
        )

    def _directions(self) -> list[Direction]:
        """Return the directions to watch: from the side in service if that link exists, and the other one if
        enabled."""
        service = read_situation(self._sides).in_service or Side.BLUE
        found = []
        for direction in Direction:
            lanes = [facts for _spec, facts in read_lanes(self._sides, direction, self._excluded)]
            enabled = all(facts.subscription and facts.enabled for facts in lanes)
            out = direction.publisher is service and any(facts.slot or facts.subscription for facts in lanes)
            if enabled or out:
                found.append(direction)
        return found

    def _measure(self, direction: Direction) -> Lag:
        try:
            publisher, subscriber = self._sides.session(direction.publisher), self._sides.session(direction.subscriber)
            specs = [spec for spec, _facts in read_lanes(self._sides, direction, self._excluded)]
            begun = time.monotonic()
            require_living_lanes(publisher, subscriber, specs)
            tokens = send_markers(publisher, specs, _PURPOSE)
            try:
                deadline = Deadline(self._warning + 1.0, f"The marker {direction}")
                wait_for_markers(self._sides, direction, specs, tokens, deadline, self._watches[direction])
            finally:
                marker.remove_markers(publisher, tokens)
                marker.keep_markers(publisher, tokens)
        except MigrationError as error:
            return Lag(None, str(error))
        return Lag(round(time.monotonic() - begun, 3))
