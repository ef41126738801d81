# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What go/no-go asks the servers, and the one query that remains for the critical section."""

from __future__ import annotations

from ..catalog import IS_USERS, IS_WRITTEN, SEQUENCE_GOES_ON
from ..service.gate import INSTALLED, UNGATED

_USERS_TABLES = f"""
pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND c.relkind IN ('r', 'p') AND {IS_USERS}
"""

_HAS_LARGE_OBJECTS = "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS present"
# Sums of oids and numbers, which is cheap; each sum changes when any row is added, removed or changed. A gate that was
# dropped and recreated has another xmin.
_SHAPE = f"""
SELECT pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', c.oid, c.relname, n.nspname, c.relkind,
            c.relreplident), 0))
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND {IS_WRITTEN}),
    (SELECT pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', a.attrelid, a.attnum, a.attname,
            a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated, a.attidentity, a.attisdropped), 0))
     FROM {_USERS_TABLES} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0),
    (SELECT pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', k.oid, k.contype, k.conkey), 0))
     FROM {_USERS_TABLES} JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid),
    (SELECT pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', g.oid, g.xmin, g.tgrelid), 0))
     FROM pg_catalog.pg_trigger g WHERE g.tgname = 'bluegreen_gate'),
    ({_HAS_LARGE_OBJECTS})) AS shape
"""
_PREPARED = """
SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database() ORDER BY prepared
"""
LAST_LOOK = f"""
SELECT (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(u.schema, u.name)) FROM ({UNGATED}) AS u) AS ungated,
       ({_HAS_LARGE_OBJECTS}) AS large_objects,
       (SELECT pg_catalog.array_agg(p.gid) FROM ({_PREPARED}) AS p) AS prepared,
       ({_SHAPE}) AS shape
"""

# The thorough check takes some 15 µs per table, and clients wait for the last one. The catalog rows themselves show
# faster whether its result could have changed: every change of a row gives it another xmin.
_IS_OURS = "(SELECT b.oid FROM pg_catalog.pg_namespace b WHERE b.nspname = 'bluegreen')"
_ARE_TEMPORARY = "(SELECT t.oid FROM pg_catalog.pg_namespace t WHERE t.nspname ~ '^pg_(toast_)?temp_')"
# Most catalog rows are columns: those older than the thorough check are skipped at once.
REMEMBER_NOW = """
SELECT pg_catalog.set_config('bluegreen.since', (s.xmin::text::bigint & 4294967295)::text, false)
FROM pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) AS s (xmin)
"""
_IS_RECENT = "pg_catalog.age(x.xmin) <= (SELECT pg_catalog.age(pg_catalog.current_setting('bluegreen.since')::xid))"


def _mark(catalog: str, key: str, condition: str) -> str:
    return f"""(SELECT pg_catalog.concat(pg_catalog.count(*), '/',
                   pg_catalog.sum(pg_catalog.hash_record_extended(ROW({key}, x.xmin), 0)))
            FROM pg_catalog.{catalog} AS x WHERE {condition})"""


_IN_USERS_SCHEMA = f"relnamespace IS DISTINCT FROM {_IS_OURS} AND relpersistence <> 't'"
_RELATIONS = _mark("pg_class", "x.oid", f"x.relkind IN ('r', 'p', 'f', 'v') AND {_IN_USERS_SCHEMA}")
_TRIGGERS = _mark("pg_trigger", "x.oid", "x.tgname = 'bluegreen_gate' OR x.tgtype::int & 64 <> 0")
_SCHEMAS = _mark("pg_namespace", "x.oid", "x.nspname !~ '^pg_'")
_MEMBERS = _mark("pg_auth_members", "x.roleid, x.member", "true")
_DATABASE = _mark("pg_database", "x.oid", "x.datname = pg_catalog.current_database()")
_CONSTRAINTS = _mark("pg_constraint", "x.oid", f"x.connamespace NOT IN {_ARE_TEMPORARY}")
_OF_TABLES = f"x.attrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND {_IN_USERS_SCHEMA})"
_COLUMNS = _mark("pg_attribute", "x.attrelid, x.attnum", f"x.attnum > 0 AND {_IS_RECENT} AND {_OF_TABLES}")
# Everything that could let a session write past the gate: the gate, relations with their privileges, schemas,
# memberships.
GATES_MARK = f"""
SELECT pg_catalog.concat_ws(' ', {INSTALLED}, {_RELATIONS}, {_TRIGGERS}, {_SCHEMAS}, {_MEMBERS}, {_DATABASE}) AS mark
"""
_FORMS_MARK = f"SELECT pg_catalog.concat_ws(' ', {_CONSTRAINTS}, {_COLUMNS}) AS mark"
# A walsender that is still starting may be anything, a table sync or a probe; it has streamed nothing yet. Without
# pg_monitor the state of other roles' walsenders is hidden: one of them may be a standby, and its flush position is
# unknown.
STANDBYS = """
FROM pg_catalog.pg_stat_replication r
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s
                  WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
  AND COALESCE(r.state, 'hidden') IN ('hidden', 'catchup', 'streaming')
"""
QUICK_LOOK = f"""
SELECT ({_HAS_LARGE_OBJECTS}) AS large_objects,
       (SELECT pg_catalog.array_agg(p.gid) FROM ({_PREPARED}) AS p) AS prepared,
       ({GATES_MARK}) AS gates, ({_FORMS_MARK}) AS forms, EXISTS (SELECT {STANDBYS}) AS standbys
"""

PARTS = f"""
SELECT pg_catalog.format('column %%I.%%I.%%I', n.nspname, c.relname, a.attname) AS part,
       pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
                            CASE WHEN a.attnotnull THEN 'NOT NULL' END, a.attgenerated, a.attidentity) AS form
FROM {_USERS_TABLES} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT pg_catalog.format('table %%I.%%I', n.nspname, c.relname), pg_catalog.concat(c.relkind, c.relreplident)
FROM {_USERS_TABLES}
UNION ALL
SELECT pg_catalog.format('constraint %%I on %%I.%%I', k.conname, n.nspname, c.relname),
       pg_catalog.concat(k.contype, k.conkey)
FROM {_USERS_TABLES} JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid
UNION ALL
SELECT pg_catalog.format('the gate of %%I.%%I', n.nspname, c.relname), 'of transaction ' || g.xmin::text
FROM {_USERS_TABLES} JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid AND g.tgname = 'bluegreen_gate'
ORDER BY 1
"""

SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
       pg_catalog.has_sequence_privilege(c.oid, 'UPDATE') AS settable,
       (SELECT pg_catalog.jsonb_build_array(tn.nspname, t.relname) FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_class t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') LIMIT 1) AS owned_by
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
WHERE {SEQUENCE_GOES_ON}
"""

CONFIRMED = """
SELECT pg_catalog.sum(pg_catalog.pg_wal_lsn_diff(confirmed_flush_lsn, '0/0'))::bigint AS confirmed,
       (pg_catalog.count(*) * pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0'))::bigint AS written
FROM pg_catalog.pg_replication_slots
WHERE slot_name = ANY (%(names)s::text[]) AND database = pg_catalog.current_database()
"""

# To a role that may not see a session its query and its type are hidden: a NULL xact_start is then unknown, not "none".
# Our sessions are those whose process ids we know; any other open transaction may delay the fence, whatever its name.
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
# A new slot waits for every transaction of the whole server that has an id. The snapshot names them all; a session that
# is hidden from us counts as one of them as long as there is one that belongs to nobody whom we see.
AHEAD_OF_A_SLOT = """
WITH unseen AS (
    SELECT FROM pg_catalog.pg_snapshot_xip(pg_catalog.pg_current_snapshot()) AS x (id)
    WHERE (x.id::text::bigint & 4294967295) NOT IN (
        SELECT a.backend_xid::text::bigint FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid IS NOT NULL
        UNION ALL SELECT p.transaction::text::bigint FROM pg_catalog.pg_prepared_xacts p))
SELECT pid, COALESCE(usename::text, '') AS role, COALESCE(application_name, '') AS application,
       CASE WHEN query = '<insufficient privilege>' THEN NULL
            ELSE EXTRACT(epoch FROM pg_catalog.clock_timestamp() - xact_start)::float8 END AS seconds
FROM pg_catalog.pg_stat_activity
WHERE pid <> ALL (%(own)s::int[])
  AND (backend_xid IS NOT NULL OR query = '<insufficient privilege>' AND EXISTS (SELECT FROM unseen))
ORDER BY xact_start
"""
PREPARED_ANYWHERE = "SELECT gid FROM pg_catalog.pg_prepared_xacts ORDER BY prepared"
_ABSENT_STANDBYS = """
SELECT slot_name::text AS name FROM pg_catalog.pg_replication_slots
WHERE slot_type = 'physical' AND NOT active AND NOT temporary ORDER BY 1
"""
IN_THE_WAY = f"""
SELECT (SELECT pg_catalog.array_agg(p.gid) FROM ({_PREPARED}) AS p) AS prepared,
       (SELECT pg_catalog.array_agg(a.name) FROM ({_ABSENT_STANDBYS}) AS a) AS absent_standbys,
       ({_HAS_LARGE_OBJECTS}) AS large_objects
"""
