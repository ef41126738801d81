# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the circuit breaker has a reason, and when a migration has to start again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.breaker import (
    Limits,
    Retention,
    SlotWal,
    broken_since_setup,
    held_up,
    outgrown,
    reason_to_break,
    unknowns,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import BROKEN, PHASE, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.space import Space


def kept(amount: int | None, side: Side = Side.BLUE) -> Retention:
    return Retention(side, {"slot": SlotWal(amount, amount), "other": SlotWal(0, 0)})


@given(st.integers(0, 2**60), st.integers(1, 2**60))
def test_only_more_than_the_limit_breaks(amount: int, limit: int) -> None:
    assert bool(reason_to_break(kept(amount), None, Limits(retained=limit))) is (amount > limit)


@pytest.mark.parametrize(
    ("free", "side", "breaks"),
    [(99, Side.BLUE, True), (100, Side.BLUE, False), (None, Side.BLUE, False), (99, Side.GREEN, False)],
)
def test_free_disk_is_blue_s(free: int | None, side: Side, breaks: bool) -> None:
    assert bool(reason_to_break(kept(5, side), Space(free), Limits(free=100))) is breaks


def test_without_slots_there_is_nothing_to_drop() -> None:
    assert reason_to_break(Retention(Side.BLUE, {}), Space(0), Limits(retained=1, free=100)) is None


def test_unknown_breaks_nothing_and_is_said() -> None:
    limits = Limits(retained=1, free=1)
    held = Retention(Side.BLUE, {"slot": SlotWal(None)})
    assert reason_to_break(held, None, limits) is None
    assert unknowns([held], None, limits) == [
        "how much WAL slot keeps on blue is unknown",
        "how much is free on blue's disk is unknown: no command was given",
    ]
    assert unknowns([held], None, Limits()) == []


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(1, 2**40))
def test_a_slot_whose_reader_is_not_behind_goes_for_the_disk_only(kept_bytes: int, behind: int, limit: int) -> None:
    held = Retention(Side.BLUE, {"slot": SlotWal(kept_bytes, min(behind, limit))}, "pid 7: app in shop, since noon")
    limits = Limits(retained=limit, free=100)
    assert reason_to_break(held, Space(100), limits) is None
    assert [("pid 7" in line) for line in held_up([held], limits)] == [True] * (kept_bytes > limit)
    assert "99 bytes are free" in (reason_to_break(held, Space(99), limits) or "")
    never = Retention(Side.BLUE, {"slot": SlotWal(kept_bytes, None)})
    assert bool(reason_to_break(never, None, limits)) is (kept_bytes > limit), "unknown is not well"


def test_the_slot_that_keeps_most_is_told_and_one_that_is_unknown_counts_for_nothing() -> None:
    slots = {"a": SlotWal(3 * 2**20), "b": SlotWal(5 * 2**20), "c": SlotWal(None)}
    told = reason_to_break(Retention(Side.GREEN, slots), None, Limits(retained=2**20))
    assert told == "the link keeps 5.0 MB of WAL on green, 1.0 MB are allowed"
    assert reason_to_break(Retention(Side.GREEN, slots), None, Limits()) is None


@pytest.mark.parametrize(
    ("wal", "oldest", "told"),
    [
        (SlotWal(101, 50), "pid 7", "; a keeps 101 bytes and is 50 bytes behind: the rest is held by pid 7"),
        (SlotWal(100, 50), "pid 7", ""),
        (SlotWal(149, 50), "pid 7", "; a keeps 149 bytes and is 50 bytes behind: the rest is held by pid 7"),
        (SlotWal(101, 50), None, ""),
        (SlotWal(101, None), "pid 7", ""),
        (SlotWal(None, 0), "pid 7", ""),
    ],
)
def test_a_full_disk_is_told_with_the_transaction_that_holds_most_of_it(
    wal: SlotWal, oldest: str | None, told: str
) -> None:
    held = Retention(Side.BLUE, {"a": wal}, oldest)
    reason = reason_to_break(held, Space(99), Limits(free=100))
    assert reason == f"99 bytes are free on blue's disk, 100 bytes have to stay free{told}"


def test_a_slot_that_is_held_up_is_told_with_whose_it_is_and_whether_the_disk_is_safe() -> None:
    held = [Retention(Side.BLUE, {"b": SlotWal(2**20, 5), "a": SlotWal(2**20, 2**20), "c": SlotWal(None)}, "pid 7")]
    told = (
        "b keeps 1.0 MB of WAL on blue, although its reader is only 5 bytes behind. It is held by pid 7. End that "
        "transaction; the slot stays"
    )
    assert held_up(held, Limits(retained=2**19, free=1)) == [told]
    assert held_up(held, Limits(retained=2**19)) == [
        f"{told}; no limit protects the disk from it, see bluegreen_breaker_free_disk"
    ]
    assert held_up(held, Limits(retained=2**20)) == held_up(held, Limits(free=1)) == []
    (unseen,) = held_up([replace(held[0], oldest=None)], Limits(retained=2**19))
    assert "held by a transaction that has ended, or that our role may not see" in unseen


def test_what_is_known_of_the_disk_is_not_called_unknown() -> None:
    assert unknowns([], Space(5), Limits(free=1)) == []
    assert unknowns([], Space(None, "df: no such file"), Limits(free=1)) == [
        "how much is free on blue's disk is unknown: df: no such file"
    ]
    assert unknowns([kept(5)], Space(5), Limits(retained=1)) == []


def entry(event: str, **details: Any) -> Entry:
    return Entry("shop", Side.BLUE, 0, event, "2026-05-01T00:00:00.000000Z", details=details)


def test_it_has_to_start_again_until_setup_is_done() -> None:
    broken = entry(BROKEN, reason="too much", slots=["slot"])
    done, failed = (entry(PHASE, phase="setup", state=state) for state in ("done", "failed"))
    assert broken_since_setup([done], Side.BLUE) is None
    assert (broken_since_setup([done, broken, failed], Side.BLUE) or {})["reason"] == "too much"
    assert (broken_since_setup([broken], None) or {})["reason"] == "too much", "unknown is not well"
    assert broken_since_setup([broken], Side.GREEN) is None, "nothing came from there"
    assert broken_since_setup([done, broken, done], Side.BLUE) is None


@pytest.mark.parametrize(
    ("side", "limits", "free", "names"),
    [
        (Side.GREEN, Limits(retained=9), None, ("large",)),
        (Side.GREEN, Limits(retained=10), None, ()),
        (Side.GREEN, Limits(free=100), 99, ()),
        (Side.BLUE, Limits(free=100), 99, ("large", "unknown")),
        (Side.BLUE, Limits(free=100), 100, ()),
        (Side.BLUE, Limits(free=100), None, ()),
        (Side.BLUE, Limits(), 0, ()),
    ],
)
def test_what_a_killed_switch_left_goes_alone(
    side: Side, limits: Limits, free: int | None, names: tuple[str, ...]
) -> None:
    held = Retention(side, {}, early={"unknown": None, "large": 10})
    assert outgrown(held, Space(free), limits) == names
    assert reason_to_break(held, Space(free), limits) is None, "no link is dropped for it"
