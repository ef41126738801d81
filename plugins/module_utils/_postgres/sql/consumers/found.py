# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logical slots of the database that belong to nobody of ours, and who reads them."""

from __future__ import annotations

# A slot of a first copy of somebody's subscription, pg_…_sync_…, ends with that copy; its subscription has another one.
CONSUMERS = """
SELECT s.slot_name::text AS slot, s.plugin::text AS plugin, s.database::text AS database,
       COALESCE((pg_catalog.to_jsonb(s) ->> 'two_phase')::boolean, false) AS two_phase,
       COALESCE((pg_catalog.to_jsonb(s) ->> 'failover')::boolean, false) AS failover,
       CASE WHEN NOT pg_catalog.pg_is_in_recovery()
            THEN pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint
       END AS behind,
       s.active_pid AS pid, a.usename::text AS role, a.application_name AS application,
       CASE WHEN a.client_port = -1 THEN 'local' ELSE a.client_addr::text END AS address
FROM pg_catalog.pg_replication_slots s LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = s.active_pid
WHERE s.slot_type = 'logical' AND s.database = pg_catalog.current_database() AND s.slot_name::text !~ %(ours)s
  AND s.slot_name::text !~ '^pg_[0-9]+_sync_[0-9]+_[0-9]+$'
ORDER BY s.slot_name
"""
