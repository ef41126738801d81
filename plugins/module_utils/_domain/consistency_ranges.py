# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of keys: what one statement hashes, so that no snapshot is older than one of them takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .consistency_buckets import Key

MOST_RANGES = 20_000
# Of the pages of a range; few, because they are read twice.
SAMPLED_PAGES_A_RANGE = 8
PAGE_BYTES = 8192


class KeyRange(NamedTuple):
    """The rows whose key is at least ``low`` and below ``high``; an empty one is no limit."""

    low: Key = ()
    high: Key = ()


ALL_KEYS = KeyRange()


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


def sampled(ranges: int, percent: float, seed: int) -> list[int]:
    """Return the numbers of ranges that make up ``percent`` of them, evenly spread from a place that ``seed`` gives."""
    number = max(1, round(ranges * percent / 100))
    first = seed % ranges
    return sorted({(first + step * ranges // number) % ranges for step in range(number)})
