# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes to the lanes of one direction, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..._domain.lanes.link import LaneSpec, newly_sent
from ..._domain.lanes.source import Source
from ..._domain.sides import Direction
from ..._postgres.lanes import flow, link
from ..._postgres.lanes.parts import read_lane
from ..._postgres.replication.remnants import drop_origin
from ..._postgres.schema.identity import forget_tables, keep_copied, read_both
from ..._postgres.service import marker
from ..._postgres.service.gate import is_fenced
from ..._postgres.session import Session
from ..._postgres.sides import Sides


class LaneChanges:
    """The verbs of a link's plan, on both servers."""

    def __init__(self, sides: Sides, direction: Direction) -> None:
        self._sides = sides
        self._direction = direction

    @property
    def _publisher(self) -> Session:
        return self._sides.session(self._direction.publisher)

    @property
    def _subscriber(self) -> Session:
        return self._sides.session(self._direction.subscriber)

    def create_publication(self, spec: LaneSpec) -> None:
        """Publish the lane, with markers on both sides."""
        for session in (self._sides.blue, self._sides.green):
            marker.create_markers(session, spec.lane)
        with self._publisher.transaction():
            link.create_publication(self._publisher, spec)

    def change_publication(self, spec: LaneSpec) -> None:
        """Change the tables that the lane publishes; where values stayed behind until now, a comparison has to tell."""
        if not is_fenced(self._publisher):
            before = read_lane(self._publisher, self._subscriber, spec.name).published or ()
            forget_tables(self._sides.green, self._sides.migration, newly_sent(before, spec.tables))
        for session in (self._sides.blue, self._sides.green):
            marker.create_markers(session, spec.lane)
        with self._publisher.transaction():
            link.change_publication(self._publisher, spec)

    def replace_publication(self, spec: LaneSpec) -> None:
        """Publish the lane's tables by name, where all tables were published."""
        for session in (self._sides.blue, self._sides.green):
            marker.create_markers(session, spec.lane)
        marker.empty_markers(self._subscriber)
        with self._publisher.transaction():
            link.replace_publication(self._publisher, spec)

    def create_slot(self, spec: LaneSpec) -> None:
        """Create the lane's slot."""
        link.create_slot(self._publisher, spec.name)

    def begin_at(self, spec: LaneSpec, lsn: str) -> None:
        """Start the lane's slot where green's existing rows end."""
        link.begin_slot_at(self._publisher, spec.name, lsn)

    def drop_slot(self, name: str) -> None:
        """Drop a slot that a table copy or a switch has left."""
        link.drop_slots(self._publisher, link.slots_of(name))

    def drop_origin(self, name: str) -> None:
        """Drop the origin of a dropped subscription."""
        drop_origin(self._subscriber, name)

    def drop_publication(self, name: str) -> None:
        """Drop the publication of a lane that the link does not get."""
        link.drop_publication(self._publisher, name)

    def subscribe(self, spec: LaneSpec, copy: bool) -> None:
        """Subscribe; a first copy brings the other side's markers too, so ours are deleted first."""
        self._remember(spec, copied=copy)
        with self._subscriber.transaction():
            if copy:
                marker.empty_markers(self._subscriber)
            flow.create_subscription(self._publisher, self._subscriber, spec, enabled=True, copy=copy)

    def arm(self, spec: LaneSpec) -> None:
        """Subscribe without letting rows flow."""
        self._remember(spec, copied=False)
        with self._subscriber.transaction():
            flow.create_subscription(self._publisher, self._subscriber, spec, enabled=False, copy=False)

    def refresh(self, spec: LaneSpec, brings_rows: bool) -> None:
        """Add the publication's new tables to the subscription."""
        known = read_lane(self._publisher, self._subscriber, spec.name).states
        joining = tuple(one for one in spec.tables if one.table not in known)
        self._remember(replace(spec, tables=joining), copied=brings_rows)
        link.refresh(self._subscriber, spec.name, copy=brings_rows)

    def _remember(self, spec: LaneSpec, *, copied: bool) -> None:
        """Keep which tables bear the names of the lane's; of what is not copied now, where nothing is known yet."""
        names = {one.table for one in spec.tables}
        keep_copied(self._sides.green, self._sides.migration, read_both(self._sides), names, copied=copied)

    def lead(self, spec: LaneSpec, source: Source) -> None:
        """Let the subscription read from the publisher's present primary, which is ``source``."""
        flow.lead(self._publisher, self._subscriber, spec.name, source)

    def attach(self, spec: LaneSpec) -> None:
        """Give the subscription its slot again."""
        flow.attach(self._sides.blue, self._subscriber, spec.name)

    def set_options(self, spec: LaneSpec, options: Mapping[str, str]) -> None:
        """Set options of the subscription."""
        link.set_options(self._subscriber, spec.name, options)

    def enable(self, spec: LaneSpec) -> None:
        """Let rows flow."""
        flow.enable(self._sides.blue, self._subscriber, spec.name)

    def disable(self, spec: LaneSpec) -> None:
        """Stop the flow of rows."""
        link.disable(self._subscriber, spec.name)

    def unsubscribe(self, spec: LaneSpec) -> None:
        """Drop the subscription with its slots."""
        left = link.drop_subscription(self._subscriber, spec.name)
        link.drop_slots(self._publisher, [*link.slots_of(spec.name), *left])

    def unpublish(self, spec: LaneSpec) -> None:
        """Drop the publication."""
        link.drop_publication(self._publisher, spec.name)
        marker.forget_markers(self._publisher)
