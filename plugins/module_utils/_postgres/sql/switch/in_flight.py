# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that hold, or wait for, a lock that a write needs, although the gate is closed."""

from __future__ import annotations

# A session that has written holds ROW EXCLUSIVE or more on the table until its transaction ends; a table that is not
# visible yet has no row in pg_class. SHARE UPDATE EXCLUSIVE writes no row: VACUUM, ANALYZE and CREATE INDEX
# CONCURRENTLY may go on. Excluded are the session that closes the gate, as only its owner can; sessions that have
# reached the gate and written nothing (while the gate is being closed only its closer has its lock, and a session that
# gets the lock later was refused); and our apply workers. pg_locks is read once, so a session that reaches the gate
# cannot be missed in both places.
PAST_THE_GATE = """
WITH locks AS MATERIALIZED (
    SELECT l.pid, l.relation, l.mode, l.granted FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'relation' AND l.relation >= 16384::oid AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
      AND l.mode IN ('RowExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
)
SELECT l.pid, l.granted, l.mode, a.usename::text AS role, a.application_name AS application,
       pg_catalog.host(a.client_addr) AS address, a.xact_start::text AS since,
       CASE WHEN c.oid IS NULL THEN 'a relation that it has just made'
            ELSE pg_catalog.format('%%I.%%I', n.nspname, c.relname) END AS relation
FROM locks l
LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE (c.oid IS NULL OR c.relkind IN ('r', 'p', 'f', 'v') AND c.relpersistence <> 't' AND n.nspname <> 'bluegreen')
  AND NOT EXISTS (SELECT FROM locks g WHERE g.pid = l.pid AND g.relation = pg_catalog.to_regclass('bluegreen.gate')
                  AND (g.granted AND g.mode = 'ShareRowExclusiveLock'
                       OR l.mode = 'RowExclusiveLock' AND c.oid IS NOT NULL))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription s
                  JOIN pg_catalog.pg_subscription p ON p.oid = s.subid
                  JOIN pg_catalog.pg_roles r ON r.oid = p.subowner
                  WHERE s.pid = l.pid AND r.rolname = session_user)
ORDER BY l.pid, l.granted DESC, l.mode
"""
