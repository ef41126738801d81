# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects under our names: who owns them, and what was attached to them."""

from __future__ import annotations

# By role and not by membership: a superuser is a member of every role. A superuser trusts objects of superusers.
_TRUSTED = """
SELECT r.oid FROM pg_catalog.pg_roles r
JOIN pg_catalog.pg_roles me ON me.rolname = session_user AND (r.oid = me.oid OR r.rolsuper AND me.rolsuper)
"""
IS_OURS = f"""
EXISTS (SELECT FROM pg_catalog.pg_namespace n
        WHERE n.nspname = 'bluegreen' AND n.nspowner IN ({_TRUSTED}))
"""


def present(table: str) -> str:
    """Return the condition that a table of ours exists; a table in somebody else's schema does not count."""
    return f"(CASE WHEN {IS_OURS} THEN pg_catalog.to_regclass('bluegreen.{table}') IS NOT NULL ELSE false END)"


HAS_SCHEMA = f"SELECT {IS_OURS} AS present"
ME = "SELECT session_user::text AS name"
# A superuser's default privileges may grant access to everybody.
CREATE_SCHEMA = """
CREATE SCHEMA bluegreen;
DO $bluegreen$
DECLARE
    let_in pg_catalog.oid;
BEGIN
    FOR let_in IN SELECT DISTINCT a.grantee FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
                  WHERE n.nspname OPERATOR(pg_catalog.=) 'bluegreen' AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner
    LOOP
        IF let_in OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN
            REVOKE ALL ON SCHEMA bluegreen FROM PUBLIC;
        ELSE
            EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA bluegreen FROM %I', pg_catalog.pg_get_userbyid(let_in));
        END IF;
    END LOOP;
END $bluegreen$
"""
# Changes nothing, but locks the schema against a second such statement and against DROP SCHEMA.
BEGIN_AND_HOLD = """
BEGIN;
COMMENT ON SCHEMA bluegreen IS 'bluegreen.postgresql: made by a migration, dropped by its cleanup'
"""

_KIND = """
CASE c.relkind WHEN 'r' THEN 'table' WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
               WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' ELSE 'relation' END
"""
# Our schema: its owner, who else may create or write in it, and what was attached to its tables. Somebody else's code
# is whatever depends on an object that is not ours and did not come with PostgreSQL, which records no dependency on its
# own objects.
STRANGERS = f"""
WITH trusted AS MATERIALIZED ({_TRUSTED}),
ours AS MATERIALIZED (SELECT n.oid, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n WHERE n.nspname = 'bluegreen'),
harmless AS MATERIALIZED (SELECT oid FROM trusted UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper),
relations AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.relowner, c.relacl, c.relrowsecurity, {_KIND} AS kind,
           'bluegreen.' || pg_catalog.quote_ident(c.relname) AS name
    FROM pg_catalog.pg_class c JOIN ours ON c.relnamespace = ours.oid WHERE c.relkind NOT IN ('i', 't')),
parts AS MATERIALIZED (
    SELECT r.oid AS relation, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, r.oid FROM relations r
    UNION ALL
    SELECT i.indrelid, 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid
    FROM pg_catalog.pg_index i JOIN relations r ON r.oid = i.indrelid
    UNION ALL
    SELECT d.adrelid, 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid
    FROM pg_catalog.pg_attrdef d JOIN relations r ON r.oid = d.adrelid
    UNION ALL
    SELECT k.conrelid, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
    FROM pg_catalog.pg_constraint k JOIN relations r ON r.oid = k.conrelid),
owned AS (
    SELECT 'schema' AS kind, 'bluegreen' AS name, nspowner AS owner FROM ours
    UNION ALL SELECT kind, name, relowner FROM relations
    UNION ALL
    SELECT 'function', p.oid::pg_catalog.regprocedure::text, p.proowner
    FROM pg_catalog.pg_proc p JOIN ours ON p.pronamespace = ours.oid
    UNION ALL
    SELECT 'type', 'bluegreen.' || pg_catalog.quote_ident(t.typname), t.typowner
    FROM pg_catalog.pg_type t JOIN ours ON t.typnamespace = ours.oid WHERE t.typrelid = 0 AND t.typcategory <> 'A'),
hung AS (
    SELECT r.kind, r.name, 'the trigger ' || t.tgname AS what
    FROM pg_catalog.pg_trigger t JOIN relations r ON r.oid = t.tgrelid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND p.pronamespace NOT IN (SELECT oid FROM ours)
    UNION ALL
    SELECT r.kind, r.name, 'the rule ' || w.rulename
    FROM pg_catalog.pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE r.relkind IN ('r', 'S')
    UNION ALL
    SELECT r.kind, r.name, 'row-level security'
    FROM relations r WHERE r.relrowsecurity OR r.oid IN (SELECT polrelid FROM pg_catalog.pg_policy)
    UNION ALL
    SELECT r.kind, r.name, 'inheritance' FROM relations r
    WHERE EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE r.oid IN (h.inhparent, h.inhrelid))
    UNION ALL
    SELECT r.kind, r.name, 'the reference ' || k.conname
    FROM pg_catalog.pg_constraint k JOIN relations r ON r.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conrelid NOT IN (SELECT oid FROM relations)
    UNION ALL
    SELECT DISTINCT r.kind, r.name, 'what depends on '
        || pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
    FROM parts JOIN relations r ON r.oid = parts.relation
    JOIN pg_catalog.pg_depend d ON d.classid = parts.class AND d.objid = parts.oid
    LEFT JOIN pg_catalog.pg_proc p ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.refobjid
    WHERE d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
                           'pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_opclass'::pg_catalog.regclass)
      AND (p.pronamespace IS NULL OR p.pronamespace NOT IN (SELECT oid FROM ours))
    UNION ALL
    SELECT r.kind, r.name, 'the form of a ' || r.kind FROM relations r
    WHERE r.relkind NOT IN ('r', 'S', 'c')),
let_in AS (
    SELECT 'schema' AS kind, 'bluegreen' AS name, a.grantee, a.privilege_type
    FROM ours, pg_catalog.aclexplode(ours.nspacl) a WHERE a.privilege_type = 'CREATE'
    UNION ALL
    SELECT r.kind, r.name, a.grantee, a.privilege_type
    FROM ours, relations r, pg_catalog.aclexplode(r.relacl) a
    WHERE a.privilege_type <> 'SELECT' AND NOT (a.privilege_type = 'INSERT' AND r.name = 'bluegreen.word')
      AND EXISTS (SELECT FROM pg_catalog.aclexplode(ours.nspacl) u
                  WHERE u.privilege_type = 'USAGE' AND u.grantee NOT IN (SELECT oid FROM harmless)))
SELECT kind, name, pg_catalog.pg_get_userbyid(owner)::text AS owner, '' AS hung, '' AS privilege
FROM owned WHERE owner NOT IN (SELECT oid FROM trusted)
UNION ALL
SELECT kind, name, '', what, '' FROM hung
UNION ALL
SELECT kind, name, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(grantee)::text END, '',
       privilege_type
FROM let_in WHERE grantee NOT IN (SELECT oid FROM harmless)
UNION ALL
SELECT 'event trigger', pg_catalog.quote_ident(e.evtname), pg_catalog.pg_get_userbyid(e.evtowner)::text, '', ''
FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
WHERE pg_catalog.starts_with(e.evtname::text, 'bluegreen_guard_')
  AND (e.evtowner NOT IN (SELECT oid FROM trusted) OR p.proname <> 'guard_ddl'
       OR p.pronamespace NOT IN (SELECT oid FROM ours))
ORDER BY 1, 2, 3, 4, 5
"""

# A slot has no owner; any role that may create slots may use ours as well. The schema exists only within our
# transaction.
STRANGE_LINKS = f"""
WITH trusted AS MATERIALIZED ({_TRUSTED})
SELECT 'publication' AS kind, pubname::text AS name, pg_catalog.pg_get_userbyid(pubowner)::text AS owner, '' AS hung,
       '' AS privilege
FROM pg_catalog.pg_publication WHERE pubname ~ %(names)s AND pubowner NOT IN (SELECT oid FROM trusted)
UNION ALL
SELECT 'subscription', s.subname::text, pg_catalog.pg_get_userbyid(s.subowner)::text, '', ''
FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
WHERE d.datname = pg_catalog.current_database() AND s.subname ~ %(names)s
  AND s.subowner NOT IN (SELECT oid FROM trusted)
UNION ALL
SELECT 'slot', s.slot_name::text, '', pg_catalog.concat_ws(' ', 'the form of a', s.slot_type, 'slot', s.plugin), ''
FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name ~ %(slots)s
  AND (s.slot_type = 'physical' OR s.database = pg_catalog.current_database() AND s.plugin <> 'pgoutput')
UNION ALL
SELECT 'schema', n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text, '', ''
FROM pg_catalog.pg_namespace n WHERE n.nspname = 'bluegreen_statement'
ORDER BY 1, 2
"""
