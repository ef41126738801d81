# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of both links: signs of a conflict, of an echo, or of nothing because it is unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.traffic import (
    Counters,
    Traffic,
    waiting_for_the_switch,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side

START = Counters(errors=3, conflicts={"insert_exists": 1, "update_origin_differs": 5}, transactions=100)
OWN = 6


def traffic(forward: Counters, reverse: Counters) -> Traffic:
    """Return the observations while blue was in service."""
    before = dict.fromkeys(Direction, START)
    return Traffic(Side.BLUE, before, {Direction.FORWARD: forward, Direction.REVERSE: reverse}, OWN, 60.0)


CALM = traffic(replace(START, transactions=100 + OWN + 5000), replace(START, transactions=100 + OWN))


def test_writes_that_do_not_come_back_are_calm() -> None:
    assert CALM.reasons() == []
    assert (CALM.written, CALM.come_back) == (5000, 0)
    assert CALM.line == "no conflict and no echo in 60 s: 5000 transactions of blue, 0 of green"
    idle = traffic(replace(START, transactions=106), replace(START, transactions=106))
    assert idle.line.endswith("it proves little")


@pytest.mark.parametrize(
    ("reverse", "said"),
    [
        (replace(START, transactions=100 + OWN + 4900), "4900 transactions came back from green, 5000 were written"),
        (replace(START, errors=4), "reverse failed to apply 1 times"),
        (replace(START, conflicts={"insert_exists": 2}), "reverse met 1 conflicts"),
        (replace(START, errors=None), "how often reverse failed to apply is not known"),
        (replace(START, transactions=None), "how many transactions the slots have sent is not known"),
    ],
)
def test_each_counter_that_tells_otherwise_is_a_reason(reverse: Counters, said: str) -> None:
    (reason,) = traffic(CALM.after[Direction.FORWARD], reverse).reasons()
    assert reason.startswith(said)


def test_another_origin_is_no_conflict_and_counters_below_18_are_left_out() -> None:
    differs = replace(CALM.after[Direction.REVERSE], conflicts={"insert_exists": 1, "update_origin_differs": 9})
    assert traffic(CALM.after[Direction.FORWARD], differs).reasons() == []
    older = traffic(CALM.after[Direction.FORWARD], replace(differs, conflicts=None))
    assert older.reasons() == []
    assert older.line.startswith("nothing failed to apply (conflicts are counted from 18 on) and no echo")


def test_what_waits_for_the_switch_is_said_with_the_side_that_is_too_old() -> None:
    lines = waiting_for_the_switch({Side.BLUE: 15, Side.GREEN: 18}, 2)
    assert "since blue is 15" in lines[0]
    assert "2 lanes" in lines[1]


@pytest.mark.parametrize(
    ("written", "come_back", "echo"),
    [(0, 20, False), (0, 21, True), (100, 50, False), (100, 51, True), (40, 20, False), (40, 21, True)],
)
def test_twenty_transactions_are_noise_and_more_than_half_of_what_was_written_an_echo(
    written: int, come_back: int, echo: bool
) -> None:
    sent = (replace(START, transactions=100 + OWN + number) for number in (written, come_back))
    assert bool(traffic(*sent).reasons()) is echo


def test_fewer_transactions_than_our_own_are_none() -> None:
    assert traffic(CALM.after[Direction.FORWARD], replace(START, transactions=100)).come_back == 0


def test_a_time_is_told_to_a_tenth_of_a_second() -> None:
    assert replace(CALM, seconds=1.2345).as_result()["seconds"] == 1.2


def test_both_links_live_at_once_from_16_on() -> None:
    [first, *_rest] = waiting_for_the_switch({Side.BLUE: 15, Side.GREEN: 16}, 1)
    assert first.startswith("both links never live at once, since blue is 15: from 16 on")
