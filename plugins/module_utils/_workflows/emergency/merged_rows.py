# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that green's transactions changed, read on both sides by their keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..._domain.comparison.buckets import Key
from ..._domain.comparison.mapping import EVERYTHING_PUBLISHED
from ..._domain.comparison.pairs import Comparison
from ..._domain.emergency.changes import Change, Taken, touched_keys
from ..._domain.emergency.merge import Row
from ..._domain.names import SCHEMA
from ..._domain.relations import TableName
from ..._postgres.catalog import read_tables
from ..._postgres.comparison.rows import ReaderLimits, reader_of
from ..comparison.pair import Pair
from ..comparison.requirements import require_visible_rows

_AT_ONCE = 1000
_STATEMENT_SECONDS = 300.0


class MergedRows:
    """Reads rows with what becomes of each; ``refused`` says which tables cannot be read by key, and why."""

    def __init__(self, pair: Pair, opened: int, excluded: Collection[TableName]) -> None:
        self._pair = pair
        self._opened = opened
        self._excluded = excluded
        mine, theirs = pair.both(read_tables)
        self._green = {table.name: table for table in mine}
        self._blue = {table.name: table for table in theirs}
        self.refused: dict[TableName, str] = {}

    def read(self, taken: Taken) -> Iterator[Row]:
        """Yield a row for each key that was changed."""
        for table in sorted(map(self._root, taken.emptied)):
            if self._concerns_us(table):
                self.refused[table] = "green emptied it by TRUNCATE"
        for table, changes in sorted(self._by_root(taken.changes).items()):
            yield from self._rows(table, changes)

    def _root(self, table: TableName) -> TableName:
        return self._green[table].root if table in self._green else table

    def _concerns_us(self, table: TableName) -> bool:
        return table.schema != SCHEMA and table not in self._excluded

    def _by_root(self, changes: Sequence[Change]) -> dict[TableName, list[Change]]:
        groups: dict[TableName, list[Change]] = {}
        for change in changes:
            root = self._root(change.table)
            if self._concerns_us(root):
                groups.setdefault(root, []).append(change)
        return groups

    def _rows(self, table: TableName, changes: Sequence[Change]) -> Iterator[Row]:
        mine, theirs = self._green.get(table), self._blue.get(table)
        if mine is None or theirs is None:
            self.refused[table] = "it is not there on both sides under this name"
            return
        comparison = Comparison.of(
            self._pair.reference.side, mine, theirs, None, EVERYTHING_PUBLISHED, self._pair.older
        )
        if not mine.key or tuple(column.name for column in comparison.key) != mine.key:
            self.refused[table] = "it has no primary key that both sides read alike"
            return
        there = touched_keys(changes, mine.key)
        if there is None:
            self.refused[table] = "green's changes do not tell its primary key"
            return
        require_visible_rows(self._pair, {table}, {table})
        yield from self._read(comparison, there)

    def _read(self, comparison: Comparison, there: dict[Key, bool]) -> Iterator[Row]:
        limits = ReaderLimits(_STATEMENT_SECONDS, {column.name for column in comparison.columns})
        green, blue = (
            reader_of(session, comparison, self._pair.deadline, limits)
            for session in (self._pair.reference, self._pair.other)
        )
        keys = list(there)
        for begin in range(0, len(keys), _AT_ONCE):
            part = keys[begin : begin + _AT_ONCE]
            on_green, on_blue = green.read(part, with_columns=True), blue.read(part, with_columns=True)
            for key in part:
                yield Row.of(
                    comparison, key,
                    was_there=there[key], green=on_green[key], blue=on_blue[key], opened=self._opened,
                )  # fmt: skip
