# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read into a cache: slices that are mostly held elsewhere, most used first, within a limit."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plans.cache import (
    SLICES,
    Held,
    Range,
    Relation,
    in_chunks,
    most_blocks,
    to_read,
)

_HOT, _COLD, _GONE = (Relation("public", name, toast=False) for name in ("hot", "cold", "gone"))


def held(relation: Relation, number: int, blocks: int, pages: int = 640, usage: float = 1.0) -> Held:
    """Return a slice of which so many blocks are held."""
    return Held(relation, number, blocks, pages, usage)


def test_what_is_wholly_held_is_read_as_one_range_whatever_its_size_there() -> None:
    every = [held(_HOT, number, 10) for number in range(SLICES)]
    assert to_read(every, {_HOT: 1000}, 10_000) == (Range(_HOT, 0, 999),)
    assert to_read(every, {_HOT: 3}, 10_000) == (Range(_HOT, 0, 2),)
    assert to_read(every, {_HOT: 0}, 10_000) == ()


def test_a_slice_is_read_where_half_of_it_is_held() -> None:
    parts = [held(_HOT, 0, 5), held(_HOT, 1, 4), held(_HOT, 63, 10), held(_GONE, 0, 10)]
    assert to_read(parts, {_HOT: 640}, 10_000) == (Range(_HOT, 0, 9), Range(_HOT, 630, 639))


def test_a_small_relation_is_read_where_its_blocks_are() -> None:
    assert to_read([held(_HOT, 0, 1, pages=2), held(_HOT, 32, 1, pages=2)], {_HOT: 2}, 9) == (Range(_HOT, 0, 1),)
    assert to_read([held(_HOT, 32, 1, pages=2)], {_HOT: 2}, 9) == (Range(_HOT, 1, 1),)


def test_what_is_used_most_comes_first_and_the_limit_cuts_the_rest() -> None:
    parts = [held(_COLD, 0, 10, usage=1.0), held(_HOT, 0, 10, usage=5.0)]
    pages = {_HOT: 640, _COLD: 640}
    assert to_read(parts, pages, 13) == (Range(_HOT, 0, 9), Range(_COLD, 0, 2))
    assert to_read(parts, pages, 10) == (Range(_HOT, 0, 9),)


@pytest.mark.parametrize(("limit", "blocks"), [(None, 750), (8192 * 10, 10), (8192 * 100_000, 750), (0, 0)])
def test_no_more_is_read_than_fits(limit: int | None, blocks: int) -> None:
    assert most_blocks(1000, 8192, limit) == blocks


def test_ranges_are_read_in_chunks_and_survive_a_slice_of_time() -> None:
    chunks = in_chunks([Range(_HOT, 5, 24)], 8)
    assert chunks == (Range(_HOT, 5, 12), Range(_HOT, 13, 20), Range(_HOT, 21, 24))
    assert [Range.from_result(one.as_result()) for one in chunks] == list(chunks)
    assert sum(one.blocks for one in chunks) == 20


def test_a_slice_that_is_not_held_stays_unread_between_those_that_are() -> None:
    parts = [held(_HOT, number, 1, pages=SLICES) for number in (0, 2, 3, 5)]
    assert to_read(parts, {_HOT: SLICES}, 99) == (Range(_HOT, 0, 0), Range(_HOT, 2, 3), Range(_HOT, 5, 5))


def test_the_limit_counts_every_range_and_its_last_block_is_read() -> None:
    parts = [held(_HOT, number, 10) for number in (0, 2, 3, 5)]
    assert to_read(parts, {_HOT: 640}, 31) == (Range(_HOT, 0, 9), Range(_HOT, 20, 39), Range(_HOT, 50, 50))


def test_a_block_weighs_by_its_own_use() -> None:
    parts = [held(_HOT, 0, 1, pages=64, usage=5.0), held(_HOT, 1, 100, usage=1.0), held(_COLD, 0, 50, usage=2.0)]
    assert [one.relation for one in to_read(parts, {_HOT: 640, _COLD: 640}, 999)] == [_COLD, _HOT]


@pytest.mark.parametrize(("last", "ends"), [(7, [3, 7]), (8, [3, 7, 8]), (4, [3, 4])])
def test_chunks_end_with_the_range(last: int, ends: list[int]) -> None:
    assert [one.last for one in in_chunks([Range(_HOT, 0, last)], 4)] == ends
