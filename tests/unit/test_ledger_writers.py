# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writers' pure parts: pauses between commits, pace, and what an error means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.gaps import longest_gap
from demo.ledger import Outcome
from demo.ledger_check import LEDGERED_TABLES
from demo.operations import Heartbeats, Shop
from demo.writer_process import Pace, cured_by_retry, outcome_of_failed_commit
from demo.writers import PROBE, WriterResults


def test_a_gap_is_the_longest_pause_inside_the_window() -> None:
    assert longest_gap([0.0, 1.0, 4.0, 5.0, 20.0, 90.0], 1.0, 5.0) == 3.0


def test_a_gap_that_ended_before_the_window_does_not_count() -> None:
    assert longest_gap([0.0, 50.0, 51.0, 52.0, 90.0], 50.5, 51.5) == 1.0


def test_a_gap_that_reaches_over_an_edge_counts_in_full() -> None:
    assert longest_gap([0.0, 1.0, 4.0, 5.0, 20.0, 90.0], 2.0, 6.0) == 15.0


@pytest.mark.parametrize("moments", [[], [0.5], [11.5]])
def test_silence_is_never_a_short_gap(moments: list[float]) -> None:
    assert longest_gap(moments, 1.0, 11.0) >= 10.0


@given(
    st.lists(st.floats(0, 100), unique=True).map(sorted),
    st.tuples(st.floats(0, 100), st.floats(0, 100)).filter(lambda edges: edges[0] < edges[1]),
)
def test_no_window_of_the_gaps_length_is_without_a_moment_for_longer(
    moments: list[float], window: tuple[float, float]
) -> None:
    start, end = window
    inside = [moment for moment in moments if start < moment < end]
    by_hand = max(later - earlier for earlier, later in zip([start, *inside], [*inside, end], strict=True))
    assert longest_gap(moments, start, end) >= by_hand


def test_the_gap_is_the_probes() -> None:
    results = WriterResults({PROBE: [0.0, 1.0, 2.0, 3.0], "0": [0.0, 3.0]}, [])
    assert results.longest_gap(0.0, 3.0) == 1.0


def test_a_pace_keeps_its_interval_and_makes_up_for_nothing() -> None:
    pace = Pace(0.5)
    assert [pace.delay(now) for now in (10.0, 10.1, 13.0, 13.1)] == [0.0, pytest.approx(0.4), 0.0, pytest.approx(0.4)]


def test_saturation_waits_for_nothing() -> None:
    assert Pace(None).delay(10.0) == 0.0


@pytest.mark.parametrize("sqlstate", [None, "25006", "57P01", "08006", "40001", "40P01"])
def test_a_good_driver_tries_again(sqlstate: str | None) -> None:
    assert cured_by_retry(sqlstate)


@pytest.mark.parametrize("sqlstate", ["23505", "42501", "42P01", "22003"])
def test_no_retry_cures_a_mistake(sqlstate: str) -> None:
    assert not cured_by_retry(sqlstate)


@pytest.mark.parametrize(("sqlstate", "closed"), [(None, True), (None, False), ("57P01", False), ("25006", True)])
def test_a_commit_is_of_unknown_outcome_unless_a_standing_connection_says_no(
    sqlstate: str | None, *, closed: bool
) -> None:
    assert outcome_of_failed_commit(sqlstate, closed) is Outcome.UNKNOWN


def test_a_commit_that_the_server_declined_is_refused() -> None:
    assert outcome_of_failed_commit("23503", connection_closed=False) is Outcome.REFUSED


def test_every_table_that_operations_touch_is_held_against_the_ledger() -> None:
    shop = Shop("run-0")
    touched = {effect.table for effect in Heartbeats("run-probe").next_operation().effects}
    for _turn in range(500):
        operation = shop.next_operation()
        shop.acknowledged(operation)
        touched |= {effect.table for effect in operation.effects}
    assert touched == set(LEDGERED_TABLES)


def test_operations_bear_distinct_numbers_that_begin_with_their_writer() -> None:
    shop = Shop("run-0")
    numbers = [shop.next_operation().id for _turn in range(100)]
    assert len(set(numbers)) == 100
    assert all(number.startswith("run-0-") for number in numbers)
