# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Catch up: wait until everything written so far has been applied on the other side."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.facts import Report
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import marker
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.first_copy import read_copy
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lanes import read_lanes

from .copy_stream import CopyJob
from .copying import begin_copy, require_no_failure, worker_died
from .ports import Ports
from .reading import Reading
from .waiting import require_living_lanes, send_markers, wait_for_markers

_PURPOSE = "catchup"
_POLL_COPY = 0.2
_MOST_RESTARTS = 5


class ReplicationCatchup(Reading):
    """Waits for the first copy to end, then for a marker row through every lane.

    The marker is written in our own schema and removed again: nothing of the user's changes, so that this is no change.
    In check mode nothing is written: lag is read instead.
    """

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._direction = Direction(params["direction"])
        self._timeout: float = params["timeout"]
        self._excluded: list[str] = params["exclude_tables"]
        self._may_write: bool = ports.may_write
        self._sides = ports.sides
        self._restarts = 0

    def observe(self) -> Report:
        """Wait, and say how long it took."""
        deadline = Deadline(self._timeout, f"Catching up {self._direction}")
        started = time.monotonic()
        lanes = read_lanes(self._sides, self._direction, self._excluded)
        if not self._may_write:
            return Report({"caught_up": None, "lanes": {spec.name: facts.as_result() for spec, facts in lanes}})
        specs = [spec for spec, _facts in lanes]
        self._wait_for_copy(deadline)
        publisher = self._sides.session(self._direction.publisher)
        tokens = send_markers(publisher, specs, _PURPOSE)
        try:
            wait_for_markers(self._sides, self._direction, specs, tokens, deadline)
        finally:
            for spec in specs:
                marker.remove_marker(publisher, spec.lane, _PURPOSE)
        return Report({"caught_up": True, "seconds": round(time.monotonic() - started, 3)})

    def _wait_for_copy(self, deadline: Deadline) -> None:
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        while self._is_copying(deadline):
            if deadline.left() <= _POLL_COPY:
                raise _copy_too_late(deadline, "rows, indexes or keys are missing")
            time.sleep(_POLL_COPY)
        while True:
            lanes = read_lanes(self._sides, self._direction, self._excluded)
            problems = {spec.name: facts.problems(spec) for spec, facts in lanes if facts.problems(spec)}
            if not problems:
                return
            require_living_lanes(publisher, subscriber, [spec for spec, _facts in lanes])
            if deadline.left() <= _POLL_COPY:
                raise _copy_too_late(
                    deadline, "; ".join(f"{name} {', '.join(reasons)}" for name, reasons in problems.items())
                )
            time.sleep(_POLL_COPY)

    def _is_copying(self, deadline: Deadline) -> bool:
        """Tell whether a copy from a snapshot is under way; one whose worker has died gets another."""
        if self._direction is not Direction.FORWARD:
            return False
        facts = read_copy(self._sides.green, self._sides.migration)
        if facts is None or facts.finished:
            return False
        require_no_failure(facts)
        if not facts.alive:
            self._restarts += 1
            if self._restarts > _MOST_RESTARTS:
                raise worker_died(f"{_MOST_RESTARTS} times")
            specs = [spec for spec, one in read_lanes(self._sides, self._direction, self._excluded)
                     if not one.subscription]  # fmt: skip
            begin_copy(self._sides, CopyJob(self._sides.fresh(), tuple(specs), facts.streams), deadline)
        return True


def _copy_too_late(deadline: Deadline, problems: str) -> MigrationError:
    return MigrationError(
        "BG313",
        f"The first copy did not end within {deadline.seconds:g} s: {problems}",
        "Blue serves on; the copy goes on by itself",
        "Run replicate again, or raise bluegreen_catchup_timeout",
    )
