# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashing tables bucket by bucket, and reading single rows again.

The driver fills in {table} and, for the compared column number n, its name {cn}; for the key's column number n also the
schema and name of its type {tn} and the schema {on} of its type's ``=``, because the search_path is empty.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency import (
    Comparison,
    Conversion,
    Form,
    Hashing,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

# Text must come out the same on both servers; what only reads shall not be able to write; and when we are killed, the
# server shall notice (where it can) and end a query that nobody waits for.
PIN_SETTINGS = """
SELECT pg_catalog.set_config(name, value, false)
FROM (VALUES ('TimeZone', 'UTC'), ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '3'),
             ('bytea_output', 'hex'), ('quote_all_identifiers', 'off'), ('lc_monetary', 'C'), ('search_path', ''),
             ('row_security', 'off'), ('default_transaction_read_only', 'on'), ('idle_session_timeout', '0'),
             ('cursor_tuple_fraction', '1'), ('jit', 'off'), ('client_connection_check_interval', '1s'))
     AS settings (name, value)
WHERE name <> 'client_connection_check_interval' OR pg_catalog.version() LIKE '%%linux%%'
"""
LIMIT = "SET statement_timeout = %(milliseconds)s"
ENCODING = "SELECT pg_catalog.current_setting('server_encoding') AS encoding"

HIDDEN_BY_ROW_SECURITY = """
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
"""
# The type as a cast spells it, and where the operator lives that compares it: citext's "=" is not in pg_catalog.
KEY_TYPES = """
SELECT a.attname AS name, tn.nspname AS type_schema, t.typname AS type_name,
       COALESCE((SELECT o.nspname FROM pg_catalog.pg_operator op
                 JOIN pg_catalog.pg_namespace o ON o.oid = op.oprnamespace
                 WHERE op.oprname = '=' AND op.oprleft = b.oid AND op.oprright = b.oid
                 LIMIT 1), 'pg_catalog') AS operator_schema
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = ANY (%(columns)s::name[])
"""

# An insert position right behind a page's header stands for the end of the page before: no record ends in a header.
WAL_END = """
SELECT (CASE WHEN p.place %% p.segment = 40 THEN p.lsn - 40 WHEN p.place %% p.page = 24 THEN p.lsn - 24
        ELSE p.lsn END)::text AS lsn
FROM (SELECT i.lsn, i.lsn - '0/0'::pg_lsn AS place, pg_catalog.current_setting('wal_block_size')::int8 AS page,
             pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) AS segment
      FROM pg_catalog.pg_current_wal_insert_lsn() AS i (lsn)) AS p
"""
SLOTS = """
SELECT slot_name::text AS name, active, COALESCE(confirmed_flush_lsn >= %(lsn)s::pg_lsn, false) AS passed
FROM pg_catalog.pg_replication_slots
WHERE database = pg_catalog.current_database() AND pg_catalog.starts_with(slot_name::text, %(prefix)s)
"""
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn() >= %(lsn)s::pg_lsn AS flushed"
# Changes nothing, but ends with a commit record that the WAL writer flushes soon, and all before it.
TAKE_TRANSACTION_ID = "SELECT pg_catalog.pg_current_xact_id()"
STILL_COPYING = """
SELECT DISTINCT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_subscription_rel r ON r.srsubid = s.oid
JOIN pg_catalog.pg_class c ON c.oid = r.srrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND pg_catalog.starts_with(s.subname::text, %(prefix)s) AND r.srsubstate <> 'r'
"""

FETCH = "FETCH FORWARD %(rows)s FROM bluegreen_rows"
CLOSE = "CLOSE bluegreen_rows"

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
    Hashing.CHARACTERS: '{value} COLLATE pg_catalog."C"',
}


class _Statements:
    """What the statements for one table on one side have in common."""

    def __init__(self, comparison: Comparison, side: Side) -> None:
        self._relation = f"{'ONLY ' if side in comparison.scanned_alone else ''}{{table}} AS t"
        self._values = [_converted(number, column.form) for number, column in enumerate(comparison.columns)]
        self._forms = [column.form for column in comparison.columns]
        self._raw_hash = _hash(list(zip(self._values, self._forms)), 0)


class StatementsByKey(_Statements):
    """The statements for a table whose rows are known by a key."""

    def __init__(self, comparison: Comparison, side: Side) -> None:
        super().__init__(comparison, side)
        numbers = {column.name: number for number, column in enumerate(comparison.columns)}
        self._key = [numbers[column.name] for column in comparison.key]
        self._place = _hash([(self._values[number], self._forms[number]) for number in self._key], 1)
        # concat() prints with the type's output function, where a cast to text may not.
        self._texts = [f"pg_catalog.concat({self._values[number]})" for number in self._key]

    def buckets(self, some: bool) -> str:
        """Rows and the sum of their hashes by bucket; arguments: mask, and for parts of some within and numbers."""
        chosen = f"WHERE {_selected(self._place)}" if some else ""
        hashed = (
            f"(SELECT {self._place} AS place, {self._raw_hash} AS raw FROM {self._relation} {chosen} OFFSET 0) AS h"
        )
        return _buckets("h.place", hashed)

    @property
    def open_rows(self) -> str:
        """A cursor over the rows of some buckets, sorted by place; it holds no snapshot. Arguments: within, numbers."""
        return f"""
DECLARE bluegreen_rows NO SCROLL CURSOR WITH HOLD FOR
SELECT {self._place} AS place, {_mixed(self._raw_hash)} AS hash, ARRAY[{", ".join(self._texts)}] AS key
FROM {self._relation}
WHERE {_selected(self._place)}
ORDER BY 1
"""

    def read(self, with_columns: bool) -> str:
        """The rows of some keys; arguments: k0, k1, … (a list of texts for each of the key's columns)."""
        key = range(len(self._key))
        lists = ", ".join(f"%(k{n})s::pg_catalog.text[]" for n in key)
        casts = ", ".join(f"CAST(u.k{n} AS {{t{n}}}) AS k{n}, u.k{n} AS text{n}" for n in key)
        same = " AND ".join(
            f"t.{{c{number}}} OPERATOR({{o{n}}}.=) w.k{n} AND {self._texts[n]} = w.text{n}"
            for n, number in enumerate(self._key)
        )
        columns = [_hash([pair], 0) for pair in zip(self._values, self._forms)] if with_columns else []
        return f"""
SELECT w.place::int4 AS place, {_mixed(self._raw_hash)} AS hash, t.xmin::text::int8 AS xmin,
       ARRAY[{", ".join(columns)}]::pg_catalog.int8[] AS columns
FROM (SELECT u.place, {casts}
      FROM unnest({lists}) WITH ORDINALITY AS u ({", ".join(f"k{n}" for n in key)}, place)) AS w
JOIN {self._relation} ON {same}
"""


class StatementsByHash(_Statements):
    """The statements for a table without a key, whose rows are known by all that is in them."""

    def __init__(self, comparison: Comparison, side: Side) -> None:
        super().__init__(comparison, side)
        self._hashed = f"(SELECT {self._raw_hash} AS raw FROM {self._relation} OFFSET 0) AS h"

    def buckets(self, some: bool) -> str:
        """Rows and the sum of their hashes by bucket; arguments: mask, and for parts of some within and numbers."""
        chosen = f"WHERE {_selected(_mixed('h.raw'))}" if some else ""
        return _buckets(_mixed("h.raw"), f"{self._hashed} {chosen}")

    @property
    def open_rows(self) -> str:
        """A cursor over the distinct rows of some buckets, with their numbers; arguments: within, numbers."""
        return f"""
DECLARE bluegreen_rows NO SCROLL CURSOR WITH HOLD FOR
SELECT {_mixed("h.raw")} AS place, pg_catalog.count(*) AS hash, ARRAY[({_mixed("h.raw")})::pg_catalog.text] AS key
FROM {self._hashed}
WHERE {_selected(_mixed("h.raw"))}
GROUP BY {_mixed("h.raw")}
ORDER BY 1
"""

    @property
    def read(self) -> str:
        """How many rows of some hashes there are, by version; arguments: hashes."""
        return f"""
SELECT {_mixed("h.raw")} AS hash, h.xmin, pg_catalog.count(*) AS rows
FROM (SELECT {self._raw_hash} AS raw, t.xmin::text::int8 AS xmin FROM {self._relation} OFFSET 0) AS h
WHERE {_mixed("h.raw")} = ANY (%(hashes)s::int8[])
GROUP BY 1, 2
"""


def _converted(number: int, form: Form) -> str:
    return _CONVERTED[form.conversion].format(value=f"t.{{c{number}}}")


def _hash(values: Sequence[tuple[str, Form]], seed: int) -> str:
    own = [_HASHABLE[form.hashing].format(value=value) for value, form in values if form.hashing in _HASHABLE]
    printed = [value for value, form in values if form.hashing is Hashing.OUTPUT]
    texts = [f'ROW({", ".join(printed)})::pg_catalog.text COLLATE pg_catalog."C"'] if printed else []
    return f"pg_catalog.hash_record_extended(ROW({', '.join(own + texts)}), {seed})"


def _buckets(place: str, hashed: str) -> str:
    # One row of three lists: a row for each bucket would cost the client five times the memory.
    return f"""
SELECT pg_catalog.array_agg(b.number) AS numbers, pg_catalog.array_agg(b.rows) AS rows,
       pg_catalog.array_agg(b.hash_sum) AS hash_sums
FROM (SELECT {place} & %(mask)s AS number, pg_catalog.count(*) AS rows, pg_catalog.sum({_mixed("h.raw")}) AS hash_sum
      FROM {hashed} GROUP BY 1) AS b
"""


def _selected(place: str) -> str:
    return f"{place} & %(within)s = ANY (%(numbers)s::int8[])"


def _mixed(raw: str) -> str:
    # A record's hash is a sum over its columns: values swapped between two rows would cancel out in a sum of such sums.
    # The parentheses are part of it: what follows may be an operator that binds more tightly.
    return f"({raw} # pg_catalog.hashint8extended({raw}, 0))"
