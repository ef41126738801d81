# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the circuit breaker has a reason, and when a migration has to start again."""

from __future__ import annotations

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
