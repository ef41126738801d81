# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold at each step of a switch: a step in the wrong place is stopped before it acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    FENCED,
    OPENED,
    WITHDRAWN,
    Entry,
    PendingSwitch,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch.invariants import (
    Course,
    Event,
    Progress,
    advanced,
    progress_of,
)

BLUE, GREEN = Side.BLUE, Side.GREEN
CLOSED = GateFacts(journal=True, installed=True, fenced=True)
OPEN = replace(CLOSED, fenced=False)
NEW_PAIR = [Event.FENCE, Event.PROVE, Event.ARRIVE, Event.RECORD, Event.OPEN, Event.START_BACK]
OLD_PAIR = [Event.FENCE, Event.PROVE, Event.ARRIVE, Event.STOP_FORTH, Event.RECORD, Event.OPEN, Event.START_BACK]


def walked(events: Sequence[Event], both_at_once: bool = True) -> Course:
    """Return the course of a switch after these events."""
    course = Course(Progress(both_at_once))
    for event in events:
        course.about_to(event)
    return course


@pytest.mark.parametrize(("events", "both_at_once"), [(NEW_PAIR, True), (OLD_PAIR, False)])
def test_a_switch_in_its_order_is_not_stopped_and_may_be_undone_up_to_its_opening(
    events: list[Event],
    both_at_once: bool,
) -> None:
    for end in range(len(events) + 1):
        course = walked(events[:end], both_at_once)
        if course.progress.opened:
            with pytest.raises(MigrationError, match="about to take the old side's fence back, but both sides would"):
                course.about_to(Event.REOPEN)
        else:
            course.about_to(Event.REOPEN)
            assert not course.progress.fenced


@pytest.mark.parametrize(
    ("before", "event", "broken"),
    [
        ([], Event.OPEN, "both sides would accept writes"),
        (NEW_PAIR[:3], Event.OPEN, "open without the old side's fence row"),
        ([], Event.RECORD, "a fence row would be there without its fence"),
        ([Event.FENCE, Event.ARRIVE], Event.RECORD, "before it was seen to refuse a write"),
        ([Event.FENCE, Event.PROVE], Event.RECORD, "before all rows have arrived"),
        ([], Event.PROVE, "proven closed without a fence"),
        ([], Event.ARRIVE, "while the old side accepts more"),
        ([Event.FENCE], Event.STOP_FORTH, "would never arrive"),
    ],
)
def test_a_step_in_the_wrong_place_is_stopped_and_nothing_is_noted(
    before: list[Event], event: Event, broken: str
) -> None:
    course = walked(before)
    stood = course.progress
    with pytest.raises(MigrationError) as error:
        course.about_to(event)
    assert (error.value.code, broken in error.value.what) == ("BG580", True)
    assert error.value.what.startswith(f"The switch was about to {event.value}, but ")
    assert course.progress == stood


def test_both_links_flow_at_once_only_where_they_do_not_echo() -> None:
    before = [event for event in OLD_PAIR[:-1] if event is not Event.STOP_FORTH]
    with pytest.raises(MigrationError, match="echo below PostgreSQL 16"):
        walked(before, both_at_once=False).about_to(Event.START_BACK)
    walked(before).about_to(Event.START_BACK)


@pytest.mark.parametrize(
    ("before", "stands"),
    [
        ([], "the new side was not opened"),
        (NEW_PAIR[:4], "both sides refuse writes"),
        (NEW_PAIR[:5], "the new side is open"),
    ],
)
def test_the_message_says_where_things_stand(before: list[Event], stands: str) -> None:
    impossible = replace(walked(before).progress, proven=True, fenced=False)
    with pytest.raises(MigrationError) as error:
        advanced(impossible, Event.ARRIVE)
    assert error.value.stands == f"That was not done; {stands}"
    assert error.value.details["event"] == "ARRIVE"


@given(st.booleans(), st.lists(st.sampled_from(Event), max_size=30))
def test_whatever_is_tried_in_whatever_order_one_side_accepts_writes_at_most_and_no_row_is_lost(
    both_at_once: bool,
    events: list[Event],
) -> None:
    """Each event acts on two sides of an independent model: allowed events have done no harm there."""
    course = Course(Progress(both_at_once))
    takes_writes, rows, arrived, fence_row = {BLUE: True, GREEN: False}, 0, 0, False
    flows = {"forth": True, "back": False}
    for event in events:
        rows += takes_writes[BLUE]  # one is written between any two steps
        try:
            course.about_to(event)
        except MigrationError:
            continue
        if event is Event.ARRIVE:
            arrived = rows
        if event in (Event.FENCE, Event.REOPEN):
            takes_writes[BLUE] = event is Event.REOPEN
        if event in (Event.RECORD, Event.REOPEN):
            fence_row = event is Event.RECORD
        if event is Event.OPEN:
            assert fence_row
            assert arrived == rows
            takes_writes[GREEN] = True
        if event in (Event.STOP_FORTH, Event.START_BACK):
            flows["forth" if event is Event.STOP_FORTH else "back"] = event is Event.START_BACK
        assert not all(takes_writes.values())
        assert both_at_once or not all(flows.values())


_KINDS = ("fence", "open", "withdraw", "restore")


@given(st.lists(st.sampled_from(_KINDS), max_size=12))
def test_any_story_of_switches_has_at_most_one_side_in_service_and_only_its_open_one(story: list[str]) -> None:
    """Each step is one commit of a switch, in the order that its course allows, or a backup that loses a fence."""
    gates, rows, epoch, serves = {BLUE: OPEN, GREEN: CLOSED}, list[Entry](), 0, BLUE
    restored = False
    for kind in story:
        pending = Situation(gates, tuple(rows)).pending
        if kind == "fence" and pending is None and not restored:
            epoch += 1
            gates = {BLUE: CLOSED, GREEN: CLOSED}
            rows.append(Entry("shop", serves, epoch, FENCED, f"{epoch:03}a", serves.other))
        elif kind == "withdraw" and pending is not None:
            rows.append(Entry("shop", serves, epoch, WITHDRAWN, f"{epoch:03}b", serves))
            gates = {**gates, serves: OPEN}
        elif kind == "open" and pending is not None:
            advanced(progress_of(Situation(gates, tuple(rows)), pending), Event.OPEN)
            serves = pending.target
            rows.append(Entry("shop", serves, epoch, OPENED, f"{epoch:03}b", serves))
            gates = {**gates, serves: OPEN}
        elif kind == "restore" and pending is None and any(one.event == OPENED for one in rows):
            restored, gates = True, {BLUE: OPEN, GREEN: OPEN}
        now = Situation(gates, tuple(rows))
        assert now.in_service is (None if now.pending or restored else serves)
        assert (now.contradiction() is not None) is restored
        assert now.next_epoch == epoch + 1


FENCE_ROW = Entry("shop", BLUE, 1, FENCED, "2026-01-01", GREEN)
PENDING = PendingSwitch(1, GREEN)


@pytest.mark.parametrize(
    ("blue", "green", "row", "may_open"),
    [
        (CLOSED, CLOSED, FENCE_ROW, True),
        (OPEN, CLOSED, FENCE_ROW, False),
        (CLOSED, OPEN, FENCE_ROW, True),  # it is open already: doing it twice is no error
        (CLOSED, CLOSED, replace(FENCE_ROW, side=GREEN), False),
        (CLOSED, CLOSED, replace(FENCE_ROW, epoch=2), False),
        (CLOSED, CLOSED, None, False),
        (None, CLOSED, FENCE_ROW, False),
    ],
)
def test_whoever_finishes_a_switch_opens_nothing_without_the_other_sides_fence_and_row(
    blue: GateFacts | None,
    green: GateFacts,
    row: Entry | None,
    may_open: bool,
) -> None:
    gates = {side: gate for side, gate in ((BLUE, blue), (GREEN, green)) if gate is not None}
    progress = progress_of(Situation(gates, (row,) if row else ()), PENDING)
    if may_open:
        assert advanced(progress, Event.OPEN).opened
    else:
        with pytest.raises(MigrationError, match="BG580"):
            advanced(progress, Event.OPEN)


def test_whoever_finishes_a_switch_may_find_both_links_flowing() -> None:
    progress = advanced(progress_of(Situation({BLUE: CLOSED, GREEN: OPEN}, (FENCE_ROW,)), PENDING), Event.START_BACK)
    assert (progress.forth, progress.back) == (True, True), "the links are dealt with after the opening"


def test_an_opened_or_unread_new_side_counts_as_open() -> None:
    for gates in ({BLUE: CLOSED, GREEN: OPEN}, {BLUE: CLOSED}):
        progress = progress_of(Situation(gates, (FENCE_ROW,)), PENDING)
        with pytest.raises(MigrationError, match="both sides would accept writes"):
            advanced(progress, Event.REOPEN)
