# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link in one direction: made, completed, stopped, started or removed, the difference only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.link import LaneFacts, LaneSpec, both_at_once
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Plan, Step
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import link, marker
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lanes import read_specs
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.situation import require_two_databases

from .ports import Ports


@dataclass(frozen=True)
class LaneState:
    """A lane as it should be and as it is; ``filled`` are its tables that hold rows where a first copy would go."""

    spec: LaneSpec
    facts: LaneFacts
    filled: tuple[TableName, ...] = ()

    def as_lines(self) -> list[str]:
        """Return what does not change by itself, one fact a line."""
        tables = sorted(
            f"  publishes {one.table}" + (f" ({', '.join(one.columns)})" if one.columns else "")
            for one in self.facts.published or ()
        )
        return [
            f"{self.spec.name}:",
            f"  publication: {self.facts.published is not None}",
            *tables,
            f"  slot: {self.facts.slot}",
            f"  subscription: {self.facts.subscription}",
            f"  enabled: {self.facts.enabled}",
        ]


@dataclass(frozen=True)
class LinkState:
    """All lanes of one direction. ``armed_only``: the pair cannot have both links at once (below 16)."""

    direction: Direction
    armed_only: bool
    lanes: tuple[LaneState, ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "direction": str(self.direction),
            "armed_only": self.armed_only,
            "lanes": {lane.spec.name: lane.facts.as_result() for lane in self.lanes},
        }

    def as_diff(self) -> str:
        """Return one fact a line."""
        return "\n".join(line for lane in self.lanes for line in lane.as_lines()) + "\n"


class ReplicationLink:
    """``state``: present, absent, enabled or disabled."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._direction = Direction(params["direction"])
        self._wanted: str = params["state"]
        self._timeout: float = params["timeout"]
        self._excluded: list[str] = params["exclude_tables"]
        self._sides = ports.sides

    def observe(self) -> LinkState:
        """Read both servers."""
        require_two_databases(self._sides)
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        lanes = []
        wanted = self._wanted == "present"
        for spec in read_specs(self._sides, self._direction, self._excluded, publishable=wanted):
            facts = link.read_lane(publisher, subscriber, spec.name)
            copies = self._direction is Direction.FORWARD and not facts.subscription and wanted
            filled = [one.table for one in spec.tables if copies and self._is_filled(one.table)]
            lanes.append(LaneState(spec, facts, tuple(filled)))
        armed_only = self._direction is Direction.REVERSE and not both_at_once(publisher.major, subscriber.major)
        return LinkState(self._direction, armed_only, tuple(lanes))

    def _is_filled(self, table: TableName) -> bool:
        subscriber = self._sides.session(self._direction.subscriber)
        return table.schema != "bluegreen" and not link.is_empty(subscriber, table)

    def plan(self, before: LinkState) -> Plan[LinkState]:
        """Plan the difference only."""
        steps: list[Step] = []
        lanes = []
        for lane in before.lanes:
            lane_steps, facts = _PLANS[self._wanted](lane, before.armed_only)
            steps += lane_steps
            lanes.append(replace(lane, facts=facts))
        return Plan(replace(before, lanes=tuple(lanes)), tuple(steps))

    def execute(self, plan: Plan[LinkState]) -> LinkState:
        """Do the steps within the timeout."""
        deadline = Deadline(self._timeout, f"Changing the {self._direction} link")
        for session in (self._sides.blue, self._sides.green):
            session.set_deadline(deadline)
        for step in plan.steps:
            getattr(self, f"_{step.action}")(step.subject)
        return self.observe()

    def _create_publication(self, spec: LaneSpec) -> None:
        link.create_publication(self._sides.session(self._direction.publisher), spec)

    def _change_publication(self, spec: LaneSpec) -> None:
        link.change_publication(self._sides.session(self._direction.publisher), spec)

    def _create_slot(self, spec: LaneSpec) -> None:
        link.create_slot(self._sides.session(self._direction.publisher), spec.name)

    def _subscribe(self, spec: LaneSpec) -> None:
        """A first copy brings the other side's markers too, so that ours must be gone."""
        subscriber = self._sides.session(self._direction.subscriber)
        copy = self._direction is Direction.FORWARD
        with subscriber.transaction():
            if copy:
                marker.empty_markers(subscriber)
            link.create_subscription(
                self._sides.session(self._direction.publisher), subscriber, spec, enabled=True, copy=copy
            )

    def _arm(self, spec: LaneSpec) -> None:
        link.create_subscription(
            self._sides.session(self._direction.publisher),
            self._sides.session(self._direction.subscriber),
            spec,
            enabled=False,
            copy=False,
        )

    def _refresh(self, spec: LaneSpec) -> None:
        link.refresh(
            self._sides.session(self._direction.subscriber), spec.name, copy=self._direction is Direction.FORWARD
        )

    def _enable(self, spec: LaneSpec) -> None:
        link.enable(self._sides.session(self._direction.subscriber), spec.name)

    def _disable(self, spec: LaneSpec) -> None:
        link.disable(self._sides.session(self._direction.subscriber), spec.name)

    def _unsubscribe(self, spec: LaneSpec) -> None:
        left = link.drop_subscription(self._sides.session(self._direction.subscriber), spec.name)
        link.drop_slots(self._sides.session(self._direction.publisher), [link.like(spec.name), *left])

    def _unpublish(self, spec: LaneSpec) -> None:
        link.drop_publication(self._sides.session(self._direction.publisher), spec.name)


def _present(lane: LaneState, armed_only: bool) -> tuple[list[Step], LaneFacts]:
    spec, facts, steps = lane.spec, lane.facts, []
    _refuse_what_would_lose_or_double_rows(lane, armed_only)
    if facts.published is None:
        steps.append(Step(f"publish {len(spec.tables)} tables as {spec.name}", "create_publication", spec))
    elif set(facts.published) != set(spec.tables):
        steps.append(Step(f"change the tables of {spec.name}", "change_publication", spec))
    if not facts.slot and not facts.subscription and not armed_only:
        steps.append(Step(f"make the slot {spec.name}", "create_slot", spec))
    if not facts.subscription:
        steps.append(Step(f"subscribe to {spec.name}", "arm" if armed_only else "subscribe", spec))
    elif not facts.enabled and not armed_only:
        steps.append(Step(f"enable {spec.name}", "enable", spec))
    if facts.subscription and not {one.table for one in spec.tables} <= set(facts.states):
        steps.append(Step(f"refresh {spec.name}", "refresh", spec))
    live = facts.enabled or not armed_only
    wanted = replace(facts, published=spec.tables, slot=facts.slot or live, subscription=True, enabled=live)
    return steps, wanted


def _refuse_what_would_lose_or_double_rows(lane: LaneState, armed_only: bool) -> None:
    if lane.facts.subscription and not lane.facts.slot and not armed_only:
        raise MigrationError(
            "BG305",
            f"{lane.spec.name} has a subscription whose slot is gone: what was written since then never arrived",
            "Blue is in service and untouched; green's copy is not complete",
            "Run rollback to undo the migration, empty green, and start again with setup",
        )
    if lane.filled:
        names = ", ".join(str(name) for name in lane.filled[:5])
        raise MigrationError(
            "BG306",
            f"{len(lane.filled)} tables of green hold rows already ({names}): a first copy would double them",
            "Nothing was changed",
            "Empty these tables on green, or recreate green's database and run setup again",
        )


def _absent(lane: LaneState, _armed_only: bool) -> tuple[list[Step], LaneFacts]:
    spec, facts, steps = lane.spec, lane.facts, []
    if facts.subscription or facts.slot:
        steps.append(Step(f"drop subscription and slot {spec.name}", "unsubscribe", spec))
    if facts.published is not None:
        steps.append(Step(f"drop the publication {spec.name}", "unpublish", spec))
    return steps, LaneFacts()


def _enabled(lane: LaneState, _armed_only: bool) -> tuple[list[Step], LaneFacts]:
    if not lane.facts.subscription or lane.facts.enabled:
        return [], lane.facts
    return [Step(f"enable {lane.spec.name}", "enable", lane.spec)], replace(lane.facts, enabled=True)


def _disabled(lane: LaneState, _armed_only: bool) -> tuple[list[Step], LaneFacts]:
    if not lane.facts.enabled:
        return [], lane.facts
    return [Step(f"disable {lane.spec.name}", "disable", lane.spec)], replace(lane.facts, enabled=False)


_PLANS = {"present": _present, "absent": _absent, "enabled": _enabled, "disabled": _disabled}
