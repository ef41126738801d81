# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sessions a session waits for, asked by another one during the wait."""

from __future__ import annotations

from .our_sessions import NOT_OURS

# The default of all our sessions; code that may wait longer sets its own.
LIMIT = "SET lock_timeout = %(ms)s"
WAITING = """
SELECT pid FROM pg_catalog.pg_stat_activity
WHERE application_name = %(name)s AND usename = session_user AND datname = pg_catalog.current_database()
  AND wait_event_type = 'Lock'
"""
# A prepared transaction has no process: its pid is 0. Without pg_monitor a role sees less of others' sessions.
HOLDERS = f"""
SELECT h.pid, a.usename::text AS role, a.application_name AS application, a.client_addr::text AS address,
       a.state, pg_catalog.to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since,
       pg_catalog.to_char(a.query_start, 'HH24:MI:SS') AS query_since,
       (SELECT CASE WHEN w.relation IS NULL THEN w.locktype
                    ELSE pg_catalog.concat_ws('.', n.nspname, c.relname) END
        FROM pg_catalog.pg_locks w LEFT JOIN pg_catalog.pg_class c ON c.oid = w.relation
        LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE w.pid = %(pid)s AND NOT w.granted LIMIT 1) AS waits_for,
       NOT ({NOT_OURS}) OR EXISTS (
           SELECT FROM pg_catalog.pg_stat_subscription s
           WHERE s.pid = h.pid AND pg_catalog.starts_with(s.subname::text, 'bluegreen_')) AS ours
FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(%(pid)s)) AS h (pid)
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = h.pid
ORDER BY a.xact_start
"""
# What a COMMIT waits for; and the same while one of that process does. A role that may not see standbys is told
# nothing, since their absence would be a guess.
CONFIRMATION = """
SELECT pg_catalog.current_setting('synchronous_standby_names') AS names,
       pg_catalog.current_setting('synchronous_commit') AS level,
       ARRAY(SELECT r.sync_state FROM pg_catalog.pg_stat_replication r WHERE r.state = 'streaming') AS seen
"""
CONFIRMATION_AWAITED = f"""
SELECT * FROM ({CONFIRMATION}) AS c WHERE pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AND EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = %(pid)s AND a.wait_event = 'SyncRep')
"""
# The same for sessions of that name, whose COMMIT nobody here watches: it may wait until a standby has come back.
CONFIRMATION_AWAITED_BY = f"""
SELECT * FROM ({CONFIRMATION}) AS c WHERE pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AND EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity a
    WHERE a.application_name = %(name)s AND a.usename = session_user AND a.datname = pg_catalog.current_database()
      AND a.wait_event = 'SyncRep' AND a.query_start < pg_catalog.clock_timestamp() - INTERVAL '8 s')
"""
