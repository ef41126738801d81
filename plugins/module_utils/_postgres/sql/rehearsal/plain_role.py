# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role without superuser cannot restore, what it can own, and code that a superuser's session could run."""

from __future__ import annotations

# {creatable}, of the throw-away server: the script of a trusted extension is the server's code, not the user's.
CREATABLE_EXTENSIONS = """
SELECT a.name::text AS name FROM pg_catalog.pg_available_extensions a
JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
WHERE v.trusted OR NOT v.superuser OR a.name = ANY (%(harmless)s::text[])
"""
# Addressed as in a dump's contents. Publications are not restored, and some of them need a superuser.
NEEDS_SUPERUSER = """
SELECT o.catalog::pg_catalog.oid::bigint AS catalog, o.oid::bigint AS oid
FROM (
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.prokind <> 'a' AND NOT l.lanpltrusted OR p.proleakproof OR p.prosupport <> 0
       OR EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) AS s (setting)
                  JOIN pg_catalog.pg_settings g ON g.name = pg_catalog.split_part(s.setting, '=', 1)
                  WHERE g.context = 'superuser')
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid FROM pg_catalog.pg_type t
    WHERE NOT t.typisdefined
       OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_cast c WHERE c.castmethod = 'b'
    UNION ALL SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, x.oid FROM pg_catalog.pg_extension x
              WHERE x.extname <> ALL (%(creatable)s::text[])
    UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, v.oid FROM pg_catalog.pg_event_trigger v
    UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid
              FROM pg_catalog.pg_foreign_data_wrapper w
    UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid FROM pg_catalog.pg_language l
    UNION ALL SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, a.oid FROM pg_catalog.pg_am a
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_opclass c
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, f.oid FROM pg_catalog.pg_opfamily f
    UNION ALL SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, p.oid FROM pg_catalog.pg_ts_parser p
    UNION ALL SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, t.oid FROM pg_catalog.pg_ts_template t
    UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid FROM pg_catalog.pg_publication p
) AS o (catalog, oid)
WHERE o.oid >= 16384
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = o.catalog AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
"""
DESCRIBE = """
SELECT pg_catalog.pg_describe_object(o.catalog::pg_catalog.oid, o.oid::pg_catalog.oid, 0) AS title
FROM ROWS FROM (pg_catalog.unnest(%(catalogs)s::bigint[]), pg_catalog.unnest(%(oids)s::bigint[])) AS o (catalog, oid)
WHERE o.catalog > 0 ORDER BY 1
"""
TABLES_AMONG = """
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%(oids)s::bigint[]::pg_catalog.oid[]) AND c.relkind IN ('r', 'p') ORDER BY 1, 2
"""

# Extensions that the role cannot create but may use, and the owners of their schemas.
EXTENSIONS = """
SELECT x.oid::bigint AS oid, x.extname::text AS name, n.oid::bigint AS schema_oid, n.nspname::text AS schema,
       pg_catalog.pg_get_userbyid(n.nspowner)::text AS owner
FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace
WHERE x.extname = ANY (%(names)s::text[]) ORDER BY x.oid
"""
CREATE_SCHEMA = "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}"
CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema} CASCADE"

CREATE_ROLE = "CREATE ROLE {role} LOGIN REPLICATION BYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %(password)s"
# Owners of the schema's objects: no superuser, and no predefined role, since some of those reach beyond the database.
ORDINARY_ROLES = """
SELECT r.rolname::text AS name FROM pg_catalog.pg_roles r
WHERE r.oid >= 16384 AND NOT r.rolsuper AND r.rolname <> %(role)s
AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = r.oid AND m.member = %(role)s::regrole)
"""
GRANT_ROLE = "GRANT {granted} TO {role}"
OWN_DATABASE = "ALTER DATABASE {database} OWNER TO {role}"
OWN_PUBLIC = "ALTER SCHEMA public OWNER TO {role}"
# The new owner of an object needs CREATE on its schema, and a dump grants that only at its end.
LET_OWNERS_BE_GIVEN = (
    "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT CREATE ON SCHEMAS TO PUBLIC",
)
# What the migrator needs, as docs/privileges.md lists it.
MONITOR = ("pg_monitor", "pg_signal_backend")
SUBSCRIBE = "pg_create_subscription"
SUPERUSER = "ALTER ROLE {role} SUPERUSER"
MAY_REPAIR = (
    "GRANT SET ON PARAMETER session_replication_role TO {role}",
    """
    GRANT EXECUTE ON FUNCTION pg_catalog.pg_replication_origin_create(text),
        pg_catalog.pg_replication_origin_drop(text), pg_catalog.pg_replication_origin_oid(text),
        pg_catalog.pg_replication_origin_session_setup, pg_catalog.pg_replication_origin_session_reset() TO {role}
    """,
)
NO_TRIGGERS = "ALTER ROLE {role} IN DATABASE {database} SET session_replication_role = replica"
TRIGGERS = "ALTER ROLE {role} IN DATABASE {database} RESET session_replication_role"

# Functions of the user's, and expressions that call anything except functions that compute from their arguments alone
# or are known to be harmless.
CODE = """
WITH expressions (title, tree) AS (
    SELECT 'constraint ' || k.conname, k.conbin FROM pg_catalog.pg_constraint k
    UNION ALL SELECT 'default of ' || d.adrelid::pg_catalog.regclass, d.adbin FROM pg_catalog.pg_attrdef d
    UNION ALL SELECT 'index ' || i.indexrelid::pg_catalog.regclass, t.tree
              FROM pg_catalog.pg_index i CROSS JOIN LATERAL (VALUES (i.indexprs), (i.indpred)) AS t (tree)
    UNION ALL SELECT 'policy ' || p.polname, t.tree
              FROM pg_catalog.pg_policy p CROSS JOIN LATERAL (VALUES (p.polqual), (p.polwithcheck)) AS t (tree)
    UNION ALL SELECT 'partitions of ' || r.partrelid::pg_catalog.regclass, r.partexprs
              FROM pg_catalog.pg_partitioned_table r
    UNION ALL SELECT 'statistics ' || s.stxname, s.stxexprs FROM pg_catalog.pg_statistic_ext s
)
SELECT p.oid::pg_catalog.regprocedure::text AS title
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.oid >= 16384 AND n.nspname NOT IN ('bluegreen', 'information_schema')
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'rule ' || w.rulename FROM pg_catalog.pg_rewrite w WHERE w.oid >= 16384
UNION ALL
SELECT DISTINCT e.title FROM expressions e
CROSS JOIN LATERAL pg_catalog.regexp_matches(e.tree::text, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') AS m
LEFT JOIN pg_catalog.pg_proc p ON p.oid = m[1]::pg_catalog.oid
WHERE p.oid IS NULL OR p.oid >= 16384
   OR p.provolatile <> 'i' AND p.proname NOT IN ('nextval', 'now', 'clock_timestamp', 'random', 'gen_random_uuid')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE c.castfunc = p.oid AND c.oid < 16384)
ORDER BY 1
"""
