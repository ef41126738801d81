# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading tables from the snapshot at which a slot begins, and writing them on the other side."""

from __future__ import annotations

# The session that does this may do nothing else until its snapshot has been imported.
CREATE_SLOT = "CREATE_REPLICATION_SLOT {slot} LOGICAL pgoutput EXPORT_SNAPSHOT"
CREATE_SLOT_FOR_FAILOVER = "CREATE_REPLICATION_SLOT {slot} LOGICAL pgoutput (SNAPSHOT 'export', FAILOVER true)"
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
IMPORT = "SET TRANSACTION SNAPSHOT %(snapshot)s"
EXPORT = "SELECT pg_catalog.pg_export_snapshot() AS snapshot"
PING = "SELECT 1 AS alive"
SLOT_POSITIONS = """
SELECT s.slot_name::text AS name, s.confirmed_flush_lsn::text AS lsn FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name = ANY (%(names)s) AND s.database = pg_catalog.current_database()
  AND COALESCE(s.wal_status, 'lost') NOT IN ('unreserved', 'lost')
"""

# When it is off, a row that a policy would hide is an error instead of being left out silently.
NO_POLICIES = "SET row_security = off"
SAME_OUTPUT = """
SELECT pg_catalog.set_config(s.name, s.value, false)
FROM (VALUES ('datestyle', 'ISO'), ('intervalstyle', 'postgres'), ('lc_monetary', 'C'), ('xmloption', 'content'),
             ('extra_float_digits', '3')) AS s (name, value)
"""

SOURCES = """
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_table_size(c.oid) AS bytes,
       CASE WHEN m.amname = 'heap' THEN
           pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint END AS blocks,
       (SELECT pg_catalog.jsonb_object_agg(a.attname, pg_catalog.jsonb_build_object(
                   'name', pg_catalog.format_type(a.atttypid, a.atttypmod), 'kind', e.typtype,
                   'schema', tn.nspname, 'base', e.typname,
                   'has_binary', e.typsend <> 0 AND e.typreceive <> 0 AND NOT (e.typtype = 'e' AND e.oid <> b.oid)))
        FROM pg_catalog.pg_attribute a
        CROSS JOIN LATERAL (
            WITH RECURSIVE plain AS (
                SELECT y.* FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid
                UNION ALL SELECT y.* FROM plain p JOIN pg_catalog.pg_type y ON y.oid = p.typbasetype
                WHERE p.typtype = 'd')
            SELECT * FROM plain WHERE typtype <> 'd') AS b
        JOIN pg_catalog.pg_type e
          ON e.oid = CASE WHEN b.typcategory = 'A' AND b.typelem <> 0 THEN b.typelem ELSE b.oid END
        JOIN pg_catalog.pg_namespace tn ON tn.oid = e.typnamespace
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS types,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
JOIN unnest(%(schemas)s::text[], %(names)s::text[]) AS w (schema, name) ON w.schema = n.nspname AND w.name = c.relname
"""

FROM_TABLE = "COPY (SELECT {columns} FROM ONLY {table}) TO STDOUT"
FROM_CHUNK = """
COPY (SELECT {columns} FROM ONLY {table} WHERE ctid >= %(first)s::text::tid AND ctid < %(end)s::text::tid) TO STDOUT
"""
FROM_CHUNK_TO_END = "COPY (SELECT {columns} FROM ONLY {table} WHERE ctid >= %(first)s::text::tid) TO STDOUT"
FROM_CHUNK_OF_BEGIN = "COPY (SELECT {columns} FROM ONLY {table} WHERE ctid < %(end)s::text::tid) TO STDOUT"
# COPY takes this lock as well; it prevents anybody from adding constraints meanwhile.
LOCK_TABLE = "LOCK TABLE {table} IN ROW EXCLUSIVE MODE"
INTO_TABLE = "COPY {table} ({columns}) FROM STDIN"
# COPY has no empty list of columns, and without a list it expects all of them.
ROWS_WITHOUT_COLUMNS = """
WITH made AS (INSERT INTO {table} SELECT FROM pg_catalog.generate_series(1, %(rows)s) RETURNING 1)
SELECT pg_catalog.count(*) AS rows FROM made
"""
BINARY = " (FORMAT binary)"
