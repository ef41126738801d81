# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back of pairs with a side below 16, where both links must never be live at the same time.

Under the fence the slot of the way back is created and the forward link stopped; after the opening the way back is
enabled and the old slot dropped. Pairs of 16 and later have nothing to do here.
"""

from __future__ import annotations

from ..._domain.sides import Direction
from ..._domain.switch.invariants import Course, Event
from ..._postgres.lanes import flow, link
from ..._postgres.lanes.wanted import read_catalogs, read_lanes
from ..go_no_go.request import SwitchRequest


def arm(request: SwitchRequest, course: Course) -> None:
    """Stop the forward link, which has delivered everything, and create the slot of the way back."""
    if request.both_at_once:
        return
    course.about_to(Event.STOP_FORTH)
    old, new = request.sides.session(request.target.other), request.sides.session(request.target)
    catalogs = read_catalogs(request.sides)
    for spec, facts in catalogs.lanes(request.forth, request.exclude_tables):
        if facts.enabled:
            link.disable(new, spec.name)
    for spec, facts in catalogs.lanes(request.back, request.exclude_tables):
        if facts.enabled:
            link.disable(old, spec.name)
        if facts.slot:
            link.drop_slots(new, [link.like(spec.name)])
        link.create_slot(new, spec.name)


def disarm(request: SwitchRequest) -> None:
    """Undo :func:`arm`: no slot may retain WAL on the new side, and rows flow forward again."""
    if request.both_at_once:
        return
    new, catalogs = request.sides.session(request.target), read_catalogs(request.sides)
    for spec, facts in catalogs.lanes(request.back, request.exclude_tables):
        if facts.slot:
            link.drop_slots(new, [link.like(spec.name)])
    for spec, facts in catalogs.lanes(request.forth, request.exclude_tables):
        if not facts.enabled:
            flow.enable(request.sides.blue, new, spec.name)


def complete(request: SwitchRequest) -> None:
    """After the opening: drop the forward link's slot, which would retain WAL for nobody, and let rows flow back."""
    if request.both_at_once:
        return
    old, catalogs = request.sides.session(request.target.other), read_catalogs(request.sides)
    for spec, facts in catalogs.lanes(request.forth, request.exclude_tables):
        if facts.slot:
            link.drop_slots(old, [link.like(spec.name)])
    for spec, facts in catalogs.lanes(request.back, request.exclude_tables):
        if facts.subscription and not facts.enabled:
            flow.enable(request.sides.blue, old, spec.name)


def follow_schema(request: SwitchRequest) -> None:
    """After the switch has changed green's schema: let blue subscribe to what flows back now.

    A stopped subscription cannot be refreshed; the playbook sync recreates it.
    """
    for spec, facts in read_lanes(request.sides, Direction.REVERSE, request.exclude_tables):
        if facts.enabled and {one.table for one in spec.tables} != set(facts.states):
            link.refresh(request.sides.blue, spec.name, copy=False)
