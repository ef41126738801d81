# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving readers to the standbys of a side: behind a gate, without holding anybody, watched, and back by itself."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.findings import BLOCKS, Finding, blocking
from ..._domain.plan import Plan, Step
from ..._domain.readers.servers import Server, Standbys, missing, smaller
from ..._domain.readers.sights import Limits, Worst, late
from ..._domain.route import RouteFacts
from ..._domain.sides import Side
from ..._postgres.readers.servers import ReadServers
from ..._postgres.service.situation import read_own_situation, read_situation_of
from ..._routers.contract import RouteError
from ..._routers.fleet import Fleet
from ..._routers.readers import MovesReaders, build_readers, without_a_hold
from ..ports import Ports
from .sight import Sighting

_SECONDS = 15.0
NO_GO, NOT_SETTLED, WENT_BACK = "BG765", "BG766", "BG767"


@dataclass(frozen=True)
class ReadersState:
    """Where readers are, and what stands against their move; ``serves``: the side in service, where that was asked.

    ``lost``: the side that did not answer, so that nobody knows more than that the other one accepts writes.
    ``servers``: those that readers would use, ``seen``: how long they took at most to show what was written.
    """

    routes: tuple[RouteFacts, ...]
    serves: Side | None = None
    lost: Side | None = None
    servers: tuple[Server, ...] = ()
    findings: tuple[Finding, ...] = ()
    seen: tuple[Mapping[str, Any], ...] = ()
    projected: Side | None = None

    @property
    def side(self) -> Side | None:
        """Return the side that all readers are on, ``None`` where they are not on one, or that is unknown."""
        sides = {self.projected or one.side for one in self.routes}
        return sides.pop() if len(sides) == 1 else None

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        where = {one.name: self.projected or one.side for one in self.routes}
        return {
            "readers": {name: str(side) if side else None for name, side in where.items()},
            "side": str(self.side) if self.side else None,
            "in_service": str(self.serves) if self.serves else None,
            "lost": str(self.lost) if self.lost else None,
            "problems": [problem.as_line() for problem in self.findings],
            "servers": [one.as_result() for one in self.servers],
            "seen": list(self.seen),
        }

    def as_diff(self) -> str:
        """Return one route per line."""
        return "".join(f"{one.name}: {self.projected or one.side or 'unknown'}\n" for one in self.routes)


class ReadTraffic:
    """Moves all read routes to one side, or only reads where they lead."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._target = Side(params["target"]) if params["target"] else None
        self._standbys = Standbys.from_parameters(params["standbys"])
        self._fleet = build_readers(params["read_routes"], self._standbys, ports.run, params["routes"])
        self._excluded: list[str] = params["exclude_tables"]
        self._limits = Limits(
            params["max_lag_seconds"], params["settle"], params["timeout"], params["watch"], params["interval"]
        )
        self._ports = ports
        self._sides = ports.sides
        self._servers = ReadServers(ports.sides)
        self._worst = Worst()
        self._sightings: dict[Side, Sighting] = {}

    def observe(self) -> ReadersState:
        """Read where readers are, and what their servers say of themselves.

        :raises MigrationError: BG502 when it is not clear which side is in service
        """
        try:
            routes = tuple(without_a_hold(self._fleet.observe(_deadline())))
            state = ReadersState(routes, findings=tuple(problem for one in routes for problem in one.problems))
            return state if self._target is None or not routes else self._with_servers(state, self._target)
        finally:
            self._close()

    def _with_servers(self, state: ReadersState, target: Side) -> ReadersState:
        serves, lost = self._in_service(target)
        servers = [self._servers.read(place) for place in self._standbys.read_from(target)]
        before = [self._servers.read(place) for place in self._standbys.read_from(target.other)]
        moving = any(one.side is not target for one in state.routes)
        against = [*missing(servers), *(smaller(servers, before) if moving else ())]
        return replace(
            state,
            serves=serves,
            lost=lost,
            servers=tuple(servers),
            findings=(*state.findings, *against),
            seen=self._seen,
        )

    def _in_service(self, target: Side) -> tuple[Side, Side | None]:
        """Return the side in service, and the one that does not answer: readers may leave it for one that serves."""
        try:
            serves, lost = read_own_situation(self._sides).in_service, None
        except DatabaseError:
            alone = read_situation_of(self._sides, [target], own=True)
            if alone.gates[target].fenced:
                raise
            serves, lost = target, target.other
        if serves is None:
            raise _unclear()
        return serves, lost

    def plan(self, before: ReadersState) -> Plan[ReadersState]:
        """Plan the move and the watch; readers that are on the side out of service already are watched alone.

        :raises MigrationError: BG765 with everything that stands against a move
        """
        target = self._target
        if target is None or not before.routes:
            return Plan(before)
        limits, elsewhere = self._limits, [one for one in before.routes if one.side is not target]
        watch = Step(f"watch {target}'s readers for {limits.watch:g} s", partial(self._watch, target), changes=False)
        if not elsewhere:
            return Plan(before, (watch,) if target is not before.serves else ())
        against = blocking([*before.findings, *self._unsettled_now(before)])
        if against:
            raise _no_go(target, against)
        for warning in before.findings:
            self._ports.warn(warning.as_line())
        names = [place.name for place in self._standbys.read_from(target)]
        settle = f"see on {', '.join(names)} what is written, within {limits.alarm:g} s, for {limits.settle:g} s"
        title = f"lead {', '.join(one.name for one in elsewhere)} to {target}"
        steps = [
            Step(settle, partial(self._settle, target), changes=False),
            Step(title, partial(self._move, target)),
            watch,
        ]
        return Plan(replace(before, projected=target), tuple(steps))

    def execute(self, plan: Plan[ReadersState]) -> ReadersState:
        """Do it; readers whose watch is cancelled go back, since nobody would see them grow old."""
        answering = [side for side in Side if side is not plan.projected.lost]
        try:
            with self._ports.alone(answering):
                self._perform(plan)
        finally:
            self._close()
        return self.observe()

    def _perform(self, plan: Plan[ReadersState]) -> None:
        moved: Side | None = None
        try:
            for step in plan.steps:
                plan.record.perform(step)
                moved = plan.projected.projected if step.changes else moved
        except MigrationError:
            raise
        except BaseException:
            if moved is not None:
                self._lead(moved.other)
            raise

    @property
    def _seen(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._worst.as_result())

    def _close(self) -> None:
        self._servers.close()
        self._fleet.close()

    def _unsettled_now(self, before: ReadersState) -> list[Finding]:
        """Return what check mode, which writes no marker, can tell of the lag; a real run measures it, and waits."""
        if self._ports.may_write:
            return []
        found = []
        for one in before.servers:
            if not one.problem and (one.behind is None or one.behind > self._limits.alarm):
                known = "an unknown time" if one.behind is None else f"{one.behind:g} s"
                what = f"{one.place.name} is behind by {known}, and {self._limits.alarm:g} s are allowed"
                fix = "Wait until it keeps up; a real run waits by itself"
                found.append(Finding(NOT_SETTLED, BLOCKS, str(one.place.side), what, fix))
        return found

    def _look(self, side: Side) -> list[str]:
        """Return in words which servers of a side did not show in time what was written to the side in service."""
        if side not in self._sightings:
            serves, _lost = self._in_service(side)
            self._sightings[side] = Sighting(self._sides, self._servers, serves, side, self._excluded)
        sights = self._sightings[side].look(self._standbys.read_from(side), self._limits.alarm)
        self._worst.note(sights)
        return late(sights, self._limits.alarm)

    def _look_or_why(self, side: Side) -> list[str]:
        try:
            return self._look(side)
        except MigrationError as error:
            return [f"{error.what} ({error.code})"]

    def _settle(self, target: Side) -> None:
        """Wait until every server has shown every marker in time for long enough."""
        limits, since = self._limits, time.monotonic()
        deadline = Deadline(limits.patience, "Waiting for the servers of readers")
        while True:
            behind = self._look(target)
            if behind:
                since = time.monotonic()
            elif time.monotonic() - since >= limits.settle:
                return
            if deadline.left() <= 0.0:
                raise self._not_settled(target, behind)
            time.sleep(limits.rest)

    def _move(self, target: Side) -> None:
        """Lead all routes there, or none."""
        try:
            self._lead(target)
        except RouteError as error:
            stands, todo = self._led_back(target.other)
            raise RouteError(error.code, error.what, stands, f"{error.todo}. {todo}", error.details) from None

    def _lead(self, side: Side) -> None:
        self._fleet.lead(side, _deadline())

    def _watch(self, target: Side) -> None:
        """Look again and again; readers whose servers are late, or who wait for one, go back at once."""
        limits = self._limits
        end = time.monotonic() + limits.watch
        while True:
            reasons = [*self._look_or_why(target), *_waiting(self._fleet, limits.alarm)]
            if reasons:
                raise self._went_back(target, reasons)
            if time.monotonic() >= end:
                return
            time.sleep(limits.rest)

    def _went_back(self, target: Side, reasons: Sequence[str]) -> MigrationError:
        """Lead readers back, unless the servers there are no better, and return the error that says so."""
        home = target.other
        no_better = self._look_or_why(home)
        if no_better:
            stands = f"They stay there, since {home} is no better: {'; '.join(no_better)}"
            todo = "Bring the servers of one side back; then run reads again, towards the side that is well"
        else:
            stands, todo = self._led_back(home)
        what = f"Readers on {target} met what passes the limit: {'; '.join(reasons)}"
        return MigrationError(WENT_BACK, what, stands, todo, {"reasons": list(reasons)})

    def _led_back(self, home: Side) -> tuple[str, str]:
        """Lead readers home, and return where they are and what to do."""
        try:
            self._lead(home)
        except RouteError as error:
            by_hand = f"Copy the prepared file of {home} over the live one of each read route, and RELOAD"
            return f"They could not be led back to {home}: {error.what}", by_hand
        return f"They are on {home} again", "Remove the cause, then run the same command again"

    def _not_settled(self, target: Side, behind: Sequence[str]) -> MigrationError:
        limits = self._limits
        why = "; ".join(behind) or f"they have not kept up for {limits.settle:g} s yet"
        return MigrationError(
            NOT_SETTLED,
            f"The servers of {target}'s readers were not good enough within {limits.patience:g} s: {why}",
            "Readers stay where they are; nothing was changed",
            "Find out why they lag, or raise bluegreen_read_max_lag_seconds or bluegreen_read_timeout",
            {"behind": list(behind)},
        )


def _waiting(fleet: Fleet, limit: float) -> list[str]:
    """Return in words which readers wait for a server for longer than the limit."""
    found = []
    for router in fleet.routers:
        if isinstance(router, MovesReaders):
            try:
                seconds = router.longest_wait(_deadline())
            except RouteError as error:
                found.append(error.what)
            else:
                if seconds > limit:
                    found.append(f"{router.name} have waited for a server for {seconds:.0f} s")
    return found


def _no_go(target: Side, against: Sequence[Finding]) -> MigrationError:
    lines = [one.as_line() for one in against]
    return MigrationError(
        NO_GO,
        f"No go for the readers of {target}, {len(lines)} reason(s): " + " | ".join(lines),
        "Readers stay where they are; nothing was changed",
        "Remove these reasons, then run the same command again",
        {"reasons": [one.as_result() for one in against]},
    )


def _unclear() -> MigrationError:
    return MigrationError(
        "BG502",
        "It is not clear which side is in service, so what readers must see is unknown",
        "Readers stay where they are",
        "Run cutover or rollback again, which finishes an interrupted switch first",
    )


def _deadline() -> Deadline:
    return Deadline(_SECONDS, "The readers' routes")
