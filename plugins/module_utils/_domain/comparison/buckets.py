# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing hashes of buckets and rows: which rows to read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

Key = tuple[str, ...]  # the key's columns as text, or the row's hash where there is no key


PARTS = 32  # of a bucket that is split
_WORTH_SPLITTING_ROWS = 20_000
_WORTH_SPLITTING_ROWS_A_BUCKET = 2 * PARTS
_MOST_SPLIT = 4096  # every few thousand parts cost another pass over the table
_MOST_BITS = 36  # of a mask


class Bucket(NamedTuple):
    """The rows of one bucket: their number, and the sum of their hashes, which does not depend on their order."""

    rows: int
    hash_sum: int


@dataclass(frozen=True)
class Selection:
    """Some buckets: those whose rows' places have one of these numbers under ``mask``."""

    mask: int
    numbers: tuple[int, ...]


class HashedRow(NamedTuple):
    """A row: ``place`` is its key's hash, by which both servers sort alike.

    Without a key it stands for all equal rows together, and ``hash`` is their number.
    """

    place: int
    hash: int
    key: Key


def mask_for(buckets: int) -> int:
    """Return the mask that finds a row's bucket among at least that many; it is a power of two, less one."""
    return (1 << max(0, buckets - 1).bit_length()) - 1


def finer(mask: int) -> int:
    """Return the mask that splits each bucket into :data:`PARTS`."""
    return (mask + 1) * PARTS - 1


def worth_splitting(mask: int, buckets: Mapping[int, int]) -> bool:
    """Tell whether hashing the parts of these buckets, given with their rows, is cheaper than reading their rows."""
    rows = sum(buckets.values())
    crowded = rows > _WORTH_SPLITTING_ROWS and rows > _WORTH_SPLITTING_ROWS_A_BUCKET * len(buckets)
    return crowded and len(buckets) <= _MOST_SPLIT and finer(mask).bit_length() <= _MOST_BITS


def differing(reference: Mapping[int, Bucket], other: Mapping[int, Bucket]) -> dict[int, int]:
    """Return the buckets that differ, each with the greater of its two numbers of rows."""
    pairs = {number: (reference.get(number), other.get(number)) for number in reference.keys() | other.keys()}
    return {
        number: max(one.rows for one in (mine, theirs) if one)
        for number, (mine, theirs) in pairs.items()
        if mine != theirs
    }


def portions(mask: int, buckets: Mapping[int, int], most_rows: int) -> Iterator[Selection]:
    """Split buckets, given with their rows, into selections that hold at most ``most_rows``, or one bucket."""
    portion: list[int] = []
    rows = 0
    for number in sorted(buckets):
        if rows and rows + buckets[number] > most_rows:
            yield Selection(mask, tuple(portion))
            portion, rows = [], 0
        portion.append(number)
        rows += buckets[number]
    if portion:
        yield Selection(mask, tuple(portion))


def suspects(reference: Iterable[HashedRow], other: Iterable[HashedRow]) -> Iterator[Key]:
    """Return each key, once, whose rows are not the same on both sides; both come sorted by place."""
    my_rows, their_rows = iter(reference), iter(other)
    mine, theirs = next(my_rows, None), next(their_rows, None)
    while mine or theirs:
        if mine == theirs:
            mine, theirs = next(my_rows, None), next(their_rows, None)
            continue
        place = min(row.place for row in (mine, theirs) if row)
        unpaired: Counter[tuple[int, Key]] = Counter()
        while mine and mine.place == place:
            unpaired[mine.hash, mine.key] += 1
            mine = next(my_rows, None)
        while theirs and theirs.place == place:
            unpaired[theirs.hash, theirs.key] -= 1
            theirs = next(their_rows, None)
        yield from dict.fromkeys(key for (_hash, key), number in unpaired.items() if number)
