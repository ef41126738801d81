# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepared files on the routers' hosts, one for each side; a switch makes one of them the live file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.findings import Finding, blocking
from ..._domain.plan import Plan, Step
from ..._domain.route import RouteFacts
from ..._domain.sides import Side
from ..._postgres.service.situation import read_own_situation
from ..._postgres.sides import Sides
from ..._routers.contract import FileChange, Preparable
from ..._routers.fleet import Fleet
from ..._routers.left_out import left_out
from ..._routers.registry import build_fleet
from ..ports import Ports

_SECONDS = 15.0
_ADDRESS = ("host", "port", "dbname")


@dataclass(frozen=True)
class RouteFilesState:
    """The files to write, by route, and the observed state of every route; ``None`` before it was observed."""

    in_service: Side
    changes: tuple[tuple[Preparable, FileChange], ...]
    routes: tuple[RouteFacts, ...]
    left_out: tuple[Finding, ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, without the contents of any file."""
        return {
            "in_service": str(self.in_service),
            "routes": [facts.as_result() for facts in self.routes],
            "problems": [problem.as_line() for problem in self._problems],
            "blocked": bool(blocking(self._problems)),
        }

    @property
    def _problems(self) -> list[Finding]:
        return [*(problem for facts in self.routes for problem in facts.problems), *self.left_out]

    def as_diff(self) -> str:
        """Return one file per line, without its contents, which may be secret."""
        return "".join(f"to be written: {change.path}\n" for _router, change in self.changes)


class RouteFiles:
    """Compares the prepared files of all routes with the live ones, and writes those that differ."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._sides = ports.sides
        self._fleet = build_fleet(params["routes"], ports.run)

    def observe(self) -> RouteFilesState:
        """Read live and prepared files, and every route.

        :raises MigrationError: BG502 when it is not clear which side is in service
        """
        situation = read_own_situation(self._sides)
        if situation.in_service is None:
            raise MigrationError(
                "BG502",
                "It is not clear which side is in service, so the right contents of the live files are unknown",
                "No file was written",
                "Run cutover or rollback again, which finishes an interrupted switch first",
                situation.as_result(),
            )
        try:
            changes = self._changes(situation.in_service)
            routes = foreseen(self._fleet, self._sides, situation.in_service) if changes else self._observed()
            beside = left_out(self._fleet.routers, _addresses(self._sides).values(), _deadline())
            return RouteFilesState(situation.in_service, changes, tuple(routes), tuple(beside))
        finally:
            self._fleet.close()

    def plan(self, before: RouteFilesState) -> Plan[RouteFilesState]:
        """Plan to write the files that differ."""
        steps = [
            Step(f"write {change.path}", partial(self._write, router, change)) for router, change in before.changes
        ]
        return Plan(replace(before, changes=()), tuple(steps))

    def execute(self, plan: Plan[RouteFilesState]) -> RouteFilesState:
        """Write one file after the other, each in one step; then observe every route again."""
        try:
            plan.perform()
        finally:
            self._fleet.close()
        return self.observe()

    def _write(self, router: Preparable, change: FileChange) -> None:
        router.write(change, _deadline())

    def _changes(self, in_service: Side) -> tuple[tuple[Preparable, FileChange], ...]:
        addresses = _addresses(self._sides)
        return tuple(
            (router, change)
            for router in self._fleet.routers
            if isinstance(router, Preparable)
            for change in router.file_changes(in_service, addresses, _deadline())
        )

    def _observed(self) -> list[RouteFacts]:
        return self._fleet.observe(_deadline())


def foreseen(fleet: Fleet, sides: Sides, in_service: Side) -> list[RouteFacts]:
    """Return every route as it will be when its files are prepared; writes nothing."""
    return fleet.foresee(in_service, _addresses(sides), _deadline())


def _addresses(sides: Sides) -> dict[Side, dict[str, str]]:
    """Return where each side is; of several hosts the primary, since a pooler would use them all."""
    there = {side: sides.place(side).keywords for side in Side}
    return {side: {key: keywords[key] for key in _ADDRESS if key in keywords} for side, keywords in there.items()}


def _deadline() -> Deadline:
    return Deadline(_SECONDS, "Preparing the routes")
