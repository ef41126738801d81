# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts under any interleaving of writes, replication and readings: never a false one, and no missed fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.verdict import (
    ABSENT,
    CHANGED,
    EXTRA,
    MISSING,
    Outcome,
    Reading,
    Trial,
)

FAULTS = ("none", "deleted", "changed", "added")


def one(row_hash: int, xmin: int, *columns: int) -> Reading:
    return Reading({(row_hash, xmin): 1}, columns)


@dataclass
class World:
    """One key on two servers. Contents are small numbers; each write has a transaction of its own.

    ``multiset``: equal rows may coexist, as in a table without a key.
    """

    multiset: bool
    reference: dict[int, int] = field(default_factory=dict)  # content by xmin
    other: dict[int, int] = field(default_factory=dict)
    log: list[tuple[str, int]] = field(default_factory=list)
    applied: int = 0
    xid: int = 100
    other_xid: int = 900

    def write(self, content: int) -> None:
        """Insert, update or delete on the reference: 0 deletes the oldest row, -1 the newest."""
        self.xid += 1
        if content < 1:
            if self.reference:
                victim = max(self.reference) if content else min(self.reference)
                self.log.append(("delete", self.reference.pop(victim)))
        elif self.reference and not self.multiset:
            self.reference.clear()
            self.reference[self.xid] = content
            self.log.append(("update", content))
        else:
            self.reference[self.xid] = content
            self.log.append(("insert", content))

    def replay(self, number: int) -> None:
        """Apply that many more transactions on the other side, as an apply worker does."""
        for action, content in self.log[self.applied : self.applied + number]:
            self.other_xid += 1
            self._apply(action, content)
        self.applied = min(len(self.log), self.applied + number)

    def _apply(self, action: str, content: int) -> None:
        if self.multiset:
            same = [xmin for xmin, there in self.other.items() if there == content]
            if action == "delete" and same:
                del self.other[same[0]]
            elif action != "delete":
                self.other[self.other_xid] = content
        elif action == "delete":
            self.other.clear()
        elif action == "insert" or self.other:  # an update of a missing row is lost
            self.other.clear()
            self.other[self.other_xid] = content

    def plant(self, fault: str) -> None:
        self.other_xid += 1
        if fault == "deleted" and self.other:
            del self.other[min(self.other)]
        elif fault == "changed" and self.other:
            self.other[self.other_xid] = self.other.pop(min(self.other)) + 1000
        elif fault == "added" and (self.multiset or not self.other):
            self.other[self.other_xid] = 2000

    @property
    def is_sound(self) -> bool:
        """Whether both sides would be equal if everything were applied now."""
        future = replace(self, other=dict(self.other))
        future.replay(len(self.log))
        return Counter(future.other.values()) == Counter(self.reference.values())

    def read(self, rows: dict[int, int]) -> Reading:
        return Reading(dict(Counter((content, xmin) for xmin, content in rows.items())))


@dataclass
class Checker:
    """The order of readings that a trial requires, with anything happening between any two of them."""

    world: World
    happenings: Sequence[Sequence[tuple[str, int]]]
    position: int = 0
    other: Reading = ABSENT
    reference: Reading = ABSENT

    def let_things_happen(self) -> None:
        """Run what happens next, if anything does."""
        for what, value in self.happenings[self.position] if self.position < len(self.happenings) else ():
            if what == "write":
                self.world.write(value)
            else:
                self.world.replay(value)
        self.position += 1

    def begin(self) -> None:
        self.other = self.world.read(self.world.other)
        self.let_things_happen()
        self.reference = self.world.read(self.world.reference)

    def round(self, wait: bool = True) -> Trial:
        committed = len(self.world.log)
        self.let_things_happen()
        if wait:
            self.world.replay(max(0, committed - self.world.applied))
        self.let_things_happen()
        other = self.world.read(self.world.other)
        self.let_things_happen()
        reference = self.world.read(self.world.reference)
        trial = Trial(self.other, self.reference, other, reference)
        self.other, self.reference = other, reference
        return trial


CONTENTS = st.integers(-1, 2)
HAPPENINGS = st.lists(
    st.lists(
        st.one_of(st.tuples(st.just("write"), CONTENTS), st.tuples(st.just("replay"), st.integers(1, 3))), max_size=3
    ),
    max_size=16,
)


def world_after(before: list[int], fault: str, multiset: bool) -> World:
    world = World(multiset)
    for content in before:
        world.write(content)
    world.replay(len(before))
    world.plant(fault)
    return world


@settings(max_examples=500, deadline=None)
@given(st.lists(CONTENTS, max_size=3), st.booleans(), HAPPENINGS, st.integers(1, 5))
def test_no_interleaving_makes_a_false_alarm(
    before: list[int], multiset: bool, happenings: list[list[tuple[str, int]]], rounds: int
) -> None:
    checker = Checker(world_after(before, "none", multiset), happenings)
    checker.begin()
    for _attempt in range(rounds):
        assert checker.round().outcome(settled_only=multiset) is not Outcome.DIFFERS


@settings(max_examples=500, deadline=None)
@given(st.lists(CONTENTS, max_size=3), st.sampled_from(FAULTS), st.booleans(), HAPPENINGS)
def test_a_verdict_is_always_true(
    before: list[int], fault: str, multiset: bool, happenings: list[list[tuple[str, int]]]
) -> None:
    world = world_after(before, fault, multiset)
    was_sound = world.is_sound
    checker = Checker(world, happenings)
    checker.begin()
    for _attempt in range(6):
        outcome = checker.round().outcome(settled_only=multiset)
        if outcome is Outcome.DIFFERS:
            assert not was_sound
        if outcome is Outcome.AGREES:
            assert world.is_sound
        if outcome is not Outcome.OPEN:
            return


@settings(max_examples=300, deadline=None)
@given(st.lists(CONTENTS, max_size=3), st.sampled_from(FAULTS), st.booleans(), HAPPENINGS)
def test_when_writes_end_two_rounds_decide(
    before: list[int], fault: str, multiset: bool, happenings: list[list[tuple[str, int]]]
) -> None:
    world = world_after(before, fault, multiset)
    checker = Checker(world, happenings)
    checker.begin()
    checker.position = len(happenings)
    outcomes = [checker.round().outcome(settled_only=multiset) for _attempt in range(2)]
    assert Outcome.OPEN not in outcomes[1:]
    assert (outcomes[1] is Outcome.AGREES) == world.is_sound


def test_a_key_that_comes_and_goes_between_two_looks_is_no_difference() -> None:
    trial = Trial(other_before=ABSENT, reference=ABSENT, other=one(1, 901), reference_after=ABSENT)
    assert trial.outcome(settled_only=False) is Outcome.OPEN


def test_a_row_that_stays_where_the_reference_has_none_is_too_much() -> None:
    trial = Trial(other_before=one(1, 901), reference=ABSENT, other=one(1, 901), reference_after=ABSENT)
    assert trial.outcome(settled_only=False) is Outcome.DIFFERS
    assert trial.kind == EXTRA


def test_either_look_at_the_reference_may_agree() -> None:
    earlier = Trial(one(1, 901), one(2, 102), one(2, 902), one(3, 103))
    later = Trial(one(1, 901), one(2, 102), one(3, 903), one(3, 103))
    assert earlier.outcome(settled_only=False) is later.outcome(settled_only=False) is Outcome.AGREES


def test_a_row_that_is_written_again_is_not_judged() -> None:
    trial = Trial(one(5, 901), one(1, 101), one(5, 901), one(2, 102))
    assert trial.outcome(settled_only=False) is Outcome.DIFFERS, "the other side's version outlived the reference's"
    moving = Trial(one(5, 901), one(1, 101), one(6, 902), one(2, 102))
    assert moving.outcome(settled_only=False) is Outcome.OPEN


@pytest.mark.parametrize(
    ("mine", "theirs", "kind"),
    [(one(1, 101), ABSENT, MISSING), (ABSENT, one(1, 901), EXTRA), (one(1, 101), one(2, 901), CHANGED)],
)
def test_the_kind_is_seen_from_the_reference(mine: Reading, theirs: Reading, kind: str) -> None:
    assert Trial(theirs, mine, theirs, mine).kind == kind


def test_columns_are_named_where_one_row_stands_against_one() -> None:
    trial = Trial(ABSENT, one(1, 101, 7, 8, 9), one(2, 901, 7, 0, 0), one(1, 101, 7, 8, 9))
    assert trial.differing_columns(("a", "b", "c")) == ("b", "c")
    assert Trial(ABSENT, one(1, 101, 7), ABSENT, one(1, 101, 7)).differing_columns(("a",)) is None
