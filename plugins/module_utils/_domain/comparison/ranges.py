# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a table: what one statement hashes, so that no snapshot is older than one of them takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Union

from .buckets import Key

MOST_RANGES = 20_000
# Of the pages of a range; few, because they are read twice.
SAMPLED_PAGES_A_RANGE = 8
PAGE_BYTES = 8192
# Each of them reads the whole table for its keys' hashes, so that more of them cost more than they divide.
MOST_SLICES = 8


class KeyRange(NamedTuple):
    """The rows whose key is at least ``low`` and below ``high``; an empty one is no limit."""

    low: Key = ()
    high: Key = ()


ALL_KEYS = KeyRange()


class HashSlice(NamedTuple):
    """The rows whose hash has this number in some high bits; ``slices``, a power of two, are the whole table."""

    number: int
    slices: int


Part = Union[KeyRange, HashSlice]


def is_between_keys(part: Part) -> bool:
    """Tell whether an index on the key leads to the rows of this part and to no others."""
    return isinstance(part, KeyRange) and part != ALL_KEYS


class Cut(NamedTuple):
    """What a sample of pages says: where ``ranges`` begin, and among how many of them a page's rows are scattered."""

    boundaries: tuple[Key, ...]
    scatter: float


def wanted_ranges(table_bytes: int, range_bytes: int) -> int:
    """Return how many ranges a table is to be cut into."""
    return max(1, min(MOST_RANGES, -(-table_bytes // range_bytes)))


def sampled_percent(table_bytes: int, ranges: int) -> float:
    """Return the share of a table's pages that is worth reading to find where its ranges begin."""
    pages = max(1, table_bytes // PAGE_BYTES)
    return min(100.0, 100.0 * SAMPLED_PAGES_A_RANGE * ranges / pages)


def lies_in_order(cut: Cut, ranges: int) -> bool:
    """Tell whether ranges can be read without reading most pages again for each of them."""
    return cut.scatter <= 1 + (ranges - 1) / 4


def ranges_between(boundaries: Sequence[Key]) -> list[KeyRange]:
    """Return the ranges that these keys, sorted, separate; one more than there are keys."""
    lows: list[Key] = [(), *boundaries]
    highs: list[Key] = [*boundaries, ()]
    return [KeyRange(low, high) for low, high in zip(lows, highs)]


def slices_of(wanted: int) -> list[Part]:
    """Return the parts of a table whose key has no order that both sides share: about so many as are wanted, or few."""
    slices = min(MOST_SLICES, 1 << (wanted - 1).bit_length())
    return [HashSlice(number, slices) for number in range(slices)] if slices > 1 else [ALL_KEYS]


def sampled(ranges: int, percent: float, seed: int) -> list[int]:
    """Return the numbers of ranges that make up ``percent`` of them, evenly spread from a place that ``seed`` gives."""
    number = max(1, round(ranges * percent / 100))
    first = seed % ranges
    return sorted({(first + step * ranges // number) % ranges for step in range(number)})
