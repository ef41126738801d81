# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives the planner of the side out of service the statistics that it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.plan import Plan, Step
from ..._domain.plans.statistics import Lack
from ..._domain.sides import Side
from ..._postgres.plans import statistics as store
from ..._postgres.service.situation import read_own_situation
from ..ports import Ports
from .out_of_service import out_of_service


@dataclass(frozen=True)
class StatisticsState:
    """The tables of ``side``, which is out of service, that lack statistics."""

    side: Side
    lacking: tuple[Lack, ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"side": str(self.side), "lacking": [str(one.table) for one in self.lacking]}

    def as_diff(self) -> str:
        """Return the tables that lack statistics, one per line."""
        return "".join(f"{one.table} lacks statistics\n" for one in self.lacking)


class AnalyzeTables:
    """Analyzes what lacks statistics."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._timeout: float = params["timeout"]
        self._sides = ports.sides
        self._warn = ports.warn

    def observe(self) -> StatisticsState:
        """Read which tables lack statistics.

        :raises MigrationError: BG502 when it is not clear which side is out of service
        """
        side = out_of_service(read_own_situation(self._sides))
        return StatisticsState(side, store.read_lacking(self._sides, side))

    def plan(self, before: StatisticsState) -> Plan[StatisticsState]:
        """Plan a step for each table."""
        steps = tuple(
            Step(
                f"analyze {one.table}{' as a whole' if one.whole else ''} on {before.side}",
                partial(self._do, before, one),
            )
            for one in before.lacking
        )
        return Plan(replace(before, lacking=()), steps)

    def execute(self, plan: Plan[StatisticsState]) -> StatisticsState:
        """Analyze one table after the other; the server leaves out, with a warning, what our role may not analyze."""
        session = self._sides.session(plan.projected.side)
        session.set_deadline(Deadline(self._timeout, "Analyzing tables"))
        plan.perform()
        session.set_deadline(None)
        after = self.observe()
        if after.lacking:
            names = ", ".join(str(one.table) for one in after.lacking[:5])
            self._warn(
                f"Tables of {after.side} still lack statistics ({names}): to analyze them our role has to be a member "
                "of their owners, or to have MAINTAIN on them (17 and later)"
            )
        return after

    def _do(self, state: StatisticsState, lack: Lack) -> None:
        store.analyze(self._sides.session(state.side), lack)
