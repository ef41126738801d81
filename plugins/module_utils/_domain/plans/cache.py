# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to read into the cache of the side that takes over, by what lies in the other one's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SLICES = 64
NOT_WARMED = "BG249"
# Links write as well, and clients need room.
_SHARE = 0.75


@dataclass(frozen=True, order=True)
class Relation:
    """A table or an index by its name; ``toast``: what is stored apart from that table."""

    schema: str
    name: str
    toast: bool


@dataclass(frozen=True)
class Held:
    """One of 64 slices of a relation in the buffers of the side in service: ``blocks`` of its ``pages`` are there.

    ``usage``: how often they were used lately, as PostgreSQL counts that.
    """

    relation: Relation
    slice: int
    blocks: int
    pages: int
    usage: float


@dataclass(frozen=True)
class Range:
    """Blocks of a relation on the side that takes over, both ends included."""

    relation: Relation
    first: int
    last: int

    @property
    def blocks(self) -> int:
        """Return how many they are."""
        return self.last - self.first + 1

    def as_result(self) -> list[Any]:
        """Return it JSON-ready."""
        return [self.relation.schema, self.relation.name, self.relation.toast, self.first, self.last]

    @classmethod
    def from_result(cls, values: Sequence[Any]) -> Range:
        """Read what :meth:`as_result` gives."""
        schema, name, toast, first, last = values
        return cls(Relation(schema, name, toast), first, last)


def most_blocks(buffers: int, block_size: int, limit: int | None) -> int:
    """Return how many blocks are read at most.

    :param buffers: of the side that takes over
    :param limit: bytes
    """
    room = int(buffers * _SHARE)
    return room if limit is None else min(room, limit // block_size)


def to_read(held: Iterable[Held], pages: Mapping[Relation, int], most: int) -> tuple[Range, ...]:
    """Return what to read, what is used most first.

    A slice is read where half of it is held. The sides store the same rows in another order of blocks, in which the
    same part of a relation is the best guess.

    :param pages: how many blocks each relation has on the side that takes over
    :param most: how many blocks are read at most
    """
    wanted: dict[Relation, list[Held]] = {}
    for one in held:
        if one.relation in pages and 2 * one.blocks * SLICES >= one.pages:
            wanted.setdefault(one.relation, []).append(one)
    left = most
    ranges: list[Range] = []
    for relation in sorted(wanted, key=lambda one: (-_usage(wanted[one]), one)):
        for merged in _merged(relation, sorted(part.slice for part in wanted[relation]), pages[relation]):
            if left <= 0:
                return tuple(ranges)
            ranges.append(Range(relation, merged.first, min(merged.last, merged.first + left - 1)))
            left -= ranges[-1].blocks
    return tuple(ranges)


def _usage(parts: Iterable[Held]) -> float:
    parts = list(parts)
    return sum(one.usage * one.blocks for one in parts) / sum(one.blocks for one in parts)


def _merged(relation: Relation, slices: Iterable[int], pages: int) -> list[Range]:
    found: list[Range] = []
    for number in slices:
        first, last = number * pages // SLICES, -(-(number + 1) * pages // SLICES) - 1
        if found and first <= found[-1].last + 1:
            first = found.pop().first
        if last >= first:
            found.append(Range(relation, first, last))
    return found


def in_chunks(ranges: Iterable[Range], blocks: int) -> tuple[Range, ...]:
    """Return the same blocks in ranges of that many at most."""
    return tuple(
        Range(one.relation, first, min(first + blocks - 1, one.last))
        for one in ranges
        for first in range(one.first, one.last + 1, blocks)
    )
