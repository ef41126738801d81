# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is compared with what: tables in pairs, their common columns and key, and the form that makes values equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from .errors import MigrationError
from .relations import ORDINARY, Column, Table, TableName, parse_table_name
from .sides import Side


class Conversion(Enum):
    """What is done to a value first, where the two sides store it in different types."""

    NONE = "none"
    TO_TEXT = "text"
    TO_BIGINT = "bigint"
    TO_JSONB = "jsonb"
    WITHOUT_SCALE = "numeric without trailing zeros"


class Hashing(Enum):
    """How a value enters the hash of its row without any difference getting lost.

    PostgreSQL's hash of a type takes for equal what the type takes for equal (1.0 and 1.00), and folds 64-bit values
    to 32 bits. So it is used where it is exact, on the value's bytes where they are, and on its text elsewhere.
    """

    EXACT = "hash of the type"
    INTEGER_BYTES = "bytes of a bigint"
    TIMESTAMP_BYTES = "bytes of a timestamp without time zone"
    TIMESTAMPTZ_BYTES = "bytes of a timestamp with time zone"
    TIME_BYTES = "bytes of a time without time zone"
    CHARACTERS = "characters, whatever the collation"
    OUTPUT = "text as the type prints it"


@dataclass(frozen=True)
class Form:
    """The form in which both sides' values of a column are compared."""

    conversion: Conversion
    hashing: Hashing


_SMALL_INTEGERS = frozenset({"smallint", "integer"})
_INTEGERS = _SMALL_INTEGERS | {"bigint"}
_NUMBERS = _INTEGERS | {"numeric"}
_CHARACTERS = frozenset({"text", "character varying"})
_EXACT = frozenset({"boolean", "date", "uuid", "bytea"})
_BYTES = {
    "timestamp without time zone": Hashing.TIMESTAMP_BYTES,
    "timestamp with time zone": Hashing.TIMESTAMPTZ_BYTES,
    "time without time zone": Hashing.TIME_BYTES,
}


def form_of(one_type: str, other_type: str) -> Form:
    """Return how values of these two types (format_type's words) are compared; equal values are equal in it."""
    bases = {_base(one_type), _base(other_type)}
    base = next(iter(bases))
    if bases <= _SMALL_INTEGERS or (len(bases) == 1 and base in _EXACT):
        return Form(Conversion.NONE, Hashing.EXACT)
    if bases <= _INTEGERS:
        return Form(Conversion.TO_BIGINT, Hashing.INTEGER_BYTES)
    if bases <= _CHARACTERS:
        return Form(Conversion.NONE, Hashing.CHARACTERS)
    if bases == {"character"}:  # its hash, as its equality, leaves out the padding; its text does not
        return Form(Conversion.NONE if one_type == other_type else Conversion.TO_TEXT, Hashing.CHARACTERS)
    if len(bases) == 1 and base in _BYTES:
        return Form(Conversion.NONE, _BYTES[base])
    return Form(_conversion(bases, one_type == other_type), Hashing.OUTPUT)


def _conversion(bases: set[str], same: bool) -> Conversion:
    if bases == {"json", "jsonb"}:
        return Conversion.TO_JSONB
    if bases <= _NUMBERS and not same:
        return Conversion.WITHOUT_SCALE
    return Conversion.NONE


def _base(type_name: str) -> str:
    return re.sub(r"\(\d+(,-?\d+)?\)", "", type_name)


@dataclass(frozen=True)
class ComparedColumn:
    """A column that both sides have."""

    name: str
    form: Form


@dataclass(frozen=True)
class Comparison:
    """One table on both sides.

    ``key`` identifies a row on the reference; without one (``()``) a row is identified by all that is in it.
    ``scanned_alone``: sides where the table is an ordinary one, whose inheriting tables are compared for themselves.
    ``ignored``: columns that only one side has, by side.
    """

    table: TableName
    columns: tuple[ComparedColumn, ...]
    key: tuple[ComparedColumn, ...]
    scanned_alone: frozenset[Side]
    ignored: Mapping[Side, tuple[str, ...]]

    @classmethod
    def of(cls, reference: Side, mine: Table, theirs: Table) -> Comparison:
        """Return how ``mine``, on the ``reference``, is compared with ``theirs``."""
        types = {column.name: column.type for column in theirs.columns}
        common = {
            column.name: ComparedColumn(column.name, form_of(column.type, types[column.name]))
            for column in mine.columns
            if column.name in types
        }
        tables = {reference: mine, reference.other: theirs}
        return cls(
            table=mine.name,
            columns=tuple(common.values()),
            key=tuple(common[name] for name in _key(mine, common)),
            scanned_alone=frozenset(side for side, table in tables.items() if table.kind == ORDINARY),
            ignored={side: _only(table.columns, common) for side, table in tables.items()},
        )


def _key(table: Table, common: Mapping[str, ComparedColumn]) -> tuple[str, ...]:
    identity = tuple(column.name for column in sorted(table.columns, key=lambda column: column.key) if column.key)
    for candidate in (table.key, identity):
        if candidate and all(name in common for name in candidate):
            return candidate
    return ()


def _only(columns: Sequence[Column], common: Mapping[str, ComparedColumn]) -> tuple[str, ...]:
    return tuple(column.name for column in columns if column.name not in common)


def chosen(reference: Iterable[Table], wanted: Sequence[str], excluded: Sequence[str]) -> list[Table]:
    """Return the tables to compare: those ``wanted``, all roots and ordinary ones where none is named.

    :raises MigrationError: BG020 for what is no table name, BG406 for a table that the reference has not
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
            "Correct the parameter tables; of a partitioned table, name the root",
        )
    return [roots[name] for name in dict.fromkeys(names) if name not in left_out]
