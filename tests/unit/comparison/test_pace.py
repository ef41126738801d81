# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a comparison rests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.pace import (
    WITHOUT_REST,
    is_in_the_way,
    rest_for,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.progress import comparison_line


def test_a_hundred_percent_never_rests() -> None:
    assert rest_for(100, 10, 1000) == WITHOUT_REST == (0.0, 1.0)
    assert rest_for(99, 10, 1000) != WITHOUT_REST


@given(st.floats(0.1, 99), st.integers(0, 10**9), st.integers(0, 10**13))
def test_a_rest_is_possible_and_lets_a_statement_take_longer(percent: float, rows: int, size: int) -> None:
    rest = rest_for(percent, rows, size)
    assert 0 < rest.share_of_rows <= 1
    assert rest.stretch == pytest.approx(100 / percent)


@given(st.floats(0.1, 98), st.integers(1, 10**6), st.integers(1, 10**9))
def test_it_rests_more_often_for_larger_rows_and_smaller_shares(percent: float, rows: int, size: int) -> None:
    assert rest_for(percent, rows, size).share_of_rows >= rest_for(percent, rows * 2, size).share_of_rows
    assert rest_for(percent, rows, size).share_of_rows >= rest_for(percent + 1, rows, size).share_of_rows


def test_half_of_the_time_is_a_rest_after_a_millisecond_of_work() -> None:
    # 100 bytes a row: 0.63 microseconds each.
    assert rest_for(50, 1000, 100_000).share_of_rows == pytest.approx(0.633e-6 / 1.06e-3, rel=0.01)
    assert rest_for(50, 0, 0) == rest_for(50, 1000, 100_000)
    # A kilobyte a row: 3.63 microseconds each.
    assert rest_for(50, 1000, 1_000_000).share_of_rows == pytest.approx(3.63e-6 / 1.06e-3, rel=0.001)


def test_a_few_interruptions_are_no_sign_of_others() -> None:
    assert not is_in_the_way(10.0)
    assert is_in_the_way(200.0)
    assert [is_in_the_way(often) for often in (50.0, 50.1)] == [False, True]


def test_progress_says_so() -> None:
    assert comparison_line(1, 2, None, 0, "", rests=True) == (
        "compared 1 bytes of 2 bytes; throttled because others need the CPU (busy_percent)"
    )
    assert "rests" not in comparison_line(1, 2, None, 0, "")
