# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scales and axes: every value has its place, an axis covers its values, and its numbers are round."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.scales import (
    Scale,
    Unit,
    from_zero,
    moments_in_words,
    of_time,
    unit_of_bytes,
    unit_of_seconds,
)

_VALUES = some.floats(min_value=1e-6, max_value=1e15)


@given(some.lists(some.floats(-1e9, 1e9), min_size=2, max_size=9))
def test_places_are_in_the_order_of_values_and_within_the_scale(values: list[float]) -> None:
    scale = Scale(min(values), max(values), 10.0, 500.0)
    places = [scale.at(value) for value in sorted(values)]
    assert all(10.0 - 1e-6 <= place <= 500.0 + 1e-6 for place in places)
    assert all(one <= next_one + 1e-6 for one, next_one in pairwise(places))


def test_one_value_lies_in_the_middle() -> None:
    assert Scale(7.0, 7.0, 0.0, 100.0).at(7.0) == 50.0


@given(_VALUES, some.integers(2, 8), some.booleans())
def test_an_axis_covers_its_values_with_few_round_steps(high: float, most: int, whole: bool) -> None:
    levels = from_zero(high, most, whole)
    assert levels[0] == 0.0
    assert levels[-1] >= high * (1 - 1e-9)
    assert 2 <= len(levels) <= most + 1
    step = levels[1]
    assert step / 10 ** math.floor(math.log10(step) + 1e-9) == pytest.approx(
        min((1, 2, 5, 10), key=lambda one: abs(one - step / 10 ** math.floor(math.log10(step) + 1e-9)))
    )
    assert not whole or step >= 1.0


def test_an_axis_of_nothing_but_zero_still_has_a_length() -> None:
    assert from_zero(0.0, 4) == (0.0, 1.0)


@given(some.integers(0, 2**32), some.integers(0, 2**28), some.integers(2, 10))
def test_moments_are_round_within_and_few(first: int, length: int, most: int) -> None:
    moments = of_time(first, first + length, most)
    assert len(moments) <= most
    assert all(first <= moment <= first + length for moment in moments)
    assert all(moment % 1 == 0 for moment in moments)
    assert len(moments_in_words(moments)) == len(moments)


@pytest.mark.parametrize(
    ("moments", "words"),
    [
        ((1796000400.0, 1796000700.0), ("01:00", "01:05")),
        ((1796000400.0, 1796000430.0), ("01:00:00", "01:00:30")),
        ((1795996800.0, 1796083200.0), ("30 Nov", "01 Dec")),
        ((), ()),
    ],
)
def test_an_axis_of_time_says_as_much_as_tells_its_moments_apart(
    moments: tuple[float, ...], words: tuple[str, ...]
) -> None:
    assert moments_in_words(moments) == words


@pytest.mark.parametrize(("high", "name"), [(0.3, "ms"), (1.0, "s"), (119, "s"), (600, "min"), (90000, "h")])
def test_times_are_counted_in_what_is_read_easily(high: float, name: str) -> None:
    assert unit_of_seconds(high).name == name


@pytest.mark.parametrize(
    ("high", "name", "factor"), [(0, "bytes", 1.0), (1023, "bytes", 1.0), (1024, "kB", 1 / 1024), (2**60, "TB", 2**-40)]
)
def test_amounts_are_counted_in_what_is_read_easily(high: float, name: str, factor: float) -> None:
    unit = unit_of_bytes(high)
    assert (unit.name, unit.factor, unit.whole) == (name, factor, name == "bytes")


@pytest.mark.parametrize(
    ("high", "levels"),
    [
        (4.0, (0.0, 1.0, 2.0, 3.0, 4.0)),
        (8.0, (0.0, 2.0, 4.0, 6.0, 8.0)),
        (20.0, (0.0, 5.0, 10.0, 15.0, 20.0)),
        (0.4, (0.0, 0.1, 0.2, 0.3, 0.4)),
    ],
)
def test_an_axis_counts_in_ones_twos_and_fives(high: float, levels: tuple[float, ...]) -> None:
    assert from_zero(high, 4) == pytest.approx(levels)
    assert Unit("x", 1.0).whole is False


_SECONDS = (1, 2, 5, 10, 15, 30)
_DAYS = tuple(86400 * days for days in (1, 2, 7, 14, 28))
_STEPS = (*_SECONDS, *(60 * one for one in _SECONDS), *(3600 * hours for hours in (1, 2, 3, 6, 12)), *_DAYS)


@pytest.mark.parametrize("step", _STEPS)
def test_an_axis_of_time_takes_the_shortest_round_step(step: int) -> None:
    begin = 86400 * 28 * 700
    assert of_time(begin, begin + 4 * step, 5) == tuple(begin + step * number for number in range(5))
