# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Catch up: wait until everything written so far has been applied on the other side."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.lanes.link import LaneFacts, LaneSpec
from ..._domain.progress import Backlog, drain_line, seconds_to_drain
from ..._domain.sides import Direction
from ..._postgres.copy.first_copy import read_copy
from ..._postgres.lanes import link
from ..._postgres.lanes.parts import read_lane
from ..._postgres.lanes.wanted import read_lanes
from ..._postgres.service import marker
from ..copy.control import GOES_ON, begin_copy, progress_of, require_confirmed, require_no_failure, worker_died
from ..copy.stream import CopyJob
from ..lanes.waiting import (
    apply_errors,
    require_living_lanes,
    send_markers,
    wait_for_markers,
)
from ..lanes.watch import LanesWatch
from ..ports import Ports

_PURPOSE = "catchup"
_POLL_COPY = 0.2
_MOST_RESTARTS = 5
_TOO_LATE = "BG312"


@dataclass(frozen=True)
class Budget:
    """How far behind the other side may be; ``None`` means no limit."""

    seconds: float | None
    bytes: int | None
    lsn: str | None


class ReplicationCatchup:
    """Waits for the first copy to end, then for a marker row through every lane, and for the budget if there is one.

    The marker is written in our own schema and removed again: nothing of the user's changes, so this is no change.
    Check mode writes nothing and reads the lag instead. A slice ends early and returns in ``resume`` what the next one
    needs: the markers on their way, and what was seen before them.
    """

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        resume: dict[str, Any] = params["resume"] or {}
        self._direction = Direction(params["direction"])
        self._timeout: float = params["timeout"]
        self._slice: float | None = params["slice"]
        self._budget = Budget(params["max_seconds"], params["max_bytes"], params["lsn"])
        self._excluded: list[str] = params["exclude_tables"]
        self._may_write: bool = ports.may_write
        self._ports = ports
        self._sides = ports.sides
        self._elapsed = float(resume.get("elapsed") or 0.0)
        self._restarts = int(resume.get("restarts") or 0)
        self._tokens = {int(lane): str(token) for lane, token in (resume.get("tokens") or {}).items()}
        errors: dict[str, int | None] | None = resume.get("errors")
        self._watch = LanesWatch(ports.sides, self._direction, errors) if errors is not None else None
        before = resume.get("backlog")
        self._backlog = Backlog(float(before["at"]), before["bytes"]) if before else None
        self._started = time.monotonic()

    def probe(self) -> Report:
        """Wait, and report how long it took."""
        deadline = Deadline(self._timeout - self._elapsed, f"Catching up {self._direction}")
        deadline.seconds = self._timeout
        lanes = read_lanes(self._sides, self._direction, self._excluded)
        if not self._may_write:
            return Report({"caught_up": None, "lanes": {spec.name: facts.as_result() for spec, facts in lanes}})
        end = Deadline(self._slice if self._slice is not None else self._timeout, "The slice")
        progress = self._wait_for_copy(deadline, end)
        if progress is not None:
            return self._unfinished(progress)
        specs = [spec for spec, _facts in lanes]
        progress = self._wait_for_rows(specs, deadline, end)
        return self._unfinished(progress) if progress is not None else self._finished()

    def _finished(self) -> Report:
        return Report(
            {"caught_up": True, "seconds": round(self._elapsed_now(), 3), "first_copy": self._copied(), "progress": []}
        )

    def _unfinished(self, progress: str) -> Report:
        return Report(
            {
                "caught_up": False,
                "seconds": round(self._elapsed_now(), 3),
                "first_copy": self._copied(),
                "progress": [progress],
                "resume": {
                    "elapsed": self._elapsed_now(),
                    "restarts": self._restarts,
                    "tokens": {str(lane): token for lane, token in self._tokens.items()},
                    "errors": self._watch.errors if self._watch else None,
                    "backlog": {"at": self._backlog.at, "bytes": self._backlog.bytes} if self._backlog else None,
                },
            }
        )

    def _copied(self) -> dict[str, Any] | None:
        if self._direction is not Direction.FORWARD:
            return None
        facts = read_copy(self._sides.green, self._sides.migration)
        return facts.as_result() if facts is not None else None

    def _elapsed_now(self) -> float:
        return self._elapsed + time.monotonic() - self._started

    def _remove_markers(self) -> None:
        marker.remove_markers(self._sides.session(self._direction.publisher), self._tokens)
        self._tokens = {}

    def _wait_for_copy(self, deadline: Deadline, end: Deadline) -> str | None:
        """Wait until every table is ready; return how far it is when the slice is over."""
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        watch = LanesWatch(self._sides, self._direction)
        while True:
            problems = self._copy_under_way(deadline)
            if problems is None:
                lanes = read_lanes(self._sides, self._direction, self._excluded)
                specs = [spec for spec, _facts in lanes]
                problems = "; ".join(
                    f"{spec.name} {', '.join(facts.problems(spec))}" for spec, facts in lanes if facts.problems(spec)
                )
                if not problems:
                    return None
                watch.look(require_living_lanes(publisher, subscriber, specs))
            if deadline.left() <= _POLL_COPY:
                raise MigrationError(
                    "BG313",
                    f"The first copy did not end within {deadline.seconds:g} s: {problems}",
                    "Blue stays in service; the copy goes on by itself",
                    "Run replicate again, or raise bluegreen_catchup_timeout",
                )
            if end.left() <= 0.0:
                return problems
            time.sleep(_POLL_COPY)

    def _copy_under_way(self, deadline: Deadline) -> str | None:
        """Return how far a copy from a snapshot is, ``None`` when there is none; a copy whose worker died gets a new
        one."""
        if self._direction is not Direction.FORWARD:
            return None
        facts = read_copy(self._sides.green, self._sides.migration)
        if facts is None or facts.finished:
            return None
        self._ports.goes_on = GOES_ON
        require_no_failure(facts)
        require_confirmed(self._sides)
        if not facts.alive:
            self._restarts += 1
            if self._restarts > _MOST_RESTARTS:
                raise worker_died(f"{_MOST_RESTARTS} times", facts)
            lanes = read_lanes(self._sides, self._direction, self._excluded)
            specs = tuple(spec for spec, one in lanes if not one.subscription)
            begin_copy(self._sides, CopyJob(self._sides.fresh(), specs, facts.streams), deadline)
        return progress_of(self._sides, facts)

    def _wait_for_rows(self, specs: list[LaneSpec], deadline: Deadline, end: Deadline) -> str | None:
        """Wait for a marker, and again until the budget is kept; return how far it is when the slice is over."""
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        while True:
            if self._watch is None:
                self._watch = LanesWatch(self._sides, self._direction, apply_errors(publisher, subscriber, specs))
            sent = time.monotonic()
            self._tokens = self._tokens or send_markers(publisher, specs, _PURPOSE)
            if not self._markers_arrive(specs, deadline, end):
                return self._drain_progress(specs)
            self._remove_markers()
            if self._keeps_budget(specs, time.monotonic() - sent):
                return None
            if deadline.left() <= _POLL_COPY:
                raise self._over_budget(specs, deadline)
            if end.left() <= 0.0:
                return self._drain_progress(specs)
            time.sleep(_POLL_COPY)

    def _markers_arrive(self, specs: list[LaneSpec], deadline: Deadline, end: Deadline) -> bool:
        limit = deadline if deadline.left() <= end.left() else Deadline(end.left(), "The slice")
        try:
            wait_for_markers(self._sides, self._direction, specs, self._tokens, limit, self._watch)
        except MigrationError as error:
            if error.code != _TOO_LATE or limit is deadline:
                self._remove_markers()
                raise
            return False
        return True

    def _keeps_budget(self, specs: list[LaneSpec], seconds: float) -> bool:
        budget = self._budget
        if budget.seconds is not None and seconds > budget.seconds:
            return False
        if budget.lsn is not None and not all(
            link.has_passed(self._sides.session(self._direction.publisher), spec.name, budget.lsn) for spec in specs
        ):
            return False
        if budget.bytes is None:
            return True
        behind = self._behind(specs)
        return behind is not None and behind <= budget.bytes

    def _behind(self, specs: list[LaneSpec]) -> int | None:
        lags = [facts.lag for facts in self._read(specs)]
        return None if None in lags else sum(lag for lag in lags if lag is not None)

    def _read(self, specs: list[LaneSpec]) -> list[LaneFacts]:
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        return [read_lane(publisher, subscriber, spec.name) for spec in specs]

    def _drain_progress(self, specs: list[LaneSpec]) -> str:
        now = Backlog(self._elapsed_now(), self._behind(specs))
        before, self._backlog = self._backlog, now
        return drain_line(str(self._direction.subscriber), before, now)

    def _over_budget(self, specs: list[LaneSpec], deadline: Deadline) -> MigrationError:
        now = Backlog(self._elapsed_now(), self._behind(specs))
        return MigrationError(
            _TOO_LATE,
            f"{str(self._direction.subscriber).capitalize()} keeps up, but not within the budget after "
            f"{deadline.seconds:g} s: {drain_line(str(self._direction.subscriber), self._backlog, now)}",
            f"{str(self._direction.publisher).capitalize()} stays in service; the {self._direction} link goes on",
            "Wait for a quieter moment, raise the budget, or spread the tables over more lanes",
            {"seconds_to_drain": seconds_to_drain(self._backlog, now)},
        )
