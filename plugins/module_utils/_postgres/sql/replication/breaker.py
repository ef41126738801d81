# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a link costs its publisher, and how to end the link at once."""

from __future__ import annotations

# A slot that has lost its WAL no longer retains any. A reader may have confirmed more than is flushed by now.
RETAINED = """
SELECT s.slot_name::text AS name,
       CASE WHEN s.wal_status = 'lost' THEN 0
            ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::bigint END AS kept,
       GREATEST(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn), 0)::bigint AS behind
FROM pg_catalog.pg_replication_slots s
WHERE s.database = pg_catalog.current_database() AND s.slot_name LIKE ANY (%(patterns)s)
"""
# Decoding begins at the oldest writing transaction of the whole server, in any database.
OLDEST_TRANSACTION = """
SELECT t.who, t.since FROM (
    SELECT pg_catalog.concat('pid ', a.pid, ': ', a.usename, ' in ', a.datname,
                             ' (' || NULLIF(a.application_name, '') || ')') AS who,
           pg_catalog.age(a.backend_xid) AS age, a.xact_start::text AS since
    FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()
    UNION ALL
    SELECT pg_catalog.concat('the prepared transaction ', p.gid, ' of ', p.owner, ' in ', p.database),
           pg_catalog.age(p.transaction), p.prepared::text
    FROM pg_catalog.pg_prepared_xacts p) AS t
ORDER BY t.age DESC LIMIT 1
"""
END_SENDER = """
SELECT pg_catalog.pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots
WHERE slot_name = %(name)s AND active_pid IS NOT NULL
"""
OWN_SUBSCRIPTIONS = """
SELECT s.subname::text AS name, s.oid::text AS oid,
       (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system
FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND s.subname LIKE ANY (%(patterns)s)
"""
