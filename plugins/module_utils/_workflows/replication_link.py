# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link in one direction: made, completed, stopped, started or removed, the difference only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.link import LaneSpec, both_at_once
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.link_plan import (
    PLANS,
    How,
    LaneState,
    LinkState,
    copy_steps,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Plan, Step
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import link, marker
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.first_copy import read_copy, read_owned
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lanes import Lanes, read_specs
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.situation import require_two_databases

from .copy_stream import CopyJob
from .copying import begin_copy, end_copy
from .ports import Ports


class ReplicationLink:
    """``state``: present, absent, enabled or disabled."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._direction = Direction(params["direction"])
        self._wanted: str = params["state"]
        self._timeout: float = params["timeout"]
        self._excluded: list[str] = params["exclude_tables"]
        self._copy: str = params["copy"]
        self._streams: int = params["copy_streams"]
        self._lanes = Lanes(params["lanes"], params["lane_tables"] or {})
        self._sides = ports.sides

    def observe(self) -> LinkState:
        """Read both servers."""
        require_two_databases(self._sides)
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        lanes = []
        wanted = self._wanted == "present"
        forward = self._direction is Direction.FORWARD
        copy = read_copy(subscriber, self._sides.migration) if forward else None
        owned = set(read_owned(subscriber)) if forward else set()
        for spec in read_specs(self._sides, self._direction, self._excluded, wanted, self._lanes):
            facts = link.read_lane(publisher, subscriber, spec.name)
            copies = forward and wanted and self._copy != "none" and not facts.subscription
            mine = [one.table for one in spec.tables if copies and one.table not in owned]
            filled = [table for table in mine if self._is_filled(table)]
            lanes.append(LaneState(spec, facts, tuple(filled)))
        armed_only = self._direction is Direction.REVERSE and not both_at_once(publisher.major, subscriber.major)
        return LinkState(self._direction, armed_only, tuple(lanes), copy)

    def _is_filled(self, table: TableName) -> bool:
        subscriber = self._sides.session(self._direction.subscriber)
        return table.schema != "bluegreen" and not link.is_empty(subscriber, table)

    def plan(self, before: LinkState) -> Plan[LinkState]:
        """Plan the difference only."""
        steps: list[Step] = []
        lanes = []
        snapshot = self._direction is Direction.FORWARD and self._copy == "snapshot"
        how = How(before.armed_only, snapshot)
        for lane in before.lanes:
            lane_steps, facts = PLANS[self._wanted](lane, how)
            steps += lane_steps
            lanes.append(replace(lane, facts=facts))
        if self._wanted == "present" and snapshot:
            steps += copy_steps(before.lanes, before.copy)
        if self._wanted == "absent" and before.copy is not None:
            steps.insert(0, Step("end and forget the first copy", "forget_copy"))
        return Plan(replace(before, lanes=tuple(lanes)), tuple(steps))

    def execute(self, plan: Plan[LinkState]) -> LinkState:
        """Do the steps within the timeout."""
        self._deadline = deadline = Deadline(self._timeout, f"Changing the {self._direction} link")
        for session in (self._sides.blue, self._sides.green):
            session.set_deadline(deadline)
        for step in plan.steps:
            getattr(self, f"_{step.action}")(step.subject)
        return self.observe()

    def _create_publication(self, spec: LaneSpec) -> None:
        for session in (self._sides.blue, self._sides.green):
            marker.create_markers(session, spec.lane)
        link.create_publication(self._sides.session(self._direction.publisher), spec)

    def _change_publication(self, spec: LaneSpec) -> None:
        link.change_publication(self._sides.session(self._direction.publisher), spec)

    def _create_slot(self, spec: LaneSpec) -> None:
        link.create_slot(self._sides.session(self._direction.publisher), spec.name)

    def _subscribe(self, spec: LaneSpec) -> None:
        """A first copy brings the other side's markers too, so that ours must be gone."""
        subscriber = self._sides.session(self._direction.subscriber)
        copy = self._direction is Direction.FORWARD and self._copy == "native"
        with subscriber.transaction():
            if copy:
                marker.empty_markers(subscriber)
            link.create_subscription(
                self._sides.session(self._direction.publisher), subscriber, spec, enabled=True, copy=copy
            )

    def _copy_snapshot(self, specs: tuple[LaneSpec, ...]) -> None:
        begin_copy(self._sides, CopyJob(self._sides.fresh(), specs, self._streams), self._deadline)

    def _forget_copy(self, _subject: None) -> None:
        end_copy(self._sides)

    def _arm(self, spec: LaneSpec) -> None:
        subscriber = self._sides.session(self._direction.subscriber)
        publisher = self._sides.session(self._direction.publisher)
        with subscriber.transaction():
            link.create_subscription(publisher, subscriber, spec, enabled=False, copy=False)

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
