# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the critical section asks the servers."""

from __future__ import annotations

from .catalog import IS_USERS
from .our_sessions import NOT_OURS

END_SESSION = "SELECT pg_catalog.pg_terminate_backend(%(pid)s)"
END_RUNS = f"""
SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND ({NOT_OURS}) IS FALSE AND a.pid <> ALL (%(own)s)
  AND (pg_catalog.starts_with(a.application_name, %(run)s) OR a.application_name = %(copy)s)
"""

# A frozen client is not a dead one: the server ends the fence when nothing was heard for what is left of the deadline.
LIMIT_SILENCE = "SET idle_in_transaction_session_timeout = %(ms)s; SET lock_timeout = %(lock_ms)s"
END_WHEN_IDLE = "SET idle_session_timeout = %(ms)s"

# A role that may not see a session finds its query and its kind hidden: xact_start NULL is then unknown, not "none".
# Ours are those whose process ids we know; whoever else has one open may hold up the fence, whatever his name.
TRANSACTIONS = """
SELECT pid, COALESCE(usename::text, '') AS role, COALESCE(application_name, '') AS application,
       CASE WHEN query = '<insufficient privilege>' THEN NULL
            ELSE EXTRACT(epoch FROM pg_catalog.clock_timestamp() - xact_start)::float8 END AS seconds
FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND COALESCE(backend_type, 'client backend') = 'client backend'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_replication w WHERE w.pid = pg_stat_activity.pid)
  AND pid <> ALL (%(own)s::int[])
  AND (xact_start IS NOT NULL OR query = '<insufficient privilege>')
ORDER BY xact_start
"""
PREPARED = """
SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database() ORDER BY prepared
"""

SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
       pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS visible, pg_catalog.pg_sequence_last_value(c.oid) AS last
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
WHERE {IS_USERS}
"""
# Never backwards: what the new side has drawn by itself counts as well. Arrays as JSON: a thousand constants would take
# longer to parse than to carry over.
ADVANCE = """
SELECT pg_catalog.count(pg_catalog.setval(c.oid::pg_catalog.regclass,
           CASE WHEN s.seqincrement > 0
                THEN LEAST(GREATEST(w.value::bigint, pg_catalog.pg_sequence_last_value(c.oid)), s.seqmax)
                ELSE GREATEST(LEAST(w.value::bigint, pg_catalog.pg_sequence_last_value(c.oid)), s.seqmin) END))
       AS advanced
FROM ROWS FROM (pg_catalog.json_array_elements_text(%(schemas)s), pg_catalog.json_array_elements_text(%(names)s),
                pg_catalog.json_array_elements_text(%(values)s)) AS w (schema, name, value)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind = 'S'
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
"""

# A walsender that is still starting up may be anybody's: a table sync, a probe; it has streamed nothing yet. Without
# pg_monitor the state of others is hidden: such a one may be a standby, and what it has flushed is unknown.
_STANDBYS = """
FROM pg_catalog.pg_stat_replication r
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s
                  WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
  AND COALESCE(r.state, 'hidden') IN ('hidden', 'catchup', 'streaming')
"""
HAS_STANDBYS = f"SELECT EXISTS (SELECT {_STANDBYS}) AS any"
STANDBYS_BEHIND = f"""
SELECT COALESCE(NULLIF(r.application_name, ''), r.pid::text) AS name {_STANDBYS}
  AND (r.flush_lsn IS NULL OR r.flush_lsn < COALESCE(%(lsn)s::pg_lsn, pg_catalog.pg_current_wal_flush_lsn()))
"""
ABSENT_STANDBYS = """
SELECT slot_name::text AS name FROM pg_catalog.pg_replication_slots
WHERE slot_type = 'physical' AND NOT active AND NOT temporary ORDER BY 1
"""
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text AS lsn"
TIMELINE = """
SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN
    ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::int
    END AS timeline
"""
FENCE_ROW = """
SELECT lsn::text FROM bluegreen.journal
WHERE migration = %(migration)s AND epoch = %(epoch)s AND event = 'fenced'
"""

# Who is still connected to the side that was left.
LEFT_BEHIND = f"""
SELECT COALESCE(a.usename::text, '') AS role, COALESCE(a.application_name, '') AS application,
       COALESCE(a.client_addr::text, 'local') AS address, pg_catalog.count(*) AS sessions
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend' AND {NOT_OURS}
GROUP BY 1, 2, 3 ORDER BY 4 DESC
"""
