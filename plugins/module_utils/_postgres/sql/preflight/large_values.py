# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The largest value of each column that stores values outside of its rows, none of which is read."""

from __future__ import annotations

BEGIN = "BEGIN READ ONLY"
LIMITS = """
SELECT pg_catalog.set_config('statement_timeout', %(ms)s::pg_catalog.text, true),
       pg_catalog.set_config('lock_timeout', %(ms)s::pg_catalog.text, true),
       pg_catalog.set_config('row_security', 'off', true)
"""
# Types that a length limits, and numbers, hold no such value.
CANDIDATES = """
SELECT n.nspname AS schema, c.relname AS name, c.relpages AS pages, s.size,
       pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       pg_catalog.array_agg(b.typname::text ORDER BY a.attnum) AS types,
       pg_catalog.array_agg(b.oid IN ('bytea'::regtype, 'bytea[]'::regtype)
                            OR b.typnamespace <> 'pg_catalog'::regnamespace AND b.typtype = 'b' AND b.typelem = 0
                            ORDER BY a.attnum) AS doubled
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.pg_relation_size(c.reltoastrelid::regclass) AS size) AS s
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type b ON b.oid = COALESCE(NULLIF(t.typbasetype, 0), t.oid)
WHERE c.relkind = 'r' AND c.reltoastrelid <> 0 AND s.size >= %(bytes)s
  AND pg_catalog.concat(n.nspname, '.', c.relname) = ANY (%(tables)s)
  AND a.attgenerated = '' AND a.attlen = -1 AND a.attstorage <> 'p' AND b.typname <> 'numeric'
  AND NOT (b.typname IN ('varchar', 'bpchar') AND a.atttypmod > 0)
GROUP BY n.nspname, c.relname, c.relpages, s.size
ORDER BY s.size DESC
"""
# The length that such a value has is known without reading it.
KNOWN_LENGTH = "pg_catalog.max(pg_catalog.octet_length(t.{{c{number}}}))"
# Of the others only the stored form's length is; that of a compressed one is multiplied.
STORED_LENGTH = """pg_catalog.max(pg_catalog.pg_column_size(t.{{c{number}}})::pg_catalog.int8 OPERATOR(pg_catalog.*)
    CASE WHEN pg_catalog.pg_column_compression(t.{{c{number}}}) IS NULL THEN 1 ELSE 4 END)"""
WITH_KNOWN_LENGTH = ("bytea", "text", "varchar", "bpchar")
LARGEST = "SELECT {values} FROM ONLY {{table}} AS t"
SAMPLED = " TABLESAMPLE SYSTEM (%(percent)s)"
