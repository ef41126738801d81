# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wording how a phase ended, and reading where the migration stands then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.go_no_go.way_home import WayHome
from ..._domain.sides import Direction, Side
from ..._domain.status.closing import Ending, Stand
from ..._domain.status.seen import Seen, asks_for_way, ending_of
from ..._domain.status.standing import in_words
from ..._postgres.go_no_go.picture import read_picture
from ..go_no_go.way_home import read_way_home
from ..ports import Ports
from .standing import Stands, read_standing


class ClosingInfo:
    """Reads both sides; writes nothing. A failure to read is told in the lines."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._params = params
        self._ports = ports

    def probe(self) -> Report:
        """Return the lines, and what they say about the migration."""
        ending = ending_of(self._params, not self._ports.may_write)
        seen = Seen.by_result(self._params["seen"], ending) or self._look(ending)
        return Report(seen.closing(ending, self._params["migration"], self._params["command"]))

    def _look(self, ending: Ending) -> Seen:
        try:
            stands = read_standing(self._ports.sides)
            where = in_words(stands.standing, stands.situation)
            stand = Stand(stands.standing, where, self._read_way_home(ending, stands))
        except MigrationError as error:
            return Seen(Stand(None, unknown=str(error)))
        serves = stands.situation.in_service
        lanes = stands.links.that_stand(Direction.into(serves.other)) if stands.links and serves else []
        return Seen(stand, serves, [lane.lag for lane in lanes])

    def _read_way_home(self, ending: Ending, stands: Stands) -> WayHome | None:
        if not asks_for_way(ending) or stands.missing:
            return None
        if stands.situation.in_service is not Side.GREEN:
            return None
        picture = read_picture(self._ports.sides, stands.situation, self._params["exclude_tables"], links=stands.links)
        return read_way_home(self._params, self._ports, picture)
