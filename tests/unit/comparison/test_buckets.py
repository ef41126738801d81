# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets, portions and suspects: random rows and faults, found exactly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.buckets import (
    Bucket,
    HashedRow,
    differing,
    finer,
    mask_for,
    portions,
    suspects,
    worth_splitting,
)

MASK = 7
# Few places, so that different keys share one, as keys with equal hashes do.
ROWS = st.lists(st.builds(lambda key, content: (key, content), st.integers(0, 40), st.integers(0, 5)), max_size=60)


def hashed(rows: Iterable[tuple[int, int]]) -> list[HashedRow]:
    return sorted((HashedRow(key % 17, content, (str(key),)) for key, content in rows), key=lambda row: row.place)


def bucketed(rows: Iterable[HashedRow]) -> dict[int, Bucket]:
    grouped: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        grouped[row.place & MASK].append(hash((row.key, row.hash)))
    return {number: Bucket(len(hashes), sum(hashes)) for number, hashes in grouped.items()}


def keys_that_differ(mine: list[HashedRow], theirs: list[HashedRow]) -> set[tuple[str, ...]]:
    difference = Counter((row.key, row.hash) for row in mine)
    difference.subtract(Counter((row.key, row.hash) for row in theirs))
    return {key for (key, _hash), number in difference.items() if number}


@given(ROWS, ROWS)
def test_the_keys_that_differ_are_suspects_each_once(
    mine: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    here, there = hashed(mine), hashed(theirs)
    found = list(suspects(here, there))
    assert len(found) == len(set(found))
    assert set(found) == keys_that_differ(here, there)


@given(ROWS)
def test_equal_rows_raise_no_suspicion(rows: list[tuple[int, int]]) -> None:
    assert list(suspects(hashed(rows), hashed(reversed(rows)))) == []
    assert differing(bucketed(hashed(rows)), bucketed(hashed(reversed(rows)))) == {}


@given(ROWS, st.integers(0, 40), st.integers(0, 5))
def test_a_planted_row_is_found_in_its_bucket(rows: list[tuple[int, int]], key: int, content: int) -> None:
    here, there = hashed(rows), hashed([*rows, (key, content)])
    (bucket,) = differing(bucketed(here), bucketed(there))
    assert bucket == key % 17 & MASK
    assert list(suspects(here, there)) == [(str(key),)]


@given(st.dictionaries(st.integers(-50, 50), st.integers(1, 30)), st.integers(1, 60))
def test_portions_hold_each_bucket_once_and_are_bounded(buckets: dict[int, int], most: int) -> None:
    selections = list(portions(MASK, buckets, most))
    assert all(selection.mask == MASK for selection in selections)
    parts = [selection.numbers for selection in selections]
    assert all(parts)
    assert sorted(number for part in parts for number in part) == sorted(buckets)
    rows = [sum(buckets[number] for number in part) for part in parts]
    assert all(len(part) == 1 or number <= most for part, number in zip(parts, rows, strict=True))
    assert all(number + buckets[following[0]] > most for number, following in zip(rows, parts[1:], strict=False))


@pytest.mark.parametrize(("wanted", "made"), [(1, 1), (2, 2), (3, 4), (4096, 4096), (4097, 8192)])
def test_a_number_of_buckets_is_rounded_up(wanted: int, made: int) -> None:
    assert mask_for(wanted) == made - 1


def test_crowded_buckets_are_split_until_reading_their_rows_is_cheaper() -> None:
    assert worth_splitting(4095, {1: 30_000})
    assert not worth_splitting(4095, {1: 900})
    assert not worth_splitting(4095, dict.fromkeys(range(4000), 30))
    assert worth_splitting(4095, dict.fromkeys(range(4000), 300))
    assert not worth_splitting(4095, dict.fromkeys(range(5000), 300))
    assert not worth_splitting((1 << 36) - 1, {1: 30_000}), "equal rows can never be split"
    assert finer(4095) == 4096 * 32 - 1


def test_the_limits_of_splitting_themselves() -> None:
    assert [worth_splitting(4095, {1: rows}) for rows in (20_000, 20_001)] == [False, True], "rows in all"
    a_bucket = [{**dict.fromkeys(range(1, 1000), 64), 0: rows} for rows in (64, 65)]
    assert [worth_splitting(4095, buckets) for buckets in a_bucket] == [False, True], "rows a bucket"
    assert [worth_splitting(4095, dict.fromkeys(range(number), 65)) for number in (4096, 4097)] == [True, False]
    assert [worth_splitting((1 << bits) - 1, {1: 30_000}) for bits in (31, 32)] == [True, False], "36 bits at most"


def test_a_bucket_that_one_side_lacks_differs() -> None:
    assert differing({1: Bucket(3, 9)}, {}) == {1: 3}
    assert differing({}, {1: Bucket(3, 9)}) == {1: 3}
    assert differing({1: Bucket(3, 9)}, {1: Bucket(4, 9)}) == {1: 4}
    assert differing({1: Bucket(1, 0)}, {2: Bucket(2, 0)}) == {1: 1, 2: 2}, "a hash may be 0"
