# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the planner knows of tables, of trees of tables, and by extended statistics."""

from __future__ import annotations

from ...._domain.capabilities import Capability
from ..catalog import IS_USERS

# For a table without statistics the planner assumes ten pages.
_TEN_PAGES = "10 * pg_catalog.current_setting('block_size')::bigint"
_USERS_TABLES = f"""
pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND c.relkind IN ('r', 'p') AND {IS_USERS}
"""
_NEVER = """
pg_catalog.pg_stat_get_last_analyze_time(c.oid) IS NULL AND pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid) IS NULL
"""
# Restored statistics (18) count.
TABLES = f"""
SELECT n.nspname AS schema, c.relname AS name
FROM {_USERS_TABLES}
WHERE c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > {_TEN_PAGES} AND {_NEVER}
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname)
ORDER BY 1, 2
"""
# A size is read under a lock, which waits behind DDL that waits: nobody asks for those of the side in service.
# Tables with partitions or children, which autovacuum does not read as a whole. Of the rows in a foreign table another
# server would be asked. A tree that was read and has no statistics has no rows.
TREES = f"""
WITH RECURSIVE tree (root, relid) AS (
    SELECT c.oid, c.oid FROM {_USERS_TABLES} AND (c.relkind = 'p' OR c.relhassubclass)
    UNION
    SELECT t.root, h.inhrelid FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.relid
), whole AS (
    SELECT t.root,
           pg_catalog.sum(CASE WHEN %(sizes)s AND l.relkind = 'r' THEN pg_catalog.pg_relation_size(l.oid) END) AS bytes
    FROM tree t JOIN pg_catalog.pg_class l ON l.oid = t.relid
    GROUP BY 1 HAVING pg_catalog.count(*) > 1 AND NOT pg_catalog.bool_or(l.relkind = 'f')
)
SELECT n.nspname AS schema, c.relname AS name, COALESCE(w.bytes > {_TEN_PAGES}, false) AS large,
       (n.nspname, c.relname) IN (SELECT s.schemaname, s.tablename
                                  FROM pg_catalog.pg_stats s WHERE s.inherited) AS known,
       pg_catalog.pg_stat_get_last_analyze_time(c.oid) IS NOT NULL AS was_read
FROM whole w JOIN pg_catalog.pg_class c ON c.oid = w.root JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1, 2
"""
EXTENDED = f"""
SELECT n.nspname AS schema, c.relname AS name, sn.nspname AS own_schema, e.stxname AS own_name,
       CASE WHEN (SELECT {Capability.STATISTICS_ONCE_READ.in_sql})
            THEN (sn.nspname, e.stxname) IN (SELECT x.statistics_schemaname, x.statistics_name
                                             FROM pg_catalog.pg_stats_ext x)
            ELSE (n.nspname, c.relname) IN (SELECT s.schemaname, s.tablename FROM pg_catalog.pg_stats s) END AS known,
       c.relkind = 'p'
       OR CASE WHEN %(sizes)s THEN pg_catalog.pg_relation_size(c.oid) > {_TEN_PAGES} ELSE false END AS large
FROM {_USERS_TABLES}
JOIN pg_catalog.pg_statistic_ext e ON e.stxrelid = c.oid JOIN pg_catalog.pg_namespace sn ON sn.oid = e.stxnamespace
ORDER BY 1, 2, 3, 4
"""

ANALYZE = "ANALYZE {table}"
ANALYZE_ONLY = "ANALYZE ONLY {table}"
