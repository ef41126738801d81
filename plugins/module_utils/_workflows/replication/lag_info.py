# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lag of both links, lane by lane; "unknown" is a separate value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.copy.first_copy import CopyFacts
from ..._domain.facts import Report
from ..._domain.lanes.catalogs import Catalogs
from ..._domain.lanes.link import LaneSpec, both_at_once, is_parked
from ..._domain.sides import Direction, Side
from ..._postgres.copy.first_copy import read_copy
from ..._postgres.lanes.wanted import read_catalogs
from ..._postgres.service import marker
from ..._postgres.service.situation import read_situation
from ..copy.control import progress_of
from ..ports import Ports


class ReplicationLagInfo:
    """Reads slots and subscriptions of both directions, and the progress of the first copy."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._excluded: list[str] = params["exclude_tables"]
        self._sides = ports.sides

    def probe(self) -> Report:
        """Read both directions."""
        serves = read_situation(self._sides).in_service
        return self.report(serves, read_catalogs(self._sides), read_copy(self._sides.green, self._sides.migration))

    def report(self, serves: Side | None, catalogs: Catalogs, copy: CopyFacts | None) -> Report:
        """Return the lag by what has just been read, and by markers on their way.

        :param serves: the side in service
        :param copy: the first copy
        """
        links = {}
        both_live = both_at_once(self._sides.blue.major, self._sides.green.major)
        for direction in Direction:
            lanes = {}
            parked = is_parked(direction, serves, both_live)
            for spec, facts in catalogs.lanes(direction, self._excluded):
                exists = facts.slot or facts.subscription or facts.published is not None
                problems = facts.problems_while_parked(spec) if parked else facts.problems(spec)
                seconds = self._seconds_behind(direction, spec) if facts.subscription else None
                lanes[spec.name] = {
                    **facts.as_result(),
                    "seconds_behind": seconds,
                    "exists": exists,
                    "parked": parked,
                    "problems": problems if exists else [],
                }
            links[str(direction)] = lanes
        progress = [progress_of(self._sides, copy)] if copy and not copy.finished else []
        return Report({"links": links, "first_copy": copy.as_result() if copy else None, "progress": progress})

    def _seconds_behind(self, direction: Direction, spec: LaneSpec) -> float | None:
        """Return how long the oldest marker has been on its way, by its own timestamp and the publisher's clock."""
        publisher, subscriber = self._sides.session(direction.publisher), self._sides.session(direction.subscriber)
        seconds = marker.seconds_on_the_way(publisher, subscriber, spec.lane)
        return None if seconds is None else round(seconds, 3)
