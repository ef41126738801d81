# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking, on every server that readers use, for what was just written to the side in service."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.names import FIRST_LANE
from ..._domain.readers.servers import Place
from ..._domain.readers.sights import Sight
from ..._domain.sides import Direction, Side
from ..._postgres.lanes.wanted import read_lanes
from ..._postgres.readers.servers import ReadServers
from ..._postgres.service import marker
from ..._postgres.sides import Sides
from ..lanes.waiting import require_living_lanes

_PURPOSE = "readers"
_POLL = 0.01


class Sighting:
    """Markers of one side in service, and the servers of a side that have to show them.

    :param serves: where markers are written
    :param side: whose servers show them: through its link, or by themselves where it serves
    """

    def __init__(self, sides: Sides, servers: ReadServers, serves: Side, side: Side, excluded: Sequence[str]) -> None:
        self._sides = sides
        self._servers = servers
        self._publisher = serves
        self._direction = None if side is serves else Direction.into(side)
        lanes = read_lanes(sides, self._direction, excluded) if self._direction else []
        self._specs = [spec for spec, _facts in lanes]

    def look(self, places: Sequence[Place], limit: float) -> list[Sight]:
        """Write a marker into every lane and tell when each server showed all of them.

        :param limit: seconds after which a server is late
        :raises MigrationError: BG311 when a lane has stopped
        """
        publisher = self._sides.session(self._publisher)
        if self._direction is not None:
            require_living_lanes(publisher, self._sides.session(self._direction.subscriber), self._specs)
        lanes = [spec.lane for spec in self._specs] if self._direction else [FIRST_LANE]
        tokens = {lane: uuid.uuid4().hex for lane in lanes}
        try:
            for lane, token in tokens.items():
                marker.write_marker(publisher, lane, _PURPOSE, token)
            with ThreadPoolExecutor(len(places)) as threads:
                return list(threads.map(lambda place: self._await(place, tokens, limit), places))
        finally:
            marker.remove_markers(publisher, tokens)

    def _await(self, place: Place, tokens: Mapping[int, str], limit: float) -> Sight:
        """Wait for the markers; a server that does not answer may do so again until the limit."""
        deadline, began, why = Deadline(limit, f"Reading {place.name}"), time.monotonic(), ""
        while deadline.left() > 0.0:
            try:
                session = self._servers.session(place, deadline)
                if all(marker.has_marker(session, lane, token) for lane, token in tokens.items()):
                    return Sight(place, time.monotonic() - began)
                why = ""
            except MigrationError as error:
                why = error.what
            time.sleep(_POLL)
        return Sight(place, None, why)
