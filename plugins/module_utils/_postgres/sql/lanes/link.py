# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publications, slots and subscriptions."""

from __future__ import annotations

from ..service.situation import OWN_TIMELINE

CREATE_PUBLICATION = "CREATE PUBLICATION {publication} FOR TABLE "
SET_PUBLICATION = "ALTER PUBLICATION {publication} SET TABLE "
DROP_PUBLICATION = "DROP PUBLICATION IF EXISTS {publication}"

SLOT = """
SELECT s.wal_status AS wal_status, s.confirmed_flush_lsn::text AS position,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint AS lag,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::bigint AS retained
FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = %(name)s AND s.database = pg_catalog.current_database()
"""
HAS_PASSED = """
SELECT confirmed_flush_lsn >= %(lsn)s::pg_lsn AS passed FROM pg_catalog.pg_replication_slots
WHERE slot_name = %(name)s AND database = pg_catalog.current_database()
"""
SLOT_OF_ANOTHER = """
SELECT database::text FROM pg_catalog.pg_replication_slots
WHERE slot_name = %(name)s AND database IS DISTINCT FROM pg_catalog.current_database()
"""
CREATE_SLOT = "SELECT lsn::text FROM pg_catalog.pg_create_logical_replication_slot(%(name)s, 'pgoutput')"
# From 17 on: a standby that synchronises slots then has this slot too when blue fails over to it.
CREATE_SLOT_FOR_FAILOVER = """
SELECT lsn::text FROM pg_catalog.pg_create_logical_replication_slot(%(name)s, 'pgoutput', failover => true)
"""
ADVANCE_SLOT = "SELECT end_lsn::text FROM pg_catalog.pg_replication_slot_advance(%(name)s, %(lsn)s::pg_lsn)"
# A copy is written to disk at once; where an advanced slot stands is not, before the next checkpoint.
COPY_SLOT = "SELECT lsn::text FROM pg_catalog.pg_copy_logical_replication_slot(%(source)s, %(name)s)"
FREE_SLOTS = """
SELECT pg_catalog.current_setting('max_replication_slots')::pg_catalog.int4 - pg_catalog.count(*) AS free
FROM pg_catalog.pg_replication_slots
"""
ALLOW_FAILOVER = "ALTER_REPLICATION_SLOT {slot} ( FAILOVER true )"
# The commit brings everything that was committed before it to the disk as well; standbys need not have it.
FLUSH_LOCALLY = "SET LOCAL synchronous_commit = local"
COMMIT_SOMETHING = "SELECT pg_catalog.pg_logical_emit_message(true, 'bluegreen', '')::text"
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text AS lsn"
DROP_SLOT = "SELECT pg_catalog.pg_drop_replication_slot(%(name)s)"
SLOTS_LIKE = """
SELECT slot_name::text AS name, active_pid FROM pg_catalog.pg_replication_slots
WHERE slot_name LIKE %(pattern)s AND database = pg_catalog.current_database() ORDER BY 1
"""
BLOCKERS = """
SELECT pid, application_name, pg_catalog.now() - xact_start AS age FROM pg_catalog.pg_stat_activity
WHERE backend_xid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() ORDER BY xact_start LIMIT 5
"""

SUBSCRIPTION = """
SELECT s.oid, s.subenabled AS enabled, s.subslotname::text AS slot,
       EXISTS (SELECT FROM pg_catalog.pg_stat_subscription w WHERE w.subid = s.oid AND w.relid IS NULL
               AND w.pid IS NOT NULL) AS working
FROM pg_catalog.pg_subscription s
WHERE s.subname = %(name)s
  AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""
ORIGIN = """
SELECT suborigin AS origin FROM pg_catalog.pg_subscription
WHERE subname = %(name)s
  AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""
SUBSCRIBED = """
SELECT n.nspname AS schema, c.relname AS name, r.srsubstate::text AS state
FROM pg_catalog.pg_subscription_rel r
JOIN pg_catalog.pg_class c ON c.oid = r.srrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.srsubid = %(oid)s
"""
TRANSACTIONS = (
    "SELECT s.total_txns AS transactions FROM pg_catalog.pg_stat_replication_slots s WHERE s.slot_name = %(name)s"
)
ENABLE = "ALTER SUBSCRIPTION {subscription} ENABLE"
DISABLE = "ALTER SUBSCRIPTION {subscription} DISABLE"
REFRESH = "ALTER SUBSCRIPTION {subscription} REFRESH PUBLICATION WITH (copy_data = %(copy)s)"
SET_OPTIONS = {
    "streaming": "ALTER SUBSCRIPTION {subscription} SET (streaming = %(value)s)",
    "origin": "ALTER SUBSCRIPTION {subscription} SET (origin = %(value)s)",
}
ATTACH_SLOT = "ALTER SUBSCRIPTION {subscription} SET (slot_name = %(slot)s)"
DETACH_SLOT = "ALTER SUBSCRIPTION {subscription} SET (slot_name = NONE)"
DROP_SUBSCRIPTION = "DROP SUBSCRIPTION {subscription}"
SYSTEM = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()"

# Subscription names are unique only within a database.
WORKERS_OF_LANE = """
FROM pg_catalog.pg_stat_subscription w
JOIN pg_catalog.pg_subscription s ON s.oid = w.subid
WHERE w.subname = %(name)s AND w.pid IS NOT NULL
  AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""
END_WORKERS = f"SELECT pg_catalog.pg_terminate_backend(w.pid) {WORKERS_OF_LANE}"
MAY_READ_ORIGINS = """
SELECT pg_catalog.has_function_privilege('pg_catalog.pg_show_replication_origin_status()', 'EXECUTE') AS may
"""
# The view of it is closed to us where the function is not.
APPLIED = """
SELECT remote_lsn::text AS lsn FROM pg_catalog.pg_show_replication_origin_status()
WHERE external_id = 'pg_' || %(oid)s::text
"""

# The server that a subscription reads from; HISTORY is a command of the replication protocol.
IDENTITY = f"SELECT s.system_identifier::text AS system, {OWN_TIMELINE} FROM pg_catalog.pg_control_system() AS s"
NOTE = "COMMENT ON SUBSCRIPTION {subscription} IS %(source)s"
HISTORY = "TIMELINE_HISTORY %(timeline)s"

SUBSCRIBED_LANES = """
SELECT subname::text AS lane FROM pg_catalog.pg_subscription
WHERE subname LIKE %(pattern)s
  AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""
WRITES = """
SELECT schemaname AS schema, relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS writes
FROM pg_catalog.pg_stat_user_tables
"""

NOT_EMPTY = "SELECT EXISTS (SELECT FROM {table}) AS filled"
