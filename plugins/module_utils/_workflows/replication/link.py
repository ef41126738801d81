# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link in one direction: created, completed, stopped, started or removed, changing only the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.consumers.said import Consumers, left_behind
from ..._domain.errors import MigrationError
from ..._domain.lanes.assignment import require_lanes
from ..._domain.lanes.catalogs import Lanes
from ..._domain.lanes.link import LaneFacts, LaneSpec, both_at_once, is_parked, wanted_options
from ..._domain.lanes.source import Crossing
from ..._domain.names import SCHEMA, early_slot, link_name, origins_of
from ..._domain.plan import Plan, Step
from ..._domain.relations import TableName
from ..._domain.replication.plan import (
    PLANS,
    How,
    LaneState,
    LinkState,
    Remnants,
    after_some_steps,
    copy_steps,
    leads_into_service,
)
from ..._domain.service.situation import Situation
from ..._domain.sides import Direction, Side
from ..._postgres.consumers.found import read_consumers
from ..._postgres.copy.first_copy import read_copy, read_owned
from ..._postgres.lanes import flow, link
from ..._postgres.lanes.source import read_crossing
from ..._postgres.lanes.wanted import read_catalogs
from ..._postgres.ours import require_own_links
from ..._postgres.replication.remnants import read_early_slots, read_remnants
from ..._postgres.service.situation import read_own_situation
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..._postgres.users_settings import require_rows_as_they_are
from ..copy.control import GOES_ON, begin_copy, end_copy
from ..copy.stream import CopyJob
from ..ports import Ports
from ..schema.drift import unmet_drift
from .changes import LaneChanges

_LETS_ROWS_FLOW = ("present", "enabled")
_READS_FROM_THE_PRIMARY = ("present", "connected")


class ReplicationLink:
    """``state``: present, absent, enabled, disabled or connected."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._direction = Direction(params["direction"])
        self._wanted: str = params["state"]
        self._timeout: float = params["timeout"]
        self._excluded: list[str] = params["exclude_tables"]
        self._copy: str = params["copy"] if self._direction is Direction.FORWARD else "none"
        self._start_lsn: str | None = params["start_lsn"]
        self._streams: int = params["copy_streams"]
        self._consumers = Consumers(params["consumers"])
        self._lanes = Lanes(params["lanes"], params["lane_tables"] or {})
        require_lanes(params["lanes"], self._lanes.of_tables)
        self._ports = ports
        self._sides = ports.sides

    def observe(self) -> LinkState:
        """Read both servers."""
        situation = read_own_situation(self._sides)
        if self._wanted in _LETS_ROWS_FLOW:
            flow.require_may_flow(self._sides.blue, link_name(self._sides.migration, self._direction, 1))
        if self._wanted == "present":
            _refuse_drift(self._sides, situation)
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        into_service = situation.in_service is self._direction.subscriber
        if into_service:
            self._copy, self._start_lsn = "none", None  # the publisher's rows came from there
        if self._wanted in _LETS_ROWS_FLOW:
            require_rows_as_they_are(subscriber)
        for session in (publisher, subscriber):
            require_own_links(session, self._sides.migration)
        lanes = []
        wanted = self._wanted == "present"
        forward = self._direction is Direction.FORWARD
        both_live = both_at_once(publisher.major, subscriber.major)
        armed_only = is_parked(self._direction, situation.in_service, both_live)
        if self._wanted == "enabled":
            name = link_name(self._sides.migration, self._direction, 1)
            flow.require_no_echo(self._sides.blue, subscriber, name, both_live)
        copy = read_copy(subscriber, self._sides.migration) if forward else None
        owned = set(read_owned(subscriber)) if forward else set()
        catalogs = read_catalogs(self._sides, lanes=self._lanes)
        if wanted:
            catalogs.require_publishable(self._direction, self._excluded)
        for spec, facts in catalogs.lanes(self._direction, self._excluded, self._lanes):
            joining = {one.table for one in spec.tables} - set(facts.states) - owned if wanted else set()
            copied = self._brings_rows(publisher, joining) if facts.subscription else self._copy != "none"
            brings = copied and not into_service
            filled = sorted(table for table in joining if brings and self._is_filled(table))
            options = wanted_options(publisher.major, subscriber.major)
            crossing = self._crossing(spec, facts, situation)
            lanes.append(LaneState(spec, facts, tuple(filled), options, brings, crossing))
        too_many = catalogs.too_many(self._direction, self._lanes)
        origins = origins_of(self._sides.migration) if self._wanted == "absent" else ()
        remnants = replace(
            read_remnants(publisher, subscriber, origins), publications=too_many, early_slots=self._left_early(lanes)
        )
        return LinkState(self._direction, armed_only, tuple(lanes), situation, copy, remnants)

    def _crossing(self, spec: LaneSpec, facts: LaneFacts, situation: Situation) -> Crossing | None:
        if self._wanted not in _READS_FROM_THE_PRIMARY or not facts.subscription:
            return None
        publisher = self._sides.session(self._direction.publisher)
        subscriber = self._sides.session(self._direction.subscriber)
        unused = leads_into_service(self._direction, situation)
        return read_crossing(publisher, subscriber, spec.name, facts.source, nothing_missing=unused)

    def _left_early(self, lanes: Iterable[LaneState]) -> tuple[str, ...]:
        """Return the early slots that nobody needs: one of a lane without a subscription may be all that it has left of
        its slot while that is moved."""
        found = read_early_slots(self._sides.session(self._direction.publisher), self._sides.migration, self._direction)
        subscribed = {early_slot(lane.spec.name) for lane in lanes if lane.facts.subscription}
        return tuple(name for name in found if self._wanted == "absent" or name in subscribed)

    def _brings_rows(self, publisher: Session, joining: Iterable[TableName]) -> bool:
        """Tell whether tables that join an existing link have rows to copy; on the way back their rows came from the
        subscriber."""
        if self._direction is Direction.FORWARD:
            return self._copy != "none"
        mine = [table for table in joining if table.schema != SCHEMA]
        return any(not link.is_empty(publisher, table) and not self._is_filled(table) for table in mine)

    def _is_filled(self, table: TableName) -> bool:
        subscriber = self._sides.session(self._direction.subscriber)
        return table.schema != SCHEMA and not link.is_empty(subscriber, table)

    def plan(self, before: LinkState) -> Plan[LinkState]:
        """Plan only the differences."""
        verbs = LaneChanges(self._sides, self._direction)
        steps: list[Step] = before.remnants.steps(verbs) if self._wanted in ("present", "absent") else []
        lanes = []
        snapshot = self._copy == "snapshot"
        how = How(before.armed_only, self._copy, before.situation, self._start_lsn)
        for lane in before.lanes:
            lane_steps, facts = PLANS[self._wanted](lane, how, verbs)
            steps += lane_steps
            lanes.append(replace(lane, facts=facts, crossing=None))
        if self._wanted == "present" and snapshot:
            steps += copy_steps(before.lanes, before.copy, self._copy_snapshot)
        if self._wanted == "absent" and before.copy is not None:
            steps.insert(0, Step("end and forget the first copy", self._forget_copy))
        if self._wanted == "absent" and steps:
            self._require_no_consumer_left(before.situation)
        remnants = Remnants() if self._wanted in ("present", "absent") else before.remnants
        return Plan(replace(before, lanes=tuple(lanes), remnants=remnants), tuple(steps))

    def _require_no_consumer_left(self, situation: Situation) -> None:
        """Refuse while somebody follows the side out of service, which gets nothing more without its link."""
        serves = situation.in_service or self._direction.publisher
        found = read_consumers(self._sides.session(serves.other), self._sides.migration)
        left = self._consumers.still_to_move(found)
        if left:
            raise left_behind(serves.other, left)

    def execute(self, plan: Plan[LinkState]) -> LinkState:
        """Do the steps within the timeout."""
        self._deadline = deadline = Deadline(self._timeout, f"Changing the {self._direction} link")
        for session in (self._sides.blue, self._sides.green):
            session.set_deadline(deadline)
            session.wait_for_locks(deadline)
        try:
            plan.perform()
        except MigrationError as error:
            error.stands = after_some_steps(error.stands, plan.record.steps[:-1])
            raise
        return self.observe()

    def _copy_snapshot(self, specs: tuple[LaneSpec, ...]) -> None:
        self._ports.goes_on = GOES_ON
        begin_copy(self._sides, CopyJob(self._sides.fresh(), specs, self._streams), self._deadline)

    def _forget_copy(self) -> None:
        end_copy(self._sides)


def _refuse_drift(sides: Sides, situation: Situation) -> None:
    """Refuse a link if blue's schema has changed: a column that green lacks would be left out silently.

    :raises MigrationError: BG269
    """
    if situation.in_service is not Side.BLUE:
        return
    drift = unmet_drift(sides)
    if drift:
        raise MigrationError(
            "BG269",
            f"Blue's schema has changed since it was copied, and green lacks the change: {', '.join(drift[:5])}",
            "Nothing was changed",
            "Make the same change on green, then run setup again, and the same command",
            {"unmet": list(drift)},
        )
