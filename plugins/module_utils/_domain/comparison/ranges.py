# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a table: one statement hashes one part, so no snapshot is older than the time for one part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Union

from .buckets import Key

MOST_RANGES = 20_000
# Sampled pages per range; few, because they are read twice.
SAMPLED_PAGES_A_RANGE = 8
PAGE_BYTES = 8192
# Each slice reads the whole table for the hashes of its keys, so more slices would cost more than they gain.
MOST_SLICES = 8


class KeyRange(NamedTuple):
    """The rows whose key is at least ``low`` and below ``high``; an empty value means no limit."""

    low: Key = ()
    high: Key = ()


ALL_KEYS = KeyRange()


class HashSlice(NamedTuple):
    """The rows whose hash has this number in its high bits; ``slices``, a power of two, make up the whole table."""

    number: int
    slices: int


Part = Union[KeyRange, HashSlice]


def is_between_keys(part: Part) -> bool:
    """Tell whether an index on the key finds exactly the rows of this part."""
    return isinstance(part, KeyRange) and part != ALL_KEYS


class Cut(NamedTuple):
    """The result of sampling pages: where ``ranges`` begin, and over how many of them a page's rows are spread."""

    boundaries: tuple[Key, ...]
    scatter: float


def wanted_ranges(table_bytes: int, range_bytes: int) -> int:
    """Return into how many ranges a table should be cut."""
    return max(1, min(MOST_RANGES, -(-table_bytes // range_bytes)))


def sampled_percent(table_bytes: int, ranges: int) -> float:
    """Return the share of a table's pages to read in order to find where its ranges begin."""
    pages = max(1, table_bytes // PAGE_BYTES)
    return min(100.0, 100.0 * SAMPLED_PAGES_A_RANGE * ranges / pages)


def lies_in_order(cut: Cut, ranges: int) -> bool:
    """Tell whether ranges can be read without reading most pages again for each of them."""
    return cut.scatter <= 1 + (ranges - 1) / 4


def ranges_between(boundaries: Sequence[Key]) -> list[KeyRange]:
    """Return the ranges between these sorted keys; one more than there are keys."""
    lows: list[Key] = [(), *boundaries]
    highs: list[Key] = [*boundaries, ()]
    return [KeyRange(low, high) for low, high in zip(lows, highs)]


def slices_of(wanted: int) -> list[Part]:
    """Return the parts of a table whose key has no order that both sides share: about as many as wanted, but few."""
    slices = min(MOST_SLICES, 1 << (wanted - 1).bit_length())
    return [HashSlice(number, slices) for number in range(slices)] if slices > 1 else [ALL_KEYS]


def sampled(ranges: int, percent: float, seed: int) -> list[int]:
    """Return the numbers of ``percent`` of the ranges, evenly spread from a start that ``seed`` gives."""
    number = max(1, round(ranges * percent / 100))
    first = seed % ranges
    return sorted({(first + step * ranges // number) % ranges for step in range(number)})
