# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back of pairs with a side below 16, where both links must never be live at the same time.

Before clients are held, an early slot is made. Under the fence the forward link is stopped, the early slot advanced to
that point, and the slot of the way back copied from it. After the opening the way back is enabled and the old slot
dropped. Pairs of 16 and later have nothing to do here.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.capabilities import Capability
from ..._domain.clock import Deadline
from ..._domain.lanes.link import LaneFacts, LaneSpec
from ..._domain.names import early_slot
from ..._domain.sides import Direction, Side
from ..._domain.switch.invariants import Course, Event
from ..._postgres.lanes import flow, link
from ..._postgres.lanes.wanted import read_catalogs, read_lanes
from ..go_no_go.request import SwitchRequest
from .fence import UNDO_SECONDS

Lane = tuple[LaneSpec, LaneFacts]


def make_early_slots(request: SwitchRequest, lanes: Iterable[Lane]) -> None:
    """Make what the way back's slots begin with, while clients still write.

    A new slot waits for every transaction of the whole server; the one that is made of it later waits for nobody.

    :raises MigrationError: BG304 when such a transaction did not end in time; BG539, BG307 when there is no room
    """
    new, names = request.sides.session(request.target), [spec.name for spec, _facts in lanes]
    for name in names:
        link.drop_slots(new, link.slots_of(name))
    link.require_room(new, 2 * len(names))
    for name in names:
        link.create_early_slot(new, name)


def waits_for_nobody(request: SwitchRequest) -> bool:
    """Tell whether what :func:`arm` does may follow a transaction of our own on the new side that is still open."""
    return request.both_at_once or Capability.COPIED_SLOTS.of(request.sides.session(request.target).major)


def arm(request: SwitchRequest, course: Course, forth: Iterable[Lane], back: Iterable[Lane]) -> None:
    """Stop the forward link, which has delivered everything, and let the way back begin here.

    :param forth: the lanes of the forward link, as they were read under the locks
    :param back: those of the way back
    """
    if request.both_at_once:
        return
    course.about_to(Event.STOP_FORTH)
    old, new = request.sides.session(request.target.other), request.sides.session(request.target)
    here = link.disable_and_flush(new, [spec.name for spec, facts in forth if facts.enabled])
    for spec, facts in back:
        if facts.enabled:
            link.disable(old, spec.name)
        link.begin_slot_here(new, spec.name, here)


def disarm(request: SwitchRequest) -> None:
    """Undo both: no slot may retain WAL on the new side, and rows flow forward again."""
    if request.both_at_once:
        return
    for side in Side:
        request.sides.session(side).set_deadline(Deadline(UNDO_SECONDS, "Taking the way back down"))
    new, catalogs = request.sides.session(request.target), read_catalogs(request.sides)
    for spec, _facts in catalogs.lanes(request.back, request.exclude_tables):
        link.drop_slots(new, link.slots_of(spec.name))
    for spec, facts in catalogs.lanes(request.forth, request.exclude_tables):
        if not facts.enabled:
            flow.enable(request.sides.blue, new, spec.name)


def complete(request: SwitchRequest) -> None:
    """After the opening: drop the forward link's slot, which would retain WAL for nobody, and let rows flow back."""
    if request.both_at_once:
        return
    old, new = request.sides.session(request.target.other), request.sides.session(request.target)
    catalogs = read_catalogs(request.sides)
    for spec, facts in catalogs.lanes(request.forth, request.exclude_tables):
        if facts.slot:
            link.drop_slots(old, [link.like(spec.name)])
    for spec, facts in catalogs.lanes(request.back, request.exclude_tables):
        link.drop_slots(new, [link.like(early_slot(spec.name))])
        if facts.subscription and not facts.enabled:
            link.allow_failover(new, spec.name)
            flow.enable(request.sides.blue, old, spec.name)


def follow_schema(request: SwitchRequest) -> None:
    """After the switch has changed green's schema: let blue subscribe to what flows back now.

    A stopped subscription cannot be refreshed; the playbook sync recreates it.
    """
    for spec, facts in read_lanes(request.sides, Direction.REVERSE, request.exclude_tables):
        if facts.enabled and {one.table for one in spec.tables} != set(facts.states):
            link.refresh(request.sides.blue, spec.name, copy=False)
