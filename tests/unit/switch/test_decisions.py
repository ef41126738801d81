# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which side is in service, and what a request leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.decision import Decision, decide
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sequences import (
    Sequence,
    Successor,
    sequence_problems,
    sequence_targets,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    FENCED,
    OPENED,
    PHASE,
    WITHDRAWN,
    Entry,
    merged,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

BLUE, GREEN = Side.BLUE, Side.GREEN
OPEN = GateFacts(journal=True, installed=True, exempt=True, gated=(TableName("public", "users"),))
CLOSED = replace(OPEN, fenced=True, signpost=True)


def entry(event: str, side: Side, epoch: int, target: Side) -> Entry:
    """Return a journal row; later epochs are later in time."""
    return Entry("shop", side, epoch, event, f"2026-01-01T00:00:{epoch:02}.{int(event == OPENED)}Z", target)


def situation(blue: GateFacts, green: GateFacts, *entries: Entry) -> Situation:
    """Return a situation in which both sides were read."""
    return Situation({BLUE: blue, GREEN: green}, entries)


def switched(epoch: int, target: Side) -> tuple[Entry, Entry]:
    """Return the two rows of a completed switch."""
    return entry(FENCED, target.other, epoch, target), entry(OPENED, target, epoch, target)


BEFORE = situation(OPEN, CLOSED)
AFTER = situation(CLOSED, OPEN, *switched(1, GREEN))
BETWEEN = situation(CLOSED, CLOSED, entry(FENCED, BLUE, 1, GREEN))


def test_the_open_side_is_in_service() -> None:
    assert (BEFORE.in_service, AFTER.in_service, BETWEEN.in_service) == (BLUE, GREEN, None)


def test_a_standby_of_blue_that_was_promoted_without_the_fence_is_not_in_service() -> None:
    promoted = situation(OPEN, OPEN, entry(OPENED, GREEN, 1, GREEN))
    assert promoted.in_service is None
    assert promoted.switched
    assert promoted.contradiction() == (
        "blue knows nothing of switch 1, which opened green: it was restored, or promoted without the fence"
    )


def test_a_journal_that_cleanup_dropped_contradicts_nothing() -> None:
    rows = (entry(OPENED, GREEN, 1, GREEN), entry(FENCED, GREEN, 2, BLUE), entry(OPENED, GREEN, 3, GREEN))
    cleaned = situation(replace(CLOSED, journal=False), OPEN, *rows)
    assert (cleaned.in_service, cleaned.contradiction()) == (GREEN, None)
    lost = situation(replace(CLOSED, journal=False), OPEN, *rows[:2])
    assert "green is open although the journal says it was fenced by switch 2" in str(lost.contradiction())


def test_before_setup_blue_is_in_service() -> None:
    assert situation(GateFacts(), GateFacts()).in_service is BLUE


def test_two_open_sides_after_a_switch_are_nobodys_service() -> None:
    both = situation(OPEN, OPEN, *switched(1, GREEN))
    assert both.in_service is None
    assert both.contradiction() == "blue is open although the journal says it was fenced by switch 1"


def test_a_side_that_could_not_be_read_is_unknown_and_never_out_of_service() -> None:
    assert Situation({BLUE: OPEN}, ()).in_service is None
    assert Situation({BLUE: CLOSED}, (entry(FENCED, BLUE, 1, GREEN),)).pending is None


def test_a_switch_is_pending_between_its_fence_and_its_opening_only() -> None:
    assert BETWEEN.pending is not None
    assert BETWEEN.pending.target is GREEN
    assert BEFORE.pending is None
    assert AFTER.pending is None


def test_a_fence_that_was_taken_back_is_no_switch() -> None:
    undone = situation(OPEN, CLOSED, entry(FENCED, BLUE, 1, GREEN), entry(WITHDRAWN, BLUE, 1, BLUE))
    assert undone.contradiction() is None
    assert not undone.switched
    assert undone.next_epoch == 2


@pytest.mark.parametrize(
    ("state", "target", "expected"),
    [
        (BEFORE, GREEN, Decision.SWITCH),
        (BEFORE, BLUE, Decision.ALREADY),
        (AFTER, GREEN, Decision.ALREADY),
        (AFTER, BLUE, Decision.SWITCH),
        (BETWEEN, GREEN, Decision.FINISH),
        (BETWEEN, BLUE, Decision.FINISH),
    ],
)
def test_what_a_wish_comes_to(state: Situation, target: Side, expected: Decision) -> None:
    assert decide(state, target) is expected


def test_a_side_that_came_back_fenced_after_it_was_opened_is_a_contradiction() -> None:
    restored = situation(CLOSED, CLOSED, *switched(1, GREEN))
    assert restored.pending is None
    assert restored.in_service is None
    assert "green is fenced although" in str(restored.contradiction())


@given(st.integers(0, 6), st.integers(0, 3))
def test_every_prefix_of_any_number_of_switches_has_one_clear_answer(switches: int, cut: int) -> None:
    """Replay switches back and forth and stop after either commit: the fold names the right side, or pending."""
    fenced = {BLUE: False, GREEN: True}
    rows: list[Entry] = []
    serves: Side | None = BLUE
    for epoch in range(1, switches + 1):
        target = GREEN if epoch % 2 else BLUE
        fenced[target.other] = True
        rows.append(entry(FENCED, target.other, epoch, target))
        serves = None
        if epoch == switches and cut == 0:
            break
        fenced[target] = False
        rows.append(entry(OPENED, target, epoch, target))
        serves = target
    gates = {side: CLOSED if closed else OPEN for side, closed in fenced.items()}
    now = Situation(gates, tuple(rows))
    assert now.in_service is serves
    assert (now.pending is not None) == (serves is None)
    assert now.contradiction() is None
    assert now.next_epoch == switches + 1


def test_a_phase_that_is_on_both_sides_is_told_once() -> None:
    rows = [Entry("shop", side, 0, PHASE, "2026-01-01", details={"phase": "setup", "run": "x"}) for side in Side]
    assert len(merged([*rows, *switched(1, GREEN)])) == 3


@given(
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    st.integers(-1000, 1000).filter(bool),
    st.integers(0, 10_000),
)
def test_sequences_move_in_their_own_direction_within_their_bounds(last: int | None, step: int, headroom: int) -> None:
    minimum, maximum = -(2**63), 2**63 - 1
    targets = sequence_targets([Sequence(TableName("s", "q"), last, step, minimum, maximum, cycles=False)], headroom)
    if last is None:
        assert targets == []
        return
    ((_name, value),) = targets
    assert minimum <= value <= maximum
    assert value >= last if step > 0 else value <= last


@given(st.integers(-40, 40), st.integers(-3, 3).filter(bool), st.integers(0, 1000))
def test_headroom_takes_at_most_a_tenth_of_what_is_left(last: int, step: int, headroom: int) -> None:
    ((_name, value),) = sequence_targets([Sequence(TableName("s", "q"), last, step, -40, 40, cycles=False)], headroom)
    left = (40 - last if step > 0 else last + 40) // abs(step)
    assert 0 <= (value - last) // step <= left // 10


@pytest.mark.parametrize(
    ("last", "cycles", "headroom", "told"),
    [
        (32_700, False, 100, False),
        (32_757, False, 100, False),
        (32_758, False, 100, True),
        (32_760, True, 100, False),
        (32_766, False, 100, True),
        (32_760, False, 0, False),
        (32_767, False, 100, False),
    ],
)
def test_a_sequence_with_too_little_left_is_told_where_headroom_is_asked_for(
    last: int, cycles: bool, headroom: int, told: bool
) -> None:
    name = TableName("s", "q")
    short = Sequence(name, last, 1, 1, 32_767, cycles=cycles)
    problems = sequence_problems([short], headroom, [Successor(name, 1, 1, 32_767, settable=True)], {name})
    assert problems == ((f"s.q has only {32_767 - last} values left",) if told else ())
