# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges, names on the other side, requests and fingerprints: the pure part of a comparison's options."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.mapping import (
    Names,
    parse_renamings,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.objects import (
    compare_fingerprints,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.ranges import (
    ALL_KEYS,
    Cut,
    HashSlice,
    KeyRange,
    is_between_keys,
    lies_in_order,
    ranges_between,
    sampled,
    sampled_percent,
    slices_of,
    wanted_ranges,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.request import Request, digest_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.comparison import comparison_options
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.values import check_values

MEGABYTE = 1 << 20


@given(st.sets(st.integers(0, 99), max_size=8), st.integers(-5, 105))
def test_every_key_lies_in_exactly_one_range(boundaries: set[int], key: int) -> None:
    ranges = ranges_between([(f"{one:03}",) for one in sorted(boundaries)])
    text = (f"{max(0, key):03}",)
    holding = [one for one in ranges if (not one.low or text >= one.low) and (not one.high or text < one.high)]
    assert len(ranges) == len(boundaries) + 1
    assert len(holding) == 1


@given(st.integers(1, 5000), st.floats(0.01, 100), st.integers(0, 1 << 40))
def test_a_sample_is_as_large_as_asked_and_within_the_table(ranges: int, percent: float, seed: int) -> None:
    numbers = sampled(ranges, percent, seed)
    assert len(numbers) == max(1, round(ranges * percent / 100))
    assert numbers == sorted(set(numbers))
    assert all(0 <= number < ranges for number in numbers)


def test_a_sample_is_spread_forward_from_where_its_seed_says() -> None:
    assert sampled(10, 30, 0) == [0, 3, 6]
    assert sampled(10, 30, 1) == [1, 4, 7]
    assert sampled(10, 30, 18) == [1, 4, 8], "it goes on at the beginning"


@pytest.mark.parametrize(("wanted", "made"), [(2, 2), (3, 4), (4, 4), (5, 8), (8, 8), (9, 8), (1000, 8)])
def test_a_table_without_a_common_order_is_cut_into_slices_up_to_eight(wanted: int, made: int) -> None:
    assert slices_of(wanted) == [HashSlice(number, made) for number in range(made)]


def test_one_slice_is_the_whole_table() -> None:
    assert slices_of(1) == [ALL_KEYS]


@pytest.mark.parametrize(
    ("part", "between"),
    [(KeyRange(("1",)), True), (KeyRange((), ("9",)), True), (ALL_KEYS, False), (HashSlice(0, 2), False)],
)
def test_only_a_range_with_an_end_is_read_by_an_index_on_the_key(part: KeyRange | HashSlice, between: bool) -> None:
    assert is_between_keys(part) is between


def test_a_table_is_cut_by_its_size() -> None:
    assert wanted_ranges(0, 32 * MEGABYTE) == 1
    assert wanted_ranges(32 * MEGABYTE + 1, 32 * MEGABYTE) == 2
    assert wanted_ranges(1 << 60, MEGABYTE) == 20_000
    assert sampled_percent(0, 1) == 100.0
    assert sampled_percent(320 * MEGABYTE, 10) == pytest.approx(100 * 8 / 4096)


def test_rows_that_lie_anyhow_are_not_cut() -> None:
    assert lies_in_order(Cut((), 1.2), 50)
    assert lies_in_order(Cut((), 9.0), 50)
    assert not lies_in_order(Cut((), 40.0), 50)
    assert not lies_in_order(Cut((), 2.0), 3)
    assert [lies_in_order(Cut((), scatter), 5) for scatter in (2.0, 2.01)] == [True, False]


def test_of_a_table_of_one_page_all_is_read() -> None:
    assert sampled_percent(8192, 1) == sampled_percent(1, 1) == 100.0
    assert sampled_percent(10 * 8192, 1) == 80.0


def test_names_are_seen_from_either_side() -> None:
    renamings = parse_renamings([{"table": "public.users", "to": '"S".people', "columns": {"name": "full_name"}}])
    users, people, other = TableName("public", "users"), TableName("S", "people"), TableName("public", "other")
    from_blue, from_green = Names(Side.BLUE, renamings), Names(Side.GREEN, renamings)
    assert (from_blue.table(users), from_blue.columns(users)) == (people, {"name": "full_name"})
    assert (from_green.table(people), from_green.columns(people)) == (users, {"full_name": "name"})
    assert (from_blue.table(other), from_blue.columns(other)) == (other, {})
    assert Names(Side.BLUE, parse_renamings([{"table": "a.b"}])).table(TableName("a", "b")) == TableName("a", "b")


def parameters(**given_ones: Any) -> dict[str, Any]:
    return {**{name: option.get("default") for name, option in comparison_options().items()}, **given_ones}


def test_the_defaults_make_sense() -> None:
    request = Request.of(parameters())
    assert (request.reference, request.mode, request.range_bytes) == (Side.BLUE, "full", 32 * MEGABYTE)


def test_megabytes_are_counted_in_bytes_and_no_limit_is_none() -> None:
    limits = {"range_megabytes": 0.0000001, "max_megabytes_per_second": 2, "max_lag_megabytes": 3}
    request = Request.of(parameters(**limits))
    assert (request.range_bytes, request.bytes_per_second, request.pause.lag_bytes) == (1, 2 * MEGABYTE, 3 * MEGABYTE)
    assert [Request.of(parameters(pause_query=text)).pause.query for text in (None, "SELECT 1")] == ["", "SELECT 1"]


def test_a_digest_is_short_and_the_same_in_every_run() -> None:
    assert digest_of(("public.users", 1)) == digest_of(("public.users", 1)) != digest_of(("public.users", 2))
    assert len(digest_of("")) == 16


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": 0}, {"range_timeout": -1}, {"row_timeout": 0}, {"range_megabytes": 0}, {"max_differences": -1},
        {"resume_within": -1}, {"max_megabytes_per_second": -1}, {"max_lag_megabytes": -1}, {"buckets": 0},
        {"max_active_sessions": -1}, {"buckets": 65537}, {"sample_percent": 0}, {"sample_percent": 101},
        {"busy_percent": 0}, {"busy_percent": 101},
    ],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MigrationError, match=f"BG081: {next(iter(wrong))} is not a number"):
        check_values(comparison_options(), wrong)


def test_what_the_other_side_has_beyond_is_no_difference() -> None:
    found = compare_fingerprints({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"})
    assert (found.missing, found.different, found.extra) == (("a",), ("c",), ("d",))
    assert not found.consistent
    assert compare_fingerprints({"a": "1"}, {"a": "1", "b": "2"}).consistent
