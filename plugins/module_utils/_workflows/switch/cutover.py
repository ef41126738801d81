# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch of the side in service: cutover to green, rollback to blue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.findings import Finding
from ..._domain.go_no_go.decision import Decision, decide
from ..._domain.go_no_go.way_home import GreenOnly
from ..._domain.plan import Plan, Step, StepResult
from ..._domain.route import RouteFacts
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._domain.switch.left_behind import Clients
from ..._domain.switch.scripts import ends_the_way_back
from ..._domain.switch.scripts import reasons as reasons_of_files
from ..._postgres.go_no_go.picture import read_picture
from ..._postgres.service.situation import read_own_situation, read_situation
from ..._postgres.switch.left_behind import end_clients
from ..go_no_go.conditions import await_lifted, postponed_by
from ..go_no_go.green_only import export, read_green_only
from ..go_no_go.plans import read_plan_reasons
from ..go_no_go.readiness import read_routes
from ..go_no_go.reasons import no_go, read_reasons
from ..go_no_go.request import SwitchRequest
from ..go_no_go.standbys import read_missing_standbys
from ..go_no_go.views import read_stale_views
from ..ports import LOCK_SECONDS, Ports
from .attempt import SwitchAttempt
from .files import rehearse
from .lost_side import read_lost_side
from .recovery import settle, shut_out, take_locks


@dataclass(frozen=True)
class SwitchState:
    """The situation, the routes, and what a switch did.

    ``ends_way_back``: what no longer flows back after it, as the user accepted. ``untried``: by name, what check mode
    has not tried, and why. ``milliseconds``: how long it took.
    """

    target: Side
    situation: Situation
    routes: tuple[RouteFacts, ...]
    reasons: tuple[Finding, ...] = ()
    postponed: str = ""
    loss: tuple[GreenOnly, ...] = ()
    ends_way_back: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    milliseconds: float | None = None
    left_behind: tuple[Clients, ...] = ()
    exported: int | None = None
    projected: Side | None = field(default=None)

    @property
    def in_service(self) -> Side | None:
        """Return the side that is in service, or would be."""
        return self.projected or self.situation.in_service

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "target": str(self.target),
            "in_service": str(self.in_service) if self.in_service else None,
            "epoch": self.situation.next_epoch - 1,
            "routes": {one.name: str(one.side) if one.side else None for one in self.routes},
            "milliseconds": self.milliseconds,
            "exported": self.exported,
            "ends_way_back": list(self.ends_way_back),
            "untried": list(self.untried),
            "left_behind": [clients.as_result() for clients in self.left_behind],
        }

    def as_diff(self) -> str:
        """Return one fact per line."""
        routes = [f"route {one.name}: {self.projected or one.side}" for one in self.routes if one.side is not None]
        ends = [f"no way back for {one}" for one in self.ends_way_back if self.projected]
        return "\n".join([f"in service: {self.in_service}", *routes, *ends]) + "\n"


class Cutover:
    """``target`` is the side to put into service."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._request = SwitchRequest.from_parameters(params, ports)
        self._fleet = self._request.fleet()
        self._left_behind: list[Clients] = []
        self._exported: int | None = None
        self._milliseconds: float | None = None

    def observe(self) -> SwitchState:
        """Read both sides, the routes, and everything that go/no-go depends on."""
        request = self._request
        lost = read_lost_side(request.sides)
        if lost is not None:
            raise lost.error()
        situation = read_own_situation(request.sides)
        routes = read_routes(self._fleet)
        state = SwitchState(request.target, situation, routes)
        if decide(situation, request.target) is not Decision.SWITCH:
            return state
        to_green = request.target is Side.GREEN
        picture = read_picture(request.sides, situation, request.exclude_tables)
        loss = [] if to_green else read_green_only(request.sides, picture)
        state = replace(state, loss=tuple(one for one in loss if one.values != 0))
        postponed = postponed_by(request.asked, situation.words) if to_green else ""
        reasons = (*read_reasons(request, picture, routes), *read_plan_reasons(request))
        reasons = (*reasons, *read_stale_views(request, situation), *read_missing_standbys(request))
        state = replace(state, reasons=reasons, postponed=postponed)
        rehearsed, accepted = rehearse(request, situation), request.files.accepted
        reasons = (*state.reasons, *reasons_of_files(rehearsed, accepted))
        untried = () if request.ports.may_write else rehearsed.not_tried
        return replace(state, reasons=reasons, ends_way_back=ends_the_way_back(rehearsed, accepted), untried=untried)

    def plan(self, before: SwitchState) -> Plan[SwitchState]:
        """Plan the switch, or nothing.

        :raises MigrationError: BG500 with every reason not to switch
        """
        decision = decide(before.situation, before.target)
        after = replace(before, projected=before.target)
        if decision is Decision.ALREADY:
            wrong = [route.name for route in before.routes if not route.serves(before.target)]
            steps = [Step(f"lead {', '.join(wrong)} to {before.target}", self._settle)] if wrong else []
            back = before.situation.left_open
            fence = [Step(f"fence {back}, which an emergency left open", self._shut_out)] if back else []
            return Plan(after, (*fence, *steps))
        if decision is Decision.FINISH:
            more = [Step(f"switch to {before.target}", self._switch)] if _leads_elsewhere(before) else []
            return Plan(after, (Step("finish the interrupted switch", self._settle), *more))
        if before.reasons:
            raise no_go(before.target, before.reasons)
        if before.ends_way_back:
            self._request.ports.warn(f"After this cutover there is no way back for {'; '.join(before.ends_way_back)}")
        if before.untried:
            self._request.ports.warn(f"Check mode has not tried {'; '.join(before.untried)}")
        postponed = f"wait while the switch is postponed by {before.postponed}"
        wait = [Step(postponed, self._wait, changes=False)] if before.postponed else []
        switch = Step(f"switch from {before.target.other} to {before.target}", self._switch)
        if not before.loss:
            return Plan(after, (*wait, switch))
        if not self._request.loss_file:
            raise _nowhere_to_export(before.loss)
        first = Step(f"export what only green has to {self._request.loss_file}", self._export)
        return Plan(after, (*wait, first, switch, Step("export what was written there meanwhile", self._export)))

    def execute(self, plan: Plan[SwitchState]) -> SwitchState:
        """Do it, with the locks of both sides held from the first step to the last."""
        plan.perform()
        return SwitchState(
            self._request.target,
            read_situation(self._request.sides),
            read_routes(self._fleet),
            milliseconds=self._milliseconds,
            left_behind=tuple(self._left_behind),
            exported=self._exported,
            ends_way_back=plan.projected.ends_way_back,
        )

    def _settle(self) -> None:
        locks = take_locks(self._request, Deadline(LOCK_SECONDS, "Taking the locks"))
        try:
            side = settle(self._request, self._fleet, locks)
            if side is self._request.target:
                self._left_behind = end_clients(self._request.sides.session(side.other))
        finally:
            for session in locks.values():
                session.close()

    def _shut_out(self) -> None:
        locks = take_locks(self._request, Deadline(LOCK_SECONDS, "Taking the locks"))
        try:
            self._left_behind = shut_out(self._request, locks)
        finally:
            for session in locks.values():
                session.close()

    def _wait(self) -> None:
        await_lifted(self._request.asked, self._request.sides)

    def _export(self) -> None:
        """Export it; repeated after the switch, when nothing can be written there any more."""
        request = self._request
        picture = read_picture(request.sides, read_situation(request.sides), request.exclude_tables)
        found = read_green_only(request.sides, picture)
        self._exported = export(request.sides, (one for one in found if one.values != 0), request.loss_file)

    def _switch(self) -> list[StepResult]:
        attempt = SwitchAttempt(self._request, self._fleet)
        record = attempt.perform()
        self._milliseconds, self._left_behind = record.milliseconds, attempt.left_behind
        return record.steps


def _nowhere_to_export(loss: tuple[GreenOnly, ...]) -> MigrationError:
    names = ", ".join(one.name for one in loss)
    return MigrationError(
        "BG535",
        f"There is no file to export {names} to before the rollback",
        "Green is in service and untouched",
        "Set bluegreen_loss_file",
    )


def _leads_elsewhere(state: SwitchState) -> bool:
    pending = state.situation.pending
    return pending is not None and pending.target is not state.target
