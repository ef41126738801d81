# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one server has of a migration's lanes, in one query."""

from __future__ import annotations

from ...._domain.capabilities import Capability
from ..catalog import is_published
from ..service.situation import OWN_TIMELINE

# PostgreSQL 14 has no column lists, and no catalog column for them.
_COLUMN_LIST = """
    (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs::int2[]))
"""
_NO_COLUMN_LIST = "NULL::text[]"
_ERRORS = "(SELECT apply_error_count FROM pg_catalog.pg_stat_subscription_stats WHERE subid = u.oid)"
_OPTIONS = """
    (SELECT pg_catalog.json_build_object(
         'streaming', CASE o.substream::text WHEN 'p' THEN 'parallel' WHEN 't' THEN 'on' ELSE 'off' END,
         'origin', o.suborigin)
     FROM pg_catalog.pg_subscription o WHERE o.oid = u.oid)
"""
_CONFLICTS = """
    (SELECT pg_catalog.json_build_object(
         'insert_exists', confl_insert_exists, 'update_exists', confl_update_exists,
         'update_missing', confl_update_missing, 'delete_missing', confl_delete_missing,
         'update_origin_differs', confl_update_origin_differs, 'delete_origin_differs', confl_delete_origin_differs,
         'multiple_unique_conflicts', confl_multiple_unique_conflicts)
     FROM pg_catalog.pg_stat_subscription_stats WHERE subid = u.oid)
"""


def parts(major: int) -> str:
    """Return the query as a server of that major version understands it; what it does not know is null."""
    columns = _COLUMN_LIST if Capability.COLUMN_LISTS.of(major) else _NO_COLUMN_LIST
    errors = _ERRORS if Capability.SUBSCRIPTION_ERRORS.of(major) else "NULL"
    options = _OPTIONS if Capability.ORIGIN.of(major) else "NULL"
    conflicts = _CONFLICTS if Capability.CONFLICT_COUNTERS.of(major) else "NULL"
    return f"""
WITH publications AS MATERIALIZED (
    SELECT oid, pubname::text AS name, puballtables FROM pg_catalog.pg_publication WHERE pubname ~ %(names)s
), slots AS MATERIALIZED (
    SELECT r.slot_name::text AS name, r.wal_status AS status, r.confirmed_flush_lsn::text AS position,
           r.active_pid IS NOT NULL AS reader,
           pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.confirmed_flush_lsn)::bigint AS lag,
           pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.restart_lsn)::bigint AS retained
    FROM pg_catalog.pg_replication_slots r
    WHERE r.slot_name ~ %(names)s AND r.database = pg_catalog.current_database()
), subscriptions AS MATERIALIZED (
    SELECT oid, subname::text AS name, subenabled, subslotname FROM pg_catalog.pg_subscription
    WHERE subname ~ %(names)s
      AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
), lanes AS (
    SELECT name FROM publications UNION SELECT name FROM slots UNION SELECT name FROM subscriptions
)
SELECT l.name, p.oid IS NOT NULL AS has_publication, COALESCE(p.puballtables, false) AS all_tables,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, c.relname, {columns}))
        FROM pg_catalog.pg_publication_rel r
        JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE r.prpubid = p.oid AND {is_published("r")}) AS published,
       s.name IS NOT NULL AS slot, s.status AS slot_status, s.position, s.lag, s.retained, s.reader,
       pg_catalog.obj_description(u.oid, 'pg_subscription') AS source,
       u.oid IS NOT NULL AS subscription, COALESCE(u.subenabled, false) AS enabled,
       u.subslotname IS NOT NULL AS attached,
       (SELECT w.pid FROM pg_catalog.pg_stat_subscription w
        WHERE w.subid = u.oid AND w.relid IS NULL AND w.pid IS NOT NULL
          AND pg_catalog.to_jsonb(w) ->> 'leader_pid' IS NULL LIMIT 1) AS worker,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, c.relname, r.srsubstate::text))
        FROM pg_catalog.pg_subscription_rel r
        JOIN pg_catalog.pg_class c ON c.oid = r.srrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE r.srsubid = u.oid) AS states,
       {errors} AS errors, {options} AS options, {conflicts} AS conflicts, {OWN_TIMELINE}
FROM lanes l
LEFT JOIN publications p ON p.name = l.name
LEFT JOIN slots s ON s.name = l.name
LEFT JOIN subscriptions u ON u.name = l.name
"""
