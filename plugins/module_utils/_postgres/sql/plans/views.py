# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Materialized views: what a side has of them, and how they are refreshed."""

from __future__ import annotations

from ...._domain.capabilities import Capability
from ..catalog import IS_USERS, TO_ACT_AS
from ..ours import present

EXISTS = f"SELECT {present('refreshed_view')} AS there"
CREATE = """
CREATE TABLE IF NOT EXISTS bluegreen.refreshed_view (
    migration text NOT NULL, schema text NOT NULL, name text NOT NULL, view oid NOT NULL, epoch integer NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), seconds float8 NOT NULL,
    PRIMARY KEY (migration, schema, name)
)
"""
# A view that was dropped and created again is another one.
RECORDED = """
SELECT r.schema, r.name, r.epoch, r.seconds,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - r.at)::pg_catalog.float8 AS age
FROM bluegreen.refreshed_view r
JOIN pg_catalog.pg_class c ON c.oid = r.view JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.migration = %(migration)s AND n.nspname = r.schema AND c.relname = r.name AND c.relispopulated
"""
# Names and operators mean there what they mean to the view's owner.
RECORD = """
INSERT INTO bluegreen.refreshed_view AS r (migration, schema, name, view, epoch, seconds)
VALUES (%(migration)s, %(schema)s, %(name)s, %(view)s, %(epoch)s,
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now())::pg_catalog.float8)
ON CONFLICT (migration, schema, name) DO UPDATE SET view = excluded.view, epoch = excluded.epoch, at = excluded.at,
    seconds = excluded.seconds
"""

POPULATED = f"""
SELECT n.nspname::text AS schema, c.relname::text AS name, c.relispopulated AS populated
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND {IS_USERS}
ORDER BY 1, 2
"""
# Until 16 functions in its query look for names along the path of the session: the owner's, as when he refreshes it.
_PATH = """
(SELECT pg_catalog.substr(e.entry, 13)
 FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS e (entry)
 WHERE s.setrole IN (0, c.relowner) AND pg_catalog.starts_with(e.entry, 'search_path=')
   AND s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d
                             WHERE d.datname = pg_catalog.current_database()))
 ORDER BY s.setrole = 0, s.setdatabase = 0 LIMIT 1)
"""
# As PostgreSQL itself judges whether an index tells rows apart. It also makes a temporary table, as the view's owner.
_CONCURRENTLY = """
c.relispopulated
AND pg_catalog.has_database_privilege(c.relowner, pg_catalog.current_database(), 'TEMPORARY')
AND EXISTS (SELECT FROM pg_catalog.pg_index i
            WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
              AND 0 <> ALL (i.indkey::pg_catalog.int2[]))
"""
_MAY_MAINTAIN = f"""
CASE WHEN (SELECT {Capability.MAINTAIN.in_sql}) THEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN')
     ELSE pg_catalog.pg_has_role(c.relowner, 'USAGE') END
"""
# The relations that a view reads itself, and those behind plain views; and functions that roles other than superusers
# can write, called by its query, by a plain view in it, or by an index.
VIEWS = f"""
WITH RECURSIVE views AS (
    SELECT c.oid, n.nspname, c.relname, c.relowner, c.relispopulated, {_PATH} AS path, {_CONCURRENTLY} AS concurrently,
           {_MAY_MAINTAIN} AS may_maintain, pg_catalog.pg_has_role(c.relowner, {TO_ACT_AS}) AS may_act
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND {IS_USERS}
), through AS (
    SELECT v.oid AS reader, v.oid AS relation FROM views v
    UNION
    SELECT t.reader, d.refobjid
    FROM through t JOIN pg_catalog.pg_class c ON c.oid = t.relation AND (c.relkind = 'v' OR c.oid = t.reader)
    JOIN pg_catalog.pg_rewrite w ON w.ev_class = t.relation
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> t.relation
), parts AS (
    SELECT t.reader, 'pg_catalog.pg_rewrite'::pg_catalog.regclass AS class, w.oid
    FROM through t JOIN pg_catalog.pg_class c ON c.oid = t.relation AND (c.relkind = 'v' OR c.oid = t.reader)
    JOIN pg_catalog.pg_rewrite w ON w.ev_class = t.relation
    UNION ALL
    SELECT v.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid
    FROM views v JOIN pg_catalog.pg_index i ON i.indrelid = v.oid
), called AS (
    SELECT DISTINCT p.reader, COALESCE(o.oprcode::pg_catalog.oid, d.refobjid) AS function
    FROM parts p JOIN pg_catalog.pg_depend d ON d.classid = p.class AND d.objid = p.oid
    LEFT JOIN pg_catalog.pg_operator o
         ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass OR o.oid IS NOT NULL
)
SELECT v.nspname::text AS schema, v.relname::text AS name, v.oid::pg_catalog.int8 AS oid, v.path, v.may_maintain,
       v.may_act, v.concurrently, v.relispopulated AS populated, w.rolname::text AS owner, w.rolsuper AS of_superuser,
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(b.nspname, b.relname))
        FROM through t JOIN views b ON b.oid = t.relation AND b.oid <> v.oid WHERE t.reader = v.oid) AS reads,
       ARRAY(SELECT DISTINCT f.oid::pg_catalog.regprocedure::text
             FROM called l JOIN pg_catalog.pg_proc f ON f.oid = l.function
             JOIN pg_catalog.pg_roles r ON r.oid = f.proowner
             WHERE l.reader = v.oid AND NOT r.rolsuper ORDER BY 1) AS code
FROM views v JOIN pg_catalog.pg_roles w ON w.oid = v.relowner
ORDER BY 1, 2
"""

REFRESH = "REFRESH MATERIALIZED VIEW {view}"
REFRESH_CONCURRENTLY = "REFRESH MATERIALIZED VIEW CONCURRENTLY {view}"
ANALYZE = "ANALYZE {view}"
ACT_AS = "SELECT pg_catalog.set_config('role', %(owner)s, true)"
ME = "SELECT session_user::text AS name"
