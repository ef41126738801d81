# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight reads about a server, its activity and the current role: one query per question."""

from __future__ import annotations

from ...._domain.capabilities import Capability
from ..catalog import IS_USERS_SCHEMA, is_published
from ..our_sessions import NOT_OURS

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
LOCK_TIMEOUT = "SET LOCAL lock_timeout = %(ms)s"
# Definitions of both sides are compared as text, which a role's settings would change.
SAME_TEXT = """
SELECT set_config(name, value, true)
FROM (VALUES ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'),
             ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('quote_all_identifiers', 'off')) AS s (name, value)
"""

# Majors have other keywords, which alone would be in quotes.
QUOTE_EVERY_NAME = "SET LOCAL quote_all_identifiers = on"

# Columns that exist only in some majors are looked up by name in the row's JSON form.
DATABASE = """
SELECT current_setting('server_version_num')::int AS version,
       (SELECT system_identifier::text FROM pg_control_system()) AS system,
       d.datname::text AS name, pg_is_in_recovery() AS in_recovery, pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS collate, d.datctype::text AS ctype,
       COALESCE(to_jsonb(d) ->> 'datlocprovider', 'c') AS provider,
       COALESCE(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
       d.datconnlimit AS connection_limit, age(d.datfrozenxid) AS frozen_age,
       (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects,
       pg_database_size(d.oid) AS size,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'bluegreen' AND c.relname = 'fenced') AS fenced,
       ARRAY(SELECT DISTINCT t.spcname::text FROM pg_class c JOIN pg_tablespace t ON t.oid = c.reltablespace
             WHERE c.relpersistence <> 't' AND t.spcname <> 'pg_global') AS tablespaces,
       ARRAY(SELECT spcname::text FROM pg_tablespace) AS known_tablespaces,
       ARRAY(SELECT DISTINCT r.rolname::text FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
             WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid = d.oid AND NOT starts_with(r.rolname::text, 'pg_'))
           AS needed_roles,
       current_user::text AS role, pg_get_userbyid(d.datdba)::text AS database_owner,
       has_database_privilege(d.oid, 'CREATE') AS creates, pg_has_role(d.datdba, 'USAGE') AS owns_database,
       pg_has_role('pg_read_all_stats', 'USAGE') AS sees_activity,
       (SELECT r.rolsuper OR r.rolcreaterole FROM pg_roles r WHERE r.rolname = current_user) AS creates_roles
FROM pg_database d WHERE d.datname = current_database()
"""

# What a standby is told to do shows at its primary: an xmin that it holds back, a session by which it copies slots.
STANDBYS = """
SELECT DISTINCT COALESCE(s.slot_name::text, r.application_name) AS name, s.slot_name IS NOT NULL AS has_slot,
       COALESCE(s.xmin, r.backend_xmin) IS NOT NULL AS gives_feedback,
       EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name LIKE '%%slotsync worker') AS copies_slots,
       COALESCE(s.slot_name::text = ANY (string_to_array(
           replace(current_setting('synchronized_standby_slots', true), ' ', ''), ',')), false) AS is_waited_for
FROM (SELECT * FROM pg_replication_slots WHERE slot_type = 'physical') AS s
FULL JOIN (SELECT * FROM pg_stat_replication p WHERE p.state IN ('streaming', 'catchup') AND NOT EXISTS (
    SELECT FROM pg_replication_slots l WHERE l.slot_type = 'logical' AND l.active_pid = p.pid)) AS r
    ON r.pid = s.active_pid
ORDER BY 1
"""

# The control file holds the full id of the next transaction at its checkpoint as epoch:number.
PACE = """
SELECT extract(epoch FROM clock_timestamp() - c.checkpoint_time)::float8 AS seconds,
       pg_wal_lsn_diff(pg_current_wal_lsn(), c.redo_lsn)::float8 AS wal_bytes,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint - (
           (split_part(c.next_xid, ':', 1)::bigint << 32) + split_part(c.next_xid, ':', 2)::bigint) AS transactions
FROM pg_control_checkpoint() c WHERE NOT pg_is_in_recovery()
"""

LARGEST_TABLE = f"""
SELECT n.nspname AS schema, c.relname AS name, LEAST(pg_relation_size(c.oid) / 8192, %(pages)s)::int AS pages
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND {IS_USERS_SCHEMA} AND NOT c.relrowsecurity
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
ORDER BY c.relpages DESC LIMIT 1
"""
SAMPLE = "SELECT sum(octet_length(t::text)) FROM ONLY {table} t WHERE ctid < %(end)s::tid"

# reset_val is the value in a new session of this role, whatever the driver has set for itself.
SETTINGS = """
SELECT name, reset_val AS value, context = 'postmaster' AS needs_restart, pending_restart
FROM pg_settings WHERE name = ANY (%(names)s)
"""

BEGINS_AS = "SELECT pg_catalog.current_setting('role') AS role"
AS_ITSELF = "SET ROLE NONE"

_ROLES = """
SELECT r.rolname::text AS name, r.rolsuper AS superuser, r.rolreplication AS replication,
       r.rolbypassrls AS bypasses_row_security, r.rolconnlimit AS connection_limit,
       pg_has_role(r.oid, 'USAGE') AS inherited, pg_has_role(r.oid, {settable}) AS settable,
       COALESCE(pg_has_role(l.oid, r.oid, 'USAGE'), false) AS link_inherits,
       {sets_replica} AS sets_replica
FROM pg_roles r LEFT JOIN pg_roles l ON l.rolname = %(link)s
"""
_SETS_REPLICA = "(NOT r.rolsuper AND has_parameter_privilege(r.oid, 'session_replication_role', 'SET'))"


def roles(major: int) -> str:
    """Return the query of roles as a server of that major version understands it."""
    return _ROLES.format(
        settable="'SET'" if Capability.MEMBERSHIP_OPTIONS.of(major) else "'MEMBER'",
        sets_replica=_SETS_REPLICA if Capability.PARAMETER_PRIVILEGES.of(major) else "false",
    )


ROLE_SETTINGS = """
SELECT COALESCE(r.rolname::text, '') AS role, s.setconfig AS settings
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

SLOTS = """
SELECT s.slot_name::text AS name, s.database::text AS database,
       COALESCE(s.database = current_database(), false) AS here, s.active_pid, s.wal_status AS wal_status,
       CASE WHEN NOT pg_is_in_recovery()
            THEN pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint END AS retained,
       COALESCE((to_jsonb(s) ->> 'failover')::boolean, false) AS failover,
       COALESCE(d.spill_txns, 0) AS spilled, COALESCE(d.total_txns, 0) AS decoded
FROM pg_replication_slots s LEFT JOIN pg_stat_replication_slots d ON d.slot_name = s.slot_name
"""

SENDERS = "SELECT pid, application_name AS application FROM pg_stat_replication"

_SUBSCRIPTIONS = """
SELECT s.oid::text AS oid, s.subname::text AS name,
       s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AS here, s.subenabled AS enabled,
       (SELECT count(w.pid) FROM pg_stat_subscription w WHERE w.subid = s.oid) AS workers,
       (SELECT jsonb_agg(jsonb_build_array(n.nspname, c.relname) ORDER BY n.nspname, c.relname)
        FROM pg_subscription_rel r JOIN pg_class c ON c.oid = r.srrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE r.srsubid = s.oid AND r.srsubstate <> 'r') AS copying,
       {errors} AS errors, {conflicts} AS conflicts
FROM pg_subscription s
"""
# 19 counts errors of first copies under another name.
COUNTED_ERRORS = """
    e.apply_error_count
    + COALESCE(to_jsonb(e) ->> 'sync_table_error_count', to_jsonb(e) ->> 'sync_error_count')::bigint
"""
_ERRORS = f"(SELECT {COUNTED_ERRORS} FROM pg_stat_subscription_stats e WHERE e.subid = s.oid)"
# A row that came from the other side is no conflict where both sides have written, one after the other.
_CONFLICTS = """
    (SELECT e.confl_insert_exists + e.confl_update_exists + e.confl_update_missing + e.confl_delete_missing
            + e.confl_multiple_unique_conflicts
     FROM pg_stat_subscription_stats e WHERE e.subid = s.oid)
"""


def subscriptions(major: int) -> str:
    """Return the query of subscriptions as a server of that major version understands it."""
    return _SUBSCRIPTIONS.format(
        errors=_ERRORS if Capability.SUBSCRIPTION_ERRORS.of(major) else "NULL::bigint",
        conflicts=_CONFLICTS if Capability.CONFLICT_COUNTERS.of(major) else "NULL::bigint",
    )


PUBLICATIONS = f"""
SELECT p.pubname::text AS name, p.puballtables AS all_tables,
       jsonb_agg(jsonb_build_array(n.nspname, c.relname)) FILTER (WHERE c.oid IS NOT NULL) AS tables
FROM pg_publication p LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND {is_published("r")}
LEFT JOIN pg_class c ON c.oid = r.prrelid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY 1, 2
"""

SCHEMA_CHANGERS = f"""
SELECT r.rolname::text AS role FROM pg_roles r
WHERE r.rolname = ANY (%(roles)s) AND NOT r.rolsuper AND EXISTS (
    SELECT FROM (SELECT DISTINCT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {IS_USERS_SCHEMA}) o
    WHERE pg_has_role(r.oid, o.relowner, 'USAGE'))
"""

# Without parallel workers, which come and go, and without the workers of subscriptions, which are counted separately.
BACKGROUND_WORKERS = """
SELECT count(*) AS workers FROM pg_stat_activity
WHERE backend_type NOT IN ('autovacuum launcher', 'autovacuum worker', 'client backend', 'checkpointer', 'startup',
    'background writer', 'walwriter', 'walsender', 'walreceiver', 'archiver', 'logger', 'slotsync worker',
    'walsummarizer', 'io worker', 'standalone backend', 'parallel worker')
  AND backend_type NOT LIKE 'logical replication %%'
"""

# WAL senders have their own limit, max_wal_senders.
CLIENTS = f"""
SELECT count(*) AS clients FROM pg_stat_activity a WHERE a.backend_type = 'client backend' AND {NOT_OURS}
"""

PREPARED = """
SELECT gid, database::text AS database, extract(epoch FROM clock_timestamp() - prepared)::float8 AS seconds
FROM pg_prepared_xacts
"""

# A read-only transaction in another database delays neither a slot nor the fence.
TRANSACTIONS = f"""
SELECT a.pid, COALESCE(a.usename::text, a.backend_type, '') AS role, COALESCE(a.datname::text, '') AS database,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds
FROM pg_stat_activity a
WHERE a.xact_start IS NOT NULL AND a.backend_type NOT IN ('autovacuum worker', 'parallel worker') AND {NOT_OURS}
  AND (a.datname = current_database() OR a.backend_xid IS NOT NULL)
"""

_COLLATIONS = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname) AS name
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.collversion IS NOT NULL AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attcollation = c.oid)
"""
_COLLATION_OF_DATABASE = """
SELECT '"' || replace(datname, '"', '""') || '"' AS name
FROM pg_database
WHERE datname = current_database() AND datcollversion IS NOT NULL
  AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)
UNION ALL
"""


def collations(major: int) -> str:
    """Return the query of collations of another version as a server of that major version understands it."""
    return (_COLLATION_OF_DATABASE if Capability.LOCALE_PROVIDERS.of(major) else "") + _COLLATIONS
