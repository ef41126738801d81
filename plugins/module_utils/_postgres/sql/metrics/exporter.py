# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What postgres_exporter asks a server for, with any role: our fence, slots and subscriptions, by catalogs alone.

The names of columns are the ends of metrics' names, or labels. The exporter makes NaN of NULL, so no row has one.
"""

from __future__ import annotations

# No to_regclass: a role without USAGE on our schema would be refused.
DATABASE = """
SELECT pg_catalog.current_database()::text AS datname,
       EXISTS (SELECT FROM pg_catalog.pg_class c
               WHERE c.relnamespace = n.oid AND c.relname = 'fenced')::int AS fenced
FROM pg_catalog.pg_namespace n WHERE n.nspname = 'bluegreen'
"""
SLOT = """
SELECT s.slot_name::text AS slot, s.active::int AS active,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn) AS lag_bytes
FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name::text ~ '^bluegreen_' AND s.confirmed_flush_lsn IS NOT NULL AND NOT pg_catalog.pg_is_in_recovery()
"""
SLOT_RETAINED = """
SELECT s.slot_name::text AS slot,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn) AS wal_bytes
FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name::text ~ '^bluegreen_' AND s.restart_lsn IS NOT NULL AND NOT pg_catalog.pg_is_in_recovery()
"""
SLOT_WAL = """
SELECT s.slot_name::text AS slot, (s.wal_status IN ('unreserved', 'lost'))::int AS at_risk
FROM pg_catalog.pg_replication_slots s WHERE s.slot_name::text ~ '^bluegreen_' AND s.wal_status IS NOT NULL
"""
SUBSCRIPTION = """
SELECT s.subname::text AS subscription, s.subenabled::int AS enabled,
       EXISTS (SELECT FROM pg_catalog.pg_stat_subscription w
               WHERE w.subid = s.oid AND w.relid IS NULL AND w.pid IS NOT NULL)::int AS working
FROM pg_catalog.pg_subscription s WHERE s.subname::text ~ '^bluegreen_'
"""
SUBSCRIPTION_STATS = """
SELECT s.subname::text AS subscription, s.apply_error_count AS apply_errors_total
FROM pg_catalog.pg_stat_subscription_stats s WHERE s.subname::text ~ '^bluegreen_'
"""
