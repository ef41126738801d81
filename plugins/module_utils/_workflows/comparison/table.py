# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table on both sides: cut into parts, each hashed in buckets, down to the rows that look different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..._domain.comparison.buckets import (
    PARTS,
    Bucket,
    Key,
    Selection,
    differing,
    finer,
    mask_for,
    portions,
    suspects,
    worth_splitting,
)
from ..._domain.comparison.pace import WITHOUT_REST
from ..._domain.comparison.pairs import Comparison
from ..._domain.comparison.ranges import (
    ALL_KEYS,
    Cut,
    Part,
    is_between_keys,
    lies_in_order,
    ranges_between,
    sampled,
    sampled_percent,
    slices_of,
    wanted_ranges,
)
from ..._domain.comparison.report import TableFindings
from ..._domain.comparison.request import SAMPLE, Request
from ..._domain.sides import Side
from ..._postgres.comparison.rows import ReaderLimits, TableReader, reader_of
from ..._postgres.comparison.side import TableSize
from .pair import Pair

_MOST_ROWS_SORTED = 1_000_000  # rows that one cursor may hold on a server
_MOST_BUCKETS_READ = 1 << 15  # rows that a query may return to our memory
_SAMPLE_MASK = 127  # buckets for the sample of a table that is not cut into ranges


@dataclass(frozen=True)
class TableState:
    """How a table is cut, and which parts to compare; ``findings.ranges_done`` of them are done.

    ``boundaries``: keys between which ranges lie; without any, the table is cut into about ``slices`` by the rows'
    hashes.
    """

    boundaries: tuple[Key, ...] = ()
    slices: int = 1
    numbers: tuple[int, ...] = (0,)

    @property
    def parts(self) -> list[Part]:
        """Return all parts of the table."""
        return [*ranges_between(self.boundaries)] if self.boundaries else slices_of(self.slices)


class ComparedTable:
    """A table with a reader for each side, and the findings so far."""

    def __init__(
        self,
        pair: Pair,
        comparison: Comparison,
        findings: TableFindings,
        request: Request,
        sizes: Mapping[Side, TableSize],
    ) -> None:
        self._pair = pair
        self._request = request
        self._sizes = sizes
        self.comparison = comparison
        self.findings = findings
        self.shown = _shown(comparison, request)
        limits = ReaderLimits(request.range_timeout, self.shown)
        self.reference = reader_of(pair.reference, comparison, pair.deadline, limits)
        self.other = reader_of(pair.other, comparison, pair.deadline, limits)
        self.readers: dict[Side, TableReader] = {pair.reference.side: self.reference, pair.other.side: self.other}
        self.rest = WITHOUT_REST
        self.state = TableState()
        self._parts = self.state.parts

    def cut(self, seed: int) -> None:
        """Cut the table into ranges, or into slices where its rows are not in key order; ``seed`` decides which are
        sampled."""
        wanted = max(wanted_ranges(size.all, self._request.range_bytes) for size in self._sizes.values())
        state = TableState(self._boundaries(wanted), wanted)
        number = len(state.parts)
        sample = self._request.mode == SAMPLE
        numbers = sampled(number, self._request.sample_percent, seed) if sample else range(number)
        self.take_up(replace(state, numbers=tuple(numbers)))

    def take_up(self, state: TableState) -> None:
        """Use an earlier cut."""
        self.state = state
        self._parts = state.parts
        self.findings.ranges = len(self._parts)

    def _boundaries(self, ranges: int) -> tuple[Key, ...]:
        if ranges == 1 or not self.comparison.ranged_key:
            return ()
        cuts = self._pair.both(lambda session: self._cut_on(session.side, ranges))
        mine, theirs = cuts
        if mine is None or theirs is None or not all(lies_in_order(cut, ranges) for cut in (mine, theirs)):
            return ()
        return mine.boundaries

    def _cut_on(self, side: Side, ranges: int) -> Cut | None:
        return self.readers[side].cut(sampled_percent(self._sizes[side].main, ranges), ranges)

    @property
    def left(self) -> tuple[int, ...]:
        """Return the numbers of the ranges that are still to compare."""
        return self.state.numbers[self.findings.ranges_done :]

    @property
    def range_bytes(self) -> Mapping[Side, int]:
        """Return the approximate bytes of a range on each side."""
        return {side: size.all // len(self._parts) for side, size in self._sizes.items()}

    @property
    def known_size(self) -> tuple[int, int]:
        """Return how many of the reference's rows have been hashed, and about how many bytes they take up."""
        side = self.comparison.reference
        return self.findings.rows.get(side) or 0, self.findings.bytes.get(side, 0)

    def suspects(self, number: int) -> Iterator[Key]:
        """Return the keys in that range whose rows differed when each side was read."""
        within = self._parts[number]
        mask = 0 if is_between_keys(within) else mask_for(self._request.buckets)
        sample = self._sampled_buckets()
        mask = max(mask, finer(_SAMPLE_MASK)) if sample else mask
        mine, theirs = self._buckets(mask, within, sample)
        rows = {
            self._pair.reference.side: sum(bucket.rows for bucket in mine.values()),
            self._pair.other.side: sum(bucket.rows for bucket in theirs.values()),
        }
        yield from self._suspects_in(mask, within, differing(mine, theirs))
        self.findings.add_range(rows, self.range_bytes)

    def _sampled_buckets(self) -> Selection | None:
        if self._request.mode != SAMPLE or self._parts != [ALL_KEYS]:
            return None
        numbers = sampled(_SAMPLE_MASK + 1, self._request.sample_percent, 0)
        return Selection(_SAMPLE_MASK, tuple(numbers))

    def _suspects_in(self, mask: int, within: Part, buckets: Mapping[int, int]) -> Iterator[Key]:
        if worth_splitting(mask, buckets):
            parts = {number: min(rows, PARTS) for number, rows in buckets.items()}
            for portion in portions(mask, parts, _MOST_BUCKETS_READ):
                split = differing(*self._buckets(finer(mask), within, portion))
                yield from self._suspects_in(finer(mask), within, split)
        else:
            for portion in portions(mask, buckets, _MOST_ROWS_SORTED):
                self._open_rows(within, portion)
                yield from suspects(self.reference.rows(), self.other.rows())

    def _buckets(self, mask: int, within: Part, of: Selection | None) -> tuple[dict[int, Bucket], dict[int, Bucket]]:
        return self._pair.both(lambda session: self.readers[session.side].buckets(mask, within, of, self.rest))

    def _open_rows(self, within: Part, of: Selection) -> None:
        self._pair.both(lambda session: self.readers[session.side].open_rows(within, of))


def _shown(comparison: Comparison, request: Request) -> frozenset[str]:
    if not request.show_values:
        return frozenset()
    secret = request.secret_columns
    return frozenset(
        column.name for column in comparison.columns if column.name not in secret and column.other_name not in secret
    )
