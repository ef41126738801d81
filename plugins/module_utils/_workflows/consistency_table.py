# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table on both sides: from the hashes of its buckets down to the rows that look different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency import Comparison
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_buckets import (
    PARTS,
    Bucket,
    Key,
    Selection,
    differing,
    finer,
    portions,
    suspects,
    worth_splitting,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_report import TableFindings
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.consistency import reader_of

from .consistency_pair import Pair

_MOST_ROWS_SORTED = 1_000_000  # what one cursor may hold on a server
_MOST_BUCKETS_READ = 1 << 15  # what a query may return to our memory


class ComparedTable:
    """A table with a reader for each side, and what has been found."""

    def __init__(self, pair: Pair, comparison: Comparison, findings: TableFindings) -> None:
        self._pair = pair
        self.comparison = comparison
        self.findings = findings
        self.reference = reader_of(pair.reference, comparison, pair.deadline)
        self.other = reader_of(pair.other, comparison, pair.deadline)
        self._readers = {pair.reference.side: self.reference, pair.other.side: self.other}

    def suspects(self, mask: int) -> Iterator[Key]:
        """Return the keys whose rows were not the same on both sides, each in its moment."""
        mine, theirs = self._buckets(mask, None)
        self.findings.rows = {
            self._pair.reference.side: sum(bucket.rows for bucket in mine.values()),
            self._pair.other.side: sum(bucket.rows for bucket in theirs.values()),
        }
        yield from self._suspects_in(mask, differing(mine, theirs))
        self.findings.hashed_completely()

    def _suspects_in(self, mask: int, buckets: Mapping[int, int]) -> Iterator[Key]:
        if worth_splitting(mask, buckets):
            parts = {number: min(rows, PARTS) for number, rows in buckets.items()}
            for portion in portions(mask, parts, _MOST_BUCKETS_READ):
                yield from self._suspects_in(finer(mask), differing(*self._buckets(finer(mask), portion)))
        else:
            for portion in portions(mask, buckets, _MOST_ROWS_SORTED):
                self._open_rows(portion)
                yield from suspects(self.reference.rows(), self.other.rows())

    def _buckets(self, mask: int, of: Selection | None) -> tuple[dict[int, Bucket], dict[int, Bucket]]:
        return self._pair.both(lambda session: self._readers[session.side].buckets(mask, of))

    def _open_rows(self, of: Selection) -> None:
        self._pair.both(lambda session: self._readers[session.side].open_rows(of))
