# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes that a table's structure allows: a copy of an existing row with a new key, the same row again, or a delete.

The driver fills in the names: {cn} is column number n of the table, {kn} column number n of its key.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog import IS_USERS

# ``keys`` are the columns of each unique index, as a list of lists; ``refers``: the column is part of a foreign key.
SHAPES = f"""
SELECT n.nspname AS schema, c.relname AS name, shape.*,
       EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.confrelid = c.oid AND k.contype = 'f') AS referenced,
       ARRAY(SELECT pg_catalog.to_json(ARRAY(
                 SELECT a.attname::text FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey) ORDER BY a.attnum))
             FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisunique) AS keys
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS columns,
           pg_catalog.array_agg(t.typcategory::text ORDER BY a.attnum) AS categories,
           pg_catalog.array_agg(pg_catalog.format_type(b.oid, NULL) ORDER BY a.attnum) AS types,
           pg_catalog.array_agg(CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4
                                     THEN a.atttypmod - 4 ELSE 32 END ORDER BY a.attnum) AS lengths,
           pg_catalog.array_agg(EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid
                                        AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) ORDER BY a.attnum) AS refers
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
) AS shape
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p' AND {IS_USERS}
ORDER BY 1, 2
"""
# A value that no other row has, by the type's category or name.
NEW_VALUES = {
    "uuid": "pg_catalog.gen_random_uuid()",
    "N": "(SELECT COALESCE(max(m.{column}), 0) + 1 FROM {table} AS m)",
    "S": "pg_catalog.left(pg_catalog.md5(pg_catalog.random()::text || pg_catalog.clock_timestamp()::text), {length})",
    "timestamp": "t.{column} + pg_catalog.make_interval(secs => pg_catalog.random() * 0.5)",
}


def _of(alone: bool) -> str:
    # A child of a table that has its rows itself may have a row with the same key.
    return f"{'ONLY ' if alone else ''}{{table}}"


def _source(alone: bool) -> str:
    return f"(SELECT * FROM {_of(alone)} OFFSET %(place)s LIMIT 1) AS t"


def count(alone: bool) -> str:
    """Return the query for the number of rows."""
    return f"SELECT count(*) AS rows FROM {_of(alone)}"


def insert(values: Sequence[str], columns: int, keys: int, alone: bool) -> str:
    """Return the statement that inserts a copy of the row at %(place)s, with ``values`` by column, and returns its
    key."""
    names = ", ".join(f"{{c{n}}}" for n in range(columns))
    key = ", ".join(f"{{k{n}}}::text" for n in range(keys))
    return (
        f"INSERT INTO {{table}} ({names}) OVERRIDING SYSTEM VALUE SELECT {', '.join(values)} FROM {_source(alone)}"
        f" RETURNING ARRAY[{key}] AS key"
    )


def touch(keys: int, alone: bool) -> str:
    """Return the statement that rewrites the row at %(place)s unchanged: its column {c} gets its own value."""
    same = " AND ".join(f"w.{{k{n}}} = t.{{k{n}}}" for n in range(keys))
    return f"UPDATE {_of(alone)} AS w SET {{c}} = w.{{c}} FROM {_source(alone)} WHERE {same} RETURNING 1 AS one"


def delete(keys: int, alone: bool) -> str:
    """Return the statement that deletes the row with the key %(k0)s, %(k1)s, …."""
    same = " AND ".join(f"{{k{n}}} = %(k{n})s" for n in range(keys))
    return f"DELETE FROM {_of(alone)} WHERE {same} RETURNING 1 AS one"


def present(keys: int, alone: bool) -> str:
    """Return the query for those keys of %(keys)s, a JSON list of lists, whose rows exist."""
    key = ", ".join(f"t.{{k{n}}}::text" for n in range(keys))
    return (
        f"SELECT ARRAY[{key}] AS key FROM {_of(alone)} AS t"
        f" WHERE pg_catalog.jsonb_build_array({key})"
        " IN (SELECT e FROM pg_catalog.jsonb_array_elements(%(keys)s::jsonb) AS e)"
    )
