# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one side is doing: its tables' writes, its errors, its size."""

from __future__ import annotations

from ..our_sessions import NOT_OURS

CONNECTIONS = f"""
SELECT COALESCE(a.usename::text, '') AS role, COALESCE(a.application_name, '') AS application,
       COALESCE(a.client_addr::text, 'local') AS address, pg_catalog.count(*) AS sessions
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend' AND {NOT_OURS}
GROUP BY 1, 2, 3 ORDER BY 4 DESC
"""
# For all sessions of the database since the statistics were reset. Rollbacks include transactions that were aborted by
# an error; conflicts are queries that a standby has cancelled.
ERRORS = """
SELECT xact_rollback AS rollbacks, deadlocks, conflicts,
       COALESCE(pg_catalog.to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'its creation')
           AS counted_since
FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()
"""
BUSIEST_TABLES = """
SELECT schemaname::text AS schema, relname::text AS name, n_tup_ins AS inserts, n_tup_upd AS updates,
       n_tup_del AS deletes
FROM pg_catalog.pg_stat_user_tables WHERE schemaname <> 'bluegreen'
ORDER BY n_tup_ins + n_tup_upd + n_tup_del DESC, 1, 2 LIMIT 10
"""
# Only members of pg_monitor may list the WAL folder.
SIZES = """
SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS database_bytes,
       CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE')
            THEN (SELECT pg_catalog.sum(size)::bigint FROM pg_catalog.pg_ls_waldir()) END AS wal_bytes
"""
