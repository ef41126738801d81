# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison has to know about a side before it reads rows: settings, sizes, positions, publications."""

from __future__ import annotations

from ..catalog import IS_USERS, is_published
from ..our_sessions import NOT_OURS

# Text must come out the same on both servers. A reader must not be able to write. When we are killed, the server should
# notice (where it can) and end a query that nobody waits for. One process per side is enough load.
PIN_SETTINGS = """
SELECT pg_catalog.set_config(name, value, false)
FROM (VALUES ('TimeZone', 'UTC'), ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'),
             ('extra_float_digits', %(float_digits)s),
             ('bytea_output', 'hex'), ('quote_all_identifiers', 'off'), ('lc_monetary', 'C'), ('search_path', ''),
             ('row_security', 'off'), ('default_transaction_read_only', 'on'), ('idle_session_timeout', '0'),
             ('cursor_tuple_fraction', '1'), ('jit', 'off'), ('max_parallel_workers_per_gather', '0'),
             ('client_connection_check_interval', '1s'))
     AS settings (name, value)
WHERE name <> 'client_connection_check_interval' OR pg_catalog.version() LIKE '%%linux%%'
"""
# Without statistics the planner could read a whole table for each of its ranges.
LIMIT = """
SELECT pg_catalog.set_config('statement_timeout', %(milliseconds)s::text, false),
       pg_catalog.set_config('enable_seqscan', CASE WHEN %(range)s THEN 'off' ELSE 'on' END, false)
"""
ENCODING = "SELECT pg_catalog.current_setting('server_encoding') AS encoding"

HIDDEN_BY_ROW_SECURITY = """
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
"""
# An insert position right behind a page's header means the end of the previous page: no record ends in a header.
WAL_END = """
SELECT pg_catalog.upper(pg_catalog.to_hex(e.place >> 32) || '/' || pg_catalog.to_hex(e.place & 4294967295)) AS lsn
FROM (SELECT (i.lsn - '0/0'::pg_lsn)::int8 AS place, pg_catalog.current_setting('wal_block_size')::int8 AS page,
             pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) AS segment
      FROM pg_catalog.pg_current_wal_insert_lsn() AS i (lsn)) AS p
CROSS JOIN LATERAL (
    SELECT p.place - CASE WHEN p.place %% p.segment = 40 THEN 40 WHEN p.place %% p.page = 24 THEN 24 ELSE 0 END
) AS e (place)
"""
SLOTS = """
SELECT slot_name::text AS name, active, COALESCE(confirmed_flush_lsn >= %(lsn)s::pg_lsn, false) AS passed
FROM pg_catalog.pg_replication_slots
WHERE database = pg_catalog.current_database() AND pg_catalog.starts_with(slot_name::text, %(prefix)s)
"""
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn() >= %(lsn)s::pg_lsn AS flushed"
# Changes nothing, but writes a commit record; the WAL writer soon flushes it and everything before it.
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

# With TOAST; for a partitioned table, all its leaves. A table that was dropped meanwhile has no size.
SIZES = f"""
SELECT n.nspname AS schema, c.relname AS name, s.all_bytes::int8 AS bytes, s.main_bytes::int8 AS main_bytes
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_table_size(p.relid)), 0) AS all_bytes,
           COALESCE(pg_catalog.sum(pg_catalog.pg_relation_size(p.relid)), 0) AS main_bytes
    FROM (SELECT c.oid::pg_catalog.regclass AS relid WHERE c.relkind = 'r'
          UNION ALL SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t WHERE c.relkind = 'p' AND t.isleaf) AS p
) AS s
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {IS_USERS}
"""
# pg_table_size() waits for a table's lock; the number of the last VACUUM or ANALYZE does not.
WAIT_FOR_SIZES = "SELECT pg_catalog.set_config('lock_timeout', %(ms)s::text, false)"
ESTIMATED_SIZES = f"""
SELECT n.nspname AS schema, c.relname AS name, s.bytes, s.bytes AS main_bytes
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.current_setting('block_size')::int8
           * pg_catalog.sum(GREATEST(l.relpages, 1) + COALESCE(GREATEST(o.relpages, 0), 0)) AS bytes
    FROM (SELECT c.oid AS relid WHERE c.relkind = 'r'
          UNION ALL SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t WHERE c.relkind = 'p' AND t.isleaf) AS p
    JOIN pg_catalog.pg_class l ON l.oid = p.relid
    LEFT JOIN pg_catalog.pg_class o ON o.oid = l.reltoastrelid
) AS s
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND s.bytes IS NOT NULL AND {IS_USERS}
"""
# From 15 on. If another publication carries the table without a filter, all of it is published.
PUBLISHED = f"""
SELECT n.nspname AS schema, c.relname AS name,
       CASE WHEN pg_catalog.bool_and(r.prqual IS NOT NULL)
            THEN pg_catalog.string_agg('(' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')', ' OR ')
            END AS condition,
       CASE WHEN pg_catalog.bool_and(r.prattrs IS NOT NULL)
            THEN (SELECT pg_catalog.array_agg(DISTINCT a.attname::text)
                  FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = c.oid
                  AND a.attnum = ANY (pg_catalog.string_to_array(pg_catalog.string_agg(r.prattrs::text, ' '), ' ')
                                      ::int2[]))
            END AS columns
FROM pg_catalog.pg_publication p
JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE pg_catalog.starts_with(p.pubname::text, %(prefix)s) AND {is_published("r")}
GROUP BY c.oid, n.nspname, c.relname
HAVING pg_catalog.bool_and(r.prqual IS NOT NULL) OR pg_catalog.bool_and(r.prattrs IS NOT NULL)
"""
# The greatest lag of the lanes in bytes; NULL where it is unknown.
LAG = """
SELECT CASE WHEN pg_catalog.bool_and(s.confirmed_flush_lsn IS NOT NULL)
       THEN pg_catalog.max(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn))::int8
       END AS bytes
FROM pg_catalog.pg_replication_slots s
WHERE s.database = pg_catalog.current_database() AND pg_catalog.starts_with(s.slot_name::text, %(prefix)s)
"""
# A session whose state we may not see could be active: then the number is unknown.
ACTIVE_SESSIONS = f"""
SELECT CASE WHEN pg_catalog.bool_and(a.state IS NOT NULL) IS NOT FALSE
       THEN pg_catalog.count(*) FILTER (WHERE a.state = 'active') END AS sessions
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
  AND (a.backend_type = 'client backend' OR a.backend_type IS NULL)
  AND {NOT_OURS}
"""
