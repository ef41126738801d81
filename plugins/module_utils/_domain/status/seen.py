# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A phase's closing lines and a migration's row in the table of a fleet, from what was read of both sides. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..go_no_go.way_home import WayHome
from ..progress import size
from ..sides import Direction, Side
from ..texts import one_line
from .closing import Ending, Stand, Switched, closing_lines
from .next_step import next_steps
from .standing import Standing

_ASK_FOR_THE_WAY_BACK = ("cutover", "status")
_WAYS = {True: "safe", False: "not safe", None: "not known to be safe"}


@dataclass(frozen=True)
class Seen:
    """Where a migration stands after a phase.

    ``serves``: the side in service, if one is known to be. ``lags``: bytes that each lane to the other side is behind,
    ``None`` where that is unknown.
    """

    stand: Stand
    serves: Side | None = None
    lags: Sequence[int | None] = ()

    @classmethod
    def by_result(cls, result: Mapping[str, Any], ending: Ending) -> Seen | None:
        """Return it by the result of ``migration_info``, ``None`` for anything else."""
        try:
            return cls._by_result(result, ending)
        except (LookupError, TypeError, ValueError, AttributeError):
            return None

    @classmethod
    def _by_result(cls, result: Mapping[str, Any], ending: Ending) -> Seen:
        standing, serves, way = result["standing"], result["in_service"], result["rollback"]
        side = Side(serves) if serves else None
        lanes = result["links"].get(str(Direction.into(side.other)), {}) if side else {}
        return cls(
            Stand(
                Standing[standing["name"].upper()],
                standing["where"],
                WayHome(tuple(way["reasons"]), tuple(way["unknown"]), (), ()) if way and asks_for_way(ending) else None,
            ),
            side,
            [lane["lag"] for lane in lanes.values() if lane["exists"]],
        )

    def closing(self, ending: Ending, migration: str, command: str) -> dict[str, Any]:
        """Return ``lines``, ``outlook`` and ``row``, and where the migration stands, in single words.

        :param command: what comes before a playbook's name on the command line
        """
        lines, outlook = closing_lines(ending, self.stand, command)
        return {
            "lines": lines,
            "outlook": outlook,
            "standing": self.stand.standing.name.lower() if self.stand.standing else None,
            "in_service": str(self.serves) if self.serves else None,
            "row": self._row(migration),
        }

    def _row(self, migration: str) -> dict[str, str]:
        stand = self.stand
        steps = next_steps(stand.standing, "") if stand.standing else ()
        return {
            "migration": migration,
            "in service": str(self.serves) if self.serves else "not known",
            "behind": self._behind(),
            "way back": _WAYS[stand.way_home.safe] if stand.way_home else "-",
            "next": steps[0].playbook if steps else "-",
            "stands": one_line(stand.where or stand.unknown),
        }

    def _behind(self) -> str:
        """Return how far the side out of service is behind; lanes that are parked or unknown say so."""
        known = [lag for lag in self.lags if lag is not None]
        if not self.lags:
            return "-"
        return "unknown" if len(known) < len(self.lags) else size(max(known))


def asks_for_way(ending: Ending) -> bool:
    """Tell whether the phase ends in saying whether the way back is safe."""
    return ending.phase in _ASK_FOR_THE_WAY_BACK and not ending.error


def ending_of(params: Mapping[str, Any], check: bool) -> Ending:
    """Return how a phase ended, by the parameters of ``closing_info``."""
    failure, switched = params["failure"] or {}, params["switched"]
    return Ending(
        phase=params["phase"],
        seconds=params["seconds"],
        check=check,
        idle=params["idle"],
        steps=params["steps"],
        observations=params["observations"],
        untold=params["untold"],
        switched=Switched(**switched) if switched else None,
        task=failure.get("task") or "",
        error=failure.get("error") or "",
    )
