# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling columns in batches by primary key; each batch commits together with a record of its progress."""

from __future__ import annotations

from collections.abc import Sequence

from ..ours import present

# A column of the primary key, with the schema of the operators that order its index.
KEY = """
SELECT a.attname::text AS name, o.nspname::text AS operators
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey), pg_catalog.unnest(i.indclass)) WITH ORDINALITY
    AS k (number, class, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_opclass p ON p.oid = k.class
JOIN pg_catalog.pg_amop m ON m.amopfamily = p.opcfamily AND m.amoplefttype = p.opcintype
    AND m.amoprighttype = p.opcintype AND m.amopstrategy = 5
JOIN pg_catalog.pg_operator r ON r.oid = m.amopopr JOIN pg_catalog.pg_namespace o ON o.oid = r.oprnamespace
WHERE i.indisprimary AND n.nspname = %(schema)s AND c.relname = %(table)s ORDER BY k.place
"""
COLUMNS = """
SELECT a.attname::text AS name
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
"""
ROWS = """
SELECT COALESCE(pg_catalog.sum(c.reltuples), -1)::bigint AS rows
FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(%(name)s)) t JOIN pg_catalog.pg_class c ON c.oid = t.relid
WHERE t.isleaf
"""
# What may have changed since the last batch: a fence, or a link that would carry the filled rows to the other side.
STANDING = """
SELECT pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL AS fenced,
       ARRAY(SELECT s.slot_name::text FROM pg_catalog.pg_replication_slots s
             WHERE s.database = pg_catalog.current_database() AND s.slot_type = 'logical'
             AND pg_catalog.starts_with(s.slot_name::text, %(prefix)s)) AS slots
"""
OPEN_FOR_US = "DROP TABLE bluegreen.fenced"
CLOSE_AGAIN = "CREATE TABLE bluegreen.fenced ()"

EXISTS = f"SELECT {present('backfill')} AS there"
CREATE = """
CREATE TABLE IF NOT EXISTS bluegreen.backfill (
    key text PRIMARY KEY, title text NOT NULL, table_schema text NOT NULL, table_name text NOT NULL,
    condition text NOT NULL, last text[], seen bigint NOT NULL, written bigint NOT NULL,
    finished boolean NOT NULL, begun_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
)
"""
READ = "SELECT last, seen, written, finished FROM bluegreen.backfill WHERE key = %(key)s"
WRITE = """
INSERT INTO bluegreen.backfill AS b (key, title, table_schema, table_name, condition, last, seen, written, finished)
VALUES (%(key)s, %(title)s, %(schema)s, %(table)s, %(where)s, %(last)s, %(seen)s, %(written)s, %(finished)s)
ON CONFLICT (key) DO UPDATE SET last = excluded.last, seen = excluded.seen, written = excluded.written,
    finished = excluded.finished, changed_at = pg_catalog.clock_timestamp()
"""
RECORDED = "SELECT table_schema, table_name, title, condition, finished FROM bluegreen.backfill ORDER BY begun_at"
FOR_SO_LONG = "SET LOCAL statement_timeout = %(ms)s"
# Names in the user's expressions are looked up in pg_catalog first, then in the table's schema, then in public.
PATH = """
SELECT pg_catalog.concat_ws(', ', 'pg_catalog', pg_catalog.quote_ident(%(schema)s), 'public', 'pg_temp') AS path
"""
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'"
# {where} and {e0}, … are SQL of the user's own, who would run it by hand otherwise; a comment in it ends with its line.
IS_ANY_LEFT = "SELECT EXISTS (SELECT FROM {table} AS t WHERE ({where}\n)) AND %(asked)s AS left_over"


def batch(operators: Sequence[str], filled: int, begun: bool) -> str:
    """Return the statement that fills one batch, after the key %(a0)s, %(a1)s, … where one has ``begun``.

    Key columns are {k0}, {k1}, … with operators in the schemas {o0}, {o1}, …, the columns to be filled {c0}, {c1}, …,
    their values {e0}, {e1}, …; {where} says which rows; %(size)s is how many rows are looked at.

    :param operators: the schemas of the key columns' operators
    :param filled: the number of columns to be filled
    """
    columns = range(len(operators))
    keys = ", ".join(f"t.{{k{n}}}" for n in columns)
    texts = ", ".join(f"k.{{k{n}}}::pg_catalog.text" for n in columns)
    downwards = ", ".join(f"k.{{k{n}}} DESC" for n in columns)
    same = " AND ".join(f"t.{{k{n}}} OPERATOR({{o{n}}}.=) k.{{k{n}}}" for n in columns)
    assigned = ", ".join(f"{{c{n}}} = ({{e{n}}}\n)" for n in range(filled))
    return (
        f"WITH taken AS MATERIALIZED (SELECT {keys} FROM {{table}} AS t"
        f"{f' WHERE {_after(operators)}' if begun else ''} ORDER BY {keys} LIMIT %(size)s),"
        f" filled AS (UPDATE {{table}} AS t SET {assigned} FROM taken AS k WHERE {same} AND ({{where}}\n) RETURNING 1)"
        " SELECT (SELECT pg_catalog.count(*) FROM taken) AS seen, (SELECT pg_catalog.count(*) FROM filled) AS written,"
        f" (SELECT ARRAY[{texts}] FROM taken AS k ORDER BY {downwards} LIMIT 1) AS last"
    )


def _after(operators: Sequence[str]) -> str:
    """Return the condition for keys after the last one. Rows are compared by operators of one schema only."""
    columns = range(len(operators))
    if len(set(operators)) == 1:
        keys, last = (", ".join(one.format(n) for n in columns) for one in ("t.{{k{0}}}", "%(a{0})s"))
        return f"ROW({keys}) OPERATOR({{o0}}.>) ROW({last})"
    same = [f"t.{{k{n}}} OPERATOR({{o{n}}}.=) %(a{n})s" for n in columns]
    return " OR ".join(f"({' AND '.join([*same[:n], f't.{{k{n}}} OPERATOR({{o{n}}}.>) %(a{n})s'])})" for n in columns)
