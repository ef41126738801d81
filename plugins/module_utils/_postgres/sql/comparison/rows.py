# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashing tables range by range and bucket by bucket, and reading single rows again.

The driver fills in {table}, the {condition} of its rows that are replicated, and, for the compared column number n, its
name {cn}; for the key's column number n also the schema and name of its type {bn}, of the type {tn} of what it is
compared with, and the schema {on} of the type's ``=``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...._domain.comparison.forms import Conversion, Form, Hashing, Ordering
from ...._domain.comparison.pairs import ComparedColumn, Comparison
from ...._domain.comparison.ranges import HashSlice, Part, is_between_keys
from ...._domain.sides import Side

FETCH = "FETCH FORWARD %(rows)s FROM bluegreen_rows"
CLOSE = "CLOSE bluegreen_rows"
# Always true. It sleeps a millisecond, the shortest possible, after random rows, since all rows may be alike.
_RESTED = """CASE WHEN pg_catalog.random() < %(rest)s THEN pg_catalog.pg_sleep(0.0001) IS NOT NULL ELSE true END"""
_LONGEST_VALUE = 200  # characters of a value that a result shows
_CONVERTED = {
    Conversion.NONE: "{value}",
    Conversion.TO_TEXT: "{value}::pg_catalog.text",
    Conversion.TO_BIGINT: "{value}::pg_catalog.int8",
    Conversion.TO_JSONB: "{value}::pg_catalog.jsonb",
    Conversion.WITHOUT_SCALE: "pg_catalog.trim_scale({value}::pg_catalog.numeric)",
}
_HASHABLE = {
    Hashing.EXACT: "{value}",
    Hashing.INTEGER_BYTES: "pg_catalog.int8send({value})",
    Hashing.TIMESTAMP_BYTES: "pg_catalog.timestamp_send({value})",
    Hashing.TIMESTAMPTZ_BYTES: "pg_catalog.timestamptz_send({value})",
    Hashing.TIME_BYTES: "pg_catalog.time_send({value})",
    # There are many NaN, which all mean the same and print alike.
    Hashing.REAL_BYTES: "pg_catalog.float4send(CASE WHEN {value} = 'NaN' THEN 'NaN' ELSE {value} END)",
    Hashing.FLOAT_BYTES: "pg_catalog.float8send(CASE WHEN {value} = 'NaN' THEN 'NaN' ELSE {value} END)",
    Hashing.CHARACTERS: '{value} COLLATE pg_catalog."C"',
}
# Types whose bytes can be read without detoasting.
_OF_FIXED_SIZE = frozenset(
    {Hashing.INTEGER_BYTES, Hashing.TIMESTAMP_BYTES, Hashing.TIMESTAMPTZ_BYTES, Hashing.TIME_BYTES}
)
_RECORD = "pg_catalog.hash_record_extended({row}, {seed})"
_TEXT = 'pg_catalog.hashtextextended({row}::pg_catalog.text COLLATE pg_catalog."C", {seed})'
_BOUNDARY = {
    Ordering.INTEGER: "pg_catalog.int8",
    Ordering.NUMERIC: "pg_catalog.numeric",
    Ordering.DATE: "pg_catalog.date",
    Ordering.TIMESTAMP: "pg_catalog.timestamp",
    Ordering.TIMESTAMPTZ: "pg_catalog.timestamptz",
    Ordering.UUID: "pg_catalog.uuid",
}


class _Statements:
    """What the statements for one table on one side have in common."""

    def __init__(self, comparison: Comparison, side: Side) -> None:
        self._only = "ONLY " if side in comparison.scanned_alone else ""
        self._relation = f"{self._only}{{table}} AS t"
        if comparison.condition is not None:
            self._relation = f"(SELECT t.xmin, t.* FROM {self._only}{{table}} AS t WHERE ({{condition}})) AS t"
        self._values = [_converted(number, column.form) for number, column in enumerate(comparison.columns)]
        self._columns = comparison.columns
        self._forms = [column.form for column in comparison.columns]
        self._of_rows = _RECORD if comparison.hashes_records else _TEXT
        self._raw_hash = self._hash(list(zip(self._values, self._forms)), 0)

    def _hash(self, values: Sequence[tuple[str, Form]], seed: int) -> str:
        own = [_HASHABLE[form.hashing].format(value=value) for value, form in values if form.hashing in _HASHABLE]
        printed = [value for value, form in values if form.hashing is Hashing.OUTPUT]
        texts = [f'ROW({", ".join(printed)})::pg_catalog.text COLLATE pg_catalog."C"'] if printed else []
        return self._of_rows.format(row=f"ROW({', '.join(own + texts)})", seed=seed)

    @property
    def count(self) -> str:
        """The number of rows."""
        return f"SELECT pg_catalog.count(*) AS rows FROM {self._relation}"

    def _shown(self, show: Collection[str]) -> str:
        """Return a list of the columns' texts, NULL for those that are not to be shown."""
        texts = (
            _beginning(value) if column.name in show else "NULL" for value, column in zip(self._values, self._columns)
        )
        return f"ARRAY[{', '.join(texts)}]::pg_catalog.text[]" if show else "NULL::pg_catalog.text[]"


class StatementsByKey(_Statements):
    """The statements for a table whose rows are identified by a key."""

    def __init__(self, comparison: Comparison, side: Side) -> None:
        super().__init__(comparison, side)
        numbers = {column.name: number for number, column in enumerate(comparison.columns)}
        self._key = [numbers[column.name] for column in comparison.key]
        self._ranged = [(numbers[column.name], column) for column in comparison.ranged_key]
        self._place = self._hash([(self._values[number], self._forms[number]) for number in self._key], 1)
        # concat() prints with the type's output function, where a cast to text may not.
        self._texts = [f"pg_catalog.concat({self._values[number]})" for number in self._key]

    @property
    def sample(self) -> str:
        """Where ranges begin, and over how many ranges a page's rows are spread; arguments: percent, ranges."""
        keys = ", ".join(f"t.{{c{number}}} AS k{n}" for n, (number, _column) in enumerate(self._ranged))
        names = ", ".join(f"k{n}" for n in range(len(self._ranged)))
        texts = ", ".join(f"pg_catalog.concat(k{n})" for n in range(len(self._ranged)))
        return f"""
WITH s AS MATERIALIZED (
    SELECT t.tableoid AS part, (t.ctid::pg_catalog.text::pg_catalog.point)[0] AS block, {keys}
    FROM {self._only}{{table}} AS t TABLESAMPLE SYSTEM (%(percent)s)),
n AS MATERIALIZED (SELECT s.*, pg_catalog.ntile(%(ranges)s) OVER (ORDER BY {names}) AS number FROM s)
SELECT COALESCE((SELECT pg_catalog.avg(p.numbers)::pg_catalog.float8
                 FROM (SELECT pg_catalog.count(DISTINCT n.number) AS numbers FROM n GROUP BY n.part, n.block) AS p), 0)
           AS scatter,
       (SELECT pg_catalog.jsonb_agg(b.key ORDER BY b.number)
        FROM (SELECT DISTINCT ON (number) number, ARRAY[{texts}] AS key FROM n ORDER BY number, {names}) AS b
        WHERE b.number > 1) AS boundaries
"""

    def buckets(self, some: bool, of: Part, rests: bool) -> str:
        """Rows and the sum of their hashes by bucket; arguments: mask, the part's, and within and numbers for some
        buckets.

        With ``rests`` it sleeps for a millisecond after a share of the rows, the additional argument rest. A key range
        that is not known to differ yet is one bucket, so its rows need no place.
        """
        if not some and is_between_keys(of):
            rows = f"(SELECT {self._raw_hash} AS raw FROM {self._relation} {_where(self._within(of))} OFFSET 0) AS h"
            return _buckets("0::pg_catalog.int8", rows, [], rests)
        chosen = [_selected(self._place)] if some else []
        return _buckets(
            "h.place",
            f"(SELECT {self._place} AS place, {self._raw_hash} AS raw FROM {self._relation}"
            f" {_where(chosen + self._within(of))} OFFSET 0) AS h",
            [],
            rests,
        )

    def open_rows(self, of: Part) -> str:
        """A cursor over the rows of some buckets, sorted by place; it holds no snapshot. Arguments: within, numbers."""
        return f"""
DECLARE bluegreen_rows NO SCROLL CURSOR WITH HOLD FOR
SELECT {self._place} AS place, {_mixed(self._raw_hash)} AS hash, ARRAY[{", ".join(self._texts)}] AS key
FROM {self._relation}
{_where([_selected(self._place), *self._within(of)])}
ORDER BY 1
"""

    def read(self, with_columns: bool, show: Collection[str], by_text: bool) -> str:
        """The rows of some keys; arguments: k0, k1, … (a list of texts for each of the key's columns).

        :param by_text: compare nothing but texts; no index helps then, but they need not be values of the key's type
        """
        key = range(len(self._key))
        # In FROM, unnest() would take composite values apart.
        lists = [f"pg_catalog.unnest(%(k{n})s::pg_catalog.text[]) AS text{n}" for n in key]
        if not by_text:
            lists += [f"pg_catalog.unnest(%(k{n})s::{{t{n}}}[]) AS k{n}" for n in key]
        conditions = [f'{self._texts[n]} COLLATE pg_catalog."C" = w.text{n}' for n in key]
        if not by_text:
            conditions += [
                f"CAST(t.{{c{number}}} AS {{b{n}}}) OPERATOR({{o{n}}}.=) w.k{n}" for n, number in enumerate(self._key)
            ]
        same = " AND ".join(conditions)
        columns = [self._hash([pair], 0) for pair in zip(self._values, self._forms)] if with_columns else []
        return f"""
SELECT w.place, {_mixed(self._raw_hash)} AS hash, t.xmin::text::int8 AS xmin,
       ARRAY[{", ".join(columns)}]::pg_catalog.int8[] AS columns, {self._shown(show if with_columns else ())} AS shown
FROM (SELECT {", ".join(lists)}, pg_catalog.generate_subscripts(%(k0)s::pg_catalog.text[], 1) AS place) AS w
JOIN {self._relation} ON {same}
"""

    def _within(self, of: Part) -> list[str]:
        if isinstance(of, HashSlice):
            return [_sliced(self._place)]
        columns = ", ".join(f"t.{{c{number}}}" for number, _column in self._ranged)
        limits = ((">=", "low", of.low), ("<", "high", of.high))
        return [f"ROW({columns}) {operator} ROW({self._boundary(name)})" for operator, name, at in limits if at]

    def _boundary(self, name: str) -> str:
        return ", ".join(f"%({name}{n})s::{_type_of(column)}" for n, (_number, column) in enumerate(self._ranged))


class StatementsByHash(_Statements):
    """The statements for a table without a key, whose rows are identified by all their values."""

    def __init__(self, comparison: Comparison, side: Side) -> None:
        super().__init__(comparison, side)
        fixed = [pair for pair in zip(self._values, self._forms) if pair[1].hashing in _OF_FIXED_SIZE]
        # Equal rows are equal in every column: a few columns that are cheap to hash decide the slice.
        self._place = self._hash(fixed or list(zip(self._values, self._forms)), 2)

    def _hashed(self, of: Part) -> str:
        chosen = _where([_sliced(self._place)] if isinstance(of, HashSlice) else [])
        return f"(SELECT {self._raw_hash} AS raw FROM {self._relation} {chosen} OFFSET 0) AS h"

    def buckets(self, some: bool, of: Part, rests: bool) -> str:
        """Rows and the sum of their hashes by bucket; arguments as of :meth:`StatementsByKey.buckets`."""
        chosen = [_selected(_mixed("h.raw"))] if some else []
        return _buckets(_mixed("h.raw"), self._hashed(of), chosen, rests)

    def open_rows(self, of: Part) -> str:
        """A cursor over the distinct rows of some buckets, with their numbers; arguments: within, numbers."""
        return f"""
DECLARE bluegreen_rows NO SCROLL CURSOR WITH HOLD FOR
SELECT {_mixed("h.raw")} AS place, pg_catalog.count(*) AS hash, ARRAY[({_mixed("h.raw")})::pg_catalog.text] AS key
FROM {self._hashed(of)}
WHERE {_selected(_mixed("h.raw"))}
GROUP BY {_mixed("h.raw")}
ORDER BY 1
"""

    def read(self, show: Collection[str]) -> str:
        """How many rows of some hashes there are, by version; arguments: hashes."""
        return f"""
SELECT {_mixed("h.raw")} AS hash, h.xmin, pg_catalog.count(*) AS rows,
       (pg_catalog.array_agg(h.shown::pg_catalog.text))[1]::pg_catalog.text[] AS shown
FROM (SELECT {self._raw_hash} AS raw, t.xmin::text::int8 AS xmin, {self._shown(show)} AS shown
      FROM {self._relation} OFFSET 0) AS h
WHERE {_mixed("h.raw")} = ANY (%(hashes)s::int8[])
GROUP BY 1, 2
"""


def _where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _type_of(column: ComparedColumn) -> str:
    if column.ordering is None:
        raise ValueError(f"{column.name} has no order that both sides share")
    return _BOUNDARY[column.ordering]


def _beginning(value: str) -> str:
    text = f"pg_catalog.left(pg_catalog.concat({value}), {_LONGEST_VALUE})"
    return f"CASE WHEN {value} IS DISTINCT FROM NULL THEN {text} END"


def _converted(number: int, form: Form) -> str:
    return _CONVERTED[form.conversion].format(value=f"t.{{c{number}}}")


def _buckets(place: str, hashed: str, chosen: Sequence[str], rests: bool) -> str:
    # One row of three lists: a row for each bucket would cost the client five times the memory.
    conditions = [*chosen, _RESTED] if rests else chosen
    return f"""
SELECT pg_catalog.array_agg(b.number) AS numbers, pg_catalog.array_agg(b.rows) AS rows,
       pg_catalog.array_agg(b.hash_sum) AS hash_sums
FROM (SELECT {place} & %(mask)s AS number, pg_catalog.count(*) AS rows, pg_catalog.sum({_mixed("h.raw")}) AS hash_sum
      FROM {hashed} {_where(conditions)} GROUP BY 1) AS b
"""


def _selected(place: str) -> str:
    return f"{place} & %(within)s = ANY (%(numbers)s::int8[])"


def _sliced(place: str) -> str:
    # High bits, since the low bits decide the bucket.
    return f"({place} >> 56) & %(slices)s = %(slice)s"


def _mixed(raw: str) -> str:
    # A record's hash is a sum over its columns: values swapped between two rows would cancel out in a sum of such sums.
    # The parentheses are needed: an operator that follows may bind more tightly.
    return f"({raw} # pg_catalog.hashint8extended({raw}, 0))"
