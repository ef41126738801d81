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
from ..._domain.progress import size
from ..._domain.sides import Direction, Side
from ..._domain.status.closing import Ending, Stand, Switched, closing_lines
from ..._domain.status.next_step import next_steps
from ..._domain.status.standing import in_words
from ..._domain.texts import one_line
from ..._postgres.go_no_go.picture import read_picture
from ..go_no_go.way_home import read_way_home
from ..ports import Ports
from .standing import Stands, read_standing

_ASKS_FOR_THE_WAY_BACK = ("cutover", "status")
_WAYS = {True: "safe", False: "not safe", None: "not known to be safe"}


class ClosingInfo:
    """Reads both sides; writes nothing. A failure to read is told in the lines."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._params = params
        self._ports = ports

    def probe(self) -> Report:
        """Return the lines, and what they say about the migration."""
        ending = _ending(self._params, self._ports.may_write)
        stands, stand = self._read(ending)
        lines, outlook = closing_lines(ending, stand, self._params["command"])
        serves = stands.situation.in_service if stands else None
        return Report(
            {
                "lines": lines,
                "outlook": outlook,
                "standing": stand.standing.name.lower() if stand.standing else None,
                "in_service": str(serves) if serves else None,
                "row": self._row(stands, stand, serves),
            }
        )

    def _row(self, stands: Stands | None, stand: Stand, serves: Side | None) -> dict[str, str]:
        steps = next_steps(stand.standing, "") if stand.standing else ()
        return {
            "migration": self._params["migration"],
            "in service": str(serves) if serves else "not known",
            "behind": _behind(stands),
            "way back": _WAYS[stand.way_home.safe] if stand.way_home else "-",
            "next": steps[0].playbook if steps else "-",
            "stands": one_line(stand.where or stand.unknown),
        }

    def _read(self, ending: Ending) -> tuple[Stands | None, Stand]:
        try:
            stands = read_standing(self._ports.sides)
            where = in_words(stands.standing, stands.situation)
            return stands, Stand(stands.standing, where, self._read_way_home(ending, stands))
        except MigrationError as error:
            return None, Stand(None, unknown=str(error))

    def _read_way_home(self, ending: Ending, stands: Stands) -> WayHome | None:
        if ending.phase not in _ASKS_FOR_THE_WAY_BACK or ending.error or stands.missing:
            return None
        if stands.situation.in_service is not Side.GREEN:
            return None
        picture = read_picture(self._ports.sides, stands.situation, self._params["exclude_tables"], links=stands.links)
        return read_way_home(self._params, self._ports, picture)


def _ending(params: Mapping[str, Any], may_write: bool) -> Ending:
    failure, switched = params["failure"] or {}, params["switched"]
    return Ending(
        phase=params["phase"],
        seconds=params["seconds"],
        check=not may_write,
        idle=params["idle"],
        steps=params["steps"],
        observations=params["observations"],
        untold=params["untold"],
        switched=Switched(**switched) if switched else None,
        task=failure.get("task") or "",
        error=failure.get("error") or "",
    )


def _behind(stands: Stands | None) -> str:
    """Return how far the side out of service is behind; lanes that are parked or unknown say so."""
    serves = stands.situation.in_service if stands else None
    if stands is None or stands.links is None or serves is None:
        return "-"
    lags = [lane.lag for lane in stands.links.that_stand(Direction.into(serves.other))]
    known = [lag for lag in lags if lag is not None]
    if not lags:
        return "-"
    return "unknown" if len(known) < len(lags) else size(max(known))
