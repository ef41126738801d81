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
from ..._domain.readers.servers import Standbys
from ..._domain.route import RouteFacts
from ..._domain.sides import Side
from ..._postgres.service.situation import read_own_situation
from ..._postgres.sides import Sides
from ..._routers.contract import FileChange, Preparable, RouteError, Router
from ..._routers.fleet import Fleet, unknown
from ..._routers.left_out import left_out
from ..._routers.readers import build_readers, side_of_readers, without_a_hold
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
    readers: tuple[RouteFacts, ...]
    left_out: tuple[Finding, ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, without the contents of any file."""
        return {
            "in_service": str(self.in_service),
            "routes": [facts.as_result() for facts in self.routes],
            "readers": {facts.name: str(facts.side) if facts.side else None for facts in self.readers},
            "problems": [problem.as_line() for problem in self._problems],
            "blocked": bool(blocking(self._problems)),
        }

    @property
    def _problems(self) -> list[Finding]:
        every = (*self.routes, *self.readers)
        return [*(problem for facts in every for problem in facts.problems), *self.left_out]

    def as_diff(self) -> str:
        """Return one file per line, without its contents, which may be secret."""
        return "".join(
            f"to be written: {change.path}{change.shown and f' ({change.shown})'}\n" for _router, change in self.changes
        )


class RouteFiles:
    """Compares the prepared files of all routes with the live ones, and writes those that differ."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._sides = ports.sides
        self._standbys = Standbys.from_parameters(params["standbys"])
        self._fleet = build_fleet(params["routes"], ports.run)
        self._readers = build_readers(params["read_routes"], self._standbys, ports.run, params["routes"])

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
            to_read, readers = foreseen_readers(self._readers, self._sides, situation.in_service)
            every = [*self._fleet.routers, *self._readers.routers]
            beside = left_out(every, [*_addresses(self._sides).values(), *self._standby_addresses()], _deadline())
            return RouteFilesState(
                situation.in_service, (*changes, *to_read), tuple(routes), tuple(readers), tuple(beside)
            )
        finally:
            self._close()

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
            self._close()
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

    def _standby_addresses(self) -> list[dict[str, str]]:
        places = [place for side in Side for place in self._standbys.places[side]]
        return [{"host": place.host, **({"port": place.port} if place.port else {})} for place in places]

    def _close(self) -> None:
        self._fleet.close()
        self._readers.close()

    def _observed(self) -> list[RouteFacts]:
        return self._fleet.observe(_deadline())


def foreseen(fleet: Fleet, sides: Sides, in_service: Side) -> list[RouteFacts]:
    """Return every route as it will be when its files are prepared; writes nothing."""
    return fleet.foresee(in_service, _addresses(sides), _deadline())


def foreseen_readers(
    fleet: Fleet, sides: Sides, in_service: Side
) -> tuple[tuple[tuple[Preparable, FileChange], ...], list[RouteFacts]]:
    """Return what has to be written for readers, and their routes as they will be then; writes nothing.

    Readers may be on the side out of service: the live file of each route tells.
    """
    changes: list[tuple[Preparable, FileChange]] = []
    facts = []
    for router in fleet.routers:
        wanted, seen = _of_readers(router, sides, in_service)
        changes += wanted
        facts += seen
    return tuple(changes), without_a_hold(facts)


def _of_readers(
    router: Router, sides: Sides, in_service: Side
) -> tuple[list[tuple[Preparable, FileChange]], list[RouteFacts]]:
    if not isinstance(router, Preparable):
        return [], Fleet([router]).observe(_deadline())
    try:
        side = side_of_readers(router, in_service, _deadline())
        changes = router.file_changes(side, _addresses(sides), _deadline())
        return [(router, change) for change in changes], [router.foresee(changes, _deadline())]
    except RouteError as error:
        return [], [unknown(router, error)]


def _addresses(sides: Sides) -> dict[Side, dict[str, str]]:
    """Return where each side is; of several hosts the primary, since a pooler would use them all."""
    there = {side: sides.place(side).keywords for side in Side}
    return {side: {key: keywords[key] for key in _ADDRESS if key in keywords} for side, keywords in there.items()}


def _deadline() -> Deadline:
    return Deadline(_SECONDS, "Preparing the routes")
