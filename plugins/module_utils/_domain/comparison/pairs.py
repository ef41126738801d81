# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is compared with what: pairs of tables, their common columns and their key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ..capabilities import Capability
from ..errors import MigrationError
from ..relations import ORDINARY, Column, Table, TableName, parse_table_name
from ..sides import Side
from ..versions import NEWEST
from .forms import Form, Ordering, form_of, names_its_row, ordering_of
from .mapping import EVERYTHING_PUBLISHED, Published


@dataclass(frozen=True)
class ComparedColumn:
    """A column that both sides have: ``name`` on the reference, ``other_name`` on the other side.

    ``ordering``: the order of its values if every server sorts them alike, else ``None``. ``writable``: no side
    generates it.
    """

    name: str
    form: Form
    other_name: str
    ordering: Ordering | None = None
    writable: bool = True


@dataclass(frozen=True)
class Comparison:
    """One table on both sides.

    ``key`` identifies a row on the reference; without one (``()``) a row is identified by all its values.
    ``scanned_alone``: sides where the table is an ordinary one, whose child tables are compared separately.
    ``ignored``: columns that only one side has, by side. ``condition``: which rows are replicated; ``None`` means all.
    ``hashes_records``: both servers hash whole rows; otherwise the rows' texts are hashed.
    """

    reference: Side
    table: TableName
    other_table: TableName
    columns: tuple[ComparedColumn, ...]
    key: tuple[ComparedColumn, ...]
    scanned_alone: frozenset[Side]
    ignored: Mapping[Side, tuple[str, ...]]
    condition: str | None
    hashes_records: bool

    @classmethod
    def of(
        cls,
        reference: Side,
        mine: Table,
        theirs: Table,
        renamed: Mapping[str, str] | None = None,
        published: Published = EVERYTHING_PUBLISHED,
        major: int = NEWEST,
    ) -> Comparison:
        """Return how ``mine``, on the ``reference``, is compared with ``theirs``.

        :param renamed: the other side's names of columns, by the reference's, where they differ
        :param published: what the link publishes
        :param major: of the older server
        """
        floats_print_alike = Capability.SHORTEST_FLOATS.of(major)
        common = _common(mine, theirs, renamed or {}, published.columns, floats_print_alike=floats_print_alike)
        tables = {reference: mine, reference.other: theirs}
        used = {reference: set(common), reference.other: {column.other_name for column in common.values()}}
        return cls(
            reference=reference,
            table=mine.name,
            other_table=theirs.name,
            columns=tuple(common.values()),
            key=tuple(common[name] for name in _key(mine, common)),
            scanned_alone=frozenset(side for side, table in tables.items() if table.kind == ORDINARY),
            ignored={side: _only(table.columns, used[side]) for side, table in tables.items()},
            condition=published.condition,
            hashes_records=Capability.HASHED_RECORDS.of(major),
        )

    def table_on(self, side: Side) -> TableName:
        """Return the table's name on ``side``."""
        return self.table if side is self.reference else self.other_table

    def column_on(self, side: Side, column: ComparedColumn) -> str:
        """Return a column's name on ``side``."""
        return column.name if side is self.reference else column.other_name

    @property
    def structure(self) -> tuple[object, ...]:
        """Return everything that decides what is compared; it prints the same in every process (no sets)."""
        scanned_alone = sorted(str(side) for side in self.scanned_alone)
        whole = () if self.hashes_records else ("texts",)
        return (self.table, self.other_table, self.columns, self.key, scanned_alone, self.condition, *whole)

    @property
    def ranged_key(self) -> tuple[ComparedColumn, ...]:
        """Return the leading columns of the key that both sides sort alike: ranges are cut by them."""
        return tuple(takewhile(lambda column: column.ordering is not None, self.key))


def _common(
    mine: Table,
    theirs: Table,
    renamed: Mapping[str, str],
    published: frozenset[str] | None,
    *,
    floats_print_alike: bool,
) -> dict[str, ComparedColumn]:
    there = {column.name: column for column in theirs.columns}
    common = {}
    for column in mine.columns:
        other = there.get(renamed.get(column.name, column.name))
        if other is not None and (published is None or column.name in published):
            common[column.name] = ComparedColumn(
                column.name,
                form_of(column.type, other.type, floats_print_alike=floats_print_alike),
                other.name,
                ordering_of(column.type, other.type),
                not (column.generated or other.generated),
            )
    return common


def _key(table: Table, common: Mapping[str, ComparedColumn]) -> tuple[str, ...]:
    identity = tuple(column.name for column in sorted(table.columns, key=lambda column: column.key) if column.key)
    for candidate in (table.key, identity):
        if candidate and all(name in common and names_its_row(common[name].form) for name in candidate):
            return candidate
    return ()


def _only(columns: Sequence[Column], used: Collection[str]) -> tuple[str, ...]:
    return tuple(column.name for column in columns if column.name not in used)


def chosen(reference: Iterable[Table], wanted: Sequence[str], excluded: Sequence[str]) -> list[Table]:
    """Return the tables to compare: those ``wanted``, or all roots and ordinary tables if none is named.

    :raises MigrationError: BG020 for an invalid table name, BG406 for a table that the reference lacks
    """
    roots = {table.name: table for table in reference if table.is_root}
    left_out = {parse_table_name(text) for text in excluded}
    names = [parse_table_name(text) for text in wanted] or list(roots)
    unknown = [str(name) for name in names if name not in roots]
    if unknown:
        raise MigrationError(
            "BG406",
            f"There is no table {', '.join(unknown)} on the reference side, or it is a partition",
            "Nothing was compared",
            "Correct the parameter tables; for a partitioned table, name its root",
        )
    return [roots[name] for name in dict.fromkeys(names) if name not in left_out]
