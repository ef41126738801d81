# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a whole schema as comparable rows, one query per kind of object.

Each query returns kind, name, definition, owner and roles, for the user's objects only. It runs with an empty
search_path, so that every name is one of pg_catalog, and every name in a definition is qualified; and with quotes
around every name, since each major has other keywords.
``%(maintain)s`` says whether the privilege MAINTAIN counts, which servers before 17 do not have; ``%(schemas)s``,
``%(tables)s``, each in the schema at its place in ``%(of_schemas)s``, and ``%(extensions)s`` are excluded.
"""

from __future__ import annotations

from ..catalog import IS_USERS_SCHEMA

# Literals inside definitions are printed by these; two servers may have different defaults.
PIN_OUTPUT = """
SELECT set_config(name, value, true) FROM (VALUES
    ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'),
    ('bytea_output', 'hex'), ('quote_all_identifiers', 'on'), ('lc_monetary', 'C')) AS pinned (name, value)
"""
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

_FIRST_USER_OID = 16384
_USERS = f"{IS_USERS_SCHEMA} AND n.nspname <> ALL (%(schemas)s::text[])"
_COPIED = """{table} NOT IN (
    SELECT x.oid FROM pg_class x JOIN pg_namespace o ON o.oid = x.relnamespace
    JOIN unnest(%(of_schemas)s::text[], %(tables)s::text[]) AS w (schema, name)
         ON w.schema = o.nspname AND w.name = x.relname)"""
_OF_COPIED = _COPIED.format(table="c.oid")


def _own(catalog: str, oid: str) -> str:
    """Return the condition that an object was made by a user, and not by an extension."""
    return (
        f"{oid} >= {_FIRST_USER_OID} AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e'"
        f" AND e.classid = '{catalog}'::regclass AND e.objid = {oid})"
    )


def _privileges(acl: str, kind: str, owner: str) -> str:
    """Return the privileges as one text, with the default ones spelled out and without the grantors."""
    return f"""
        (SELECT 'PRIVILEGES ' || string_agg(entry, ' ' ORDER BY entry COLLATE "C")
         FROM (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' WHEN {owner} THEN '<owner>'
                      ELSE quote_ident(pg_get_userbyid(a.grantee)) END
                      || ':' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END AS entry
               FROM aclexplode(COALESCE({acl}, acldefault('{kind}', {owner}))) a
               WHERE %(maintain)s OR a.privilege_type <> 'MAINTAIN') AS entries)"""


def _grantees(acl: str) -> str:
    return (
        f"ARRAY(SELECT DISTINCT pg_get_userbyid(g.grantee)::text FROM aclexplode({acl}) g"
        " WHERE g.grantee <> 0 ORDER BY 1)"
    )


SCHEMAS = f"""
SELECT 'schema' AS kind, quote_ident(n.nspname) AS name, {_privileges("n.nspacl", "n", "n.nspowner")} AS definition,
       CASE WHEN n.nspname <> 'public' THEN pg_get_userbyid(n.nspowner)::text END AS owner,
       {_grantees("n.nspacl")} AS roles
FROM pg_namespace n
WHERE {_USERS} AND (n.nspname = 'public' OR {_own("pg_namespace", "n.oid")})
"""

EXTENSIONS = f"""
SELECT 'extension' AS kind, quote_ident(x.extname) AS name, 'SCHEMA ' || quote_ident(n.nspname) AS definition,
       NULL AS owner, ARRAY[]::text[] AS roles
FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
WHERE x.oid >= {_FIRST_USER_OID} AND x.extname <> ALL (%(extensions)s::text[])
"""

_RELATION_KINDS = (
    "CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view'"
    " WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' END"
)

_SEQUENCE = """
        (SELECT concat_ws(' ', 'AS', format_type(s.seqtypid, NULL), 'START', s.seqstart, 'INCREMENT', s.seqincrement,
                          'MINVALUE', s.seqmin, 'MAXVALUE', s.seqmax, 'CACHE', s.seqcache,
                          CASE WHEN s.seqcycle THEN 'CYCLE' END)
         FROM pg_sequence s WHERE s.seqrelid = c.oid),
        (SELECT format('OWNED BY %%s.%%I', d.refobjid::regclass, o.attname)
         FROM pg_depend d JOIN pg_attribute o ON o.attrelid = d.refobjid AND o.attnum = d.refobjsubid
         WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
         AND d.refclassid = 'pg_class'::regclass)"""

_PLACE_IN_A_TREE = """
        'PARTITION BY ' || CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
        (SELECT CASE WHEN c.relispartition THEN 'PARTITION OF ' ELSE 'INHERITS ' END
                || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
         FROM pg_inherits i WHERE i.inhrelid = c.oid AND c.relkind IN ('r', 'p', 'f')),
        pg_get_expr(c.relpartbound, c.oid)"""

_TABLE_OPTIONS = """
        CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
        'OF ' || CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        'USING ' || (SELECT m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap' AND c.relkind <> 'S'),
        'WITH ' || (SELECT string_agg(option, ', ' ORDER BY option COLLATE "C") FROM unnest(c.reloptions) option),
        CASE WHEN c.relkind IN ('r', 'p') AND c.relreplident <> 'd' THEN concat_ws(' ', 'REPLICA IDENTITY',
             c.relreplident, (SELECT i.indexrelid::regclass::text FROM pg_index i
                              WHERE i.indrelid = c.oid AND i.indisreplident AND c.relreplident = 'i')) END,
        CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' END,
        CASE WHEN c.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
        (SELECT concat_ws(' ', 'SERVER', quote_ident(v.srvname),
                          (SELECT string_agg(option, ', ' ORDER BY option COLLATE "C") FROM unnest(f.ftoptions) option))
         FROM pg_foreign_table f JOIN pg_foreign_server v ON v.oid = f.ftserver WHERE f.ftrelid = c.oid)"""

RELATIONS = f"""
SELECT {_RELATION_KINDS} AS kind, format('%%I.%%I', n.nspname, c.relname) AS name,
       concat_ws(E'\\n', {_PLACE_IN_A_TREE}, {_TABLE_OPTIONS}, {_SEQUENCE},
                 CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
                 CASE WHEN c.relkind = 'S' THEN {_privileges("c.relacl", "s", "c.relowner")}
                      ELSE {_privileges("c.relacl", "r", "c.relowner")} END) AS definition,
       pg_get_userbyid(c.relowner)::text AS owner, {_grantees("c.relacl")} AS roles
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND {_USERS} AND {_own("pg_class", "c.oid")} AND {_OF_COPIED}
"""

_COLUMN = """
        format_type(a.atttypid, a.atttypmod),
        (SELECT 'COLLATE ' || format('%%I.%%I', ln.nspname, l.collname) FROM pg_type t, pg_collation l
         JOIN pg_namespace ln ON ln.oid = l.collnamespace
         WHERE t.oid = a.atttypid AND a.attcollation <> t.typcollation AND l.oid = a.attcollation),
        CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
        END,
        CASE a.attgenerated WHEN 's' THEN 'STORED' WHEN 'v' THEN 'VIRTUAL' END,
        (SELECT 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
         WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum),
        (SELECT 'STORAGE ' || a.attstorage::text FROM pg_type t
         WHERE t.oid = a.atttypid AND a.attstorage <> t.typstorage),
        'COMPRESSION ' || NULLIF(a.attcompression::text, ''),
        'OPTIONS ' || array_to_string(a.attoptions || a.attfdwoptions, ', ')"""

# The parent of a partition; of another table none.
_PARENT = """
LEFT JOIN pg_inherits h ON c.relispartition AND h.inhrelid = c.oid
LEFT JOIN pg_class hc ON hc.oid = h.inhparent LEFT JOIN pg_namespace hn ON hn.oid = hc.relnamespace"""

COLUMNS = f"""
SELECT 'column' AS kind, format('%%I.%%I.%%I', n.nspname, c.relname, a.attname) AS name,
       concat_ws(' ', {_COLUMN}, CASE WHEN a.attacl IS NOT NULL THEN {_privileges("a.attacl", "c", "c.relowner")} END)
       AS definition, NULL AS owner, {_grantees("a.attacl")} AS roles,
       CASE WHEN hc.oid IS NULL THEN '' ELSE format('%%I.%%I.%%I', hn.nspname, hc.relname, a.attname) END AS parent
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace {_PARENT}
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND {_USERS}
AND {_own("pg_class", "c.oid")} AND {_OF_COPIED}
"""

# NOT NULL belongs to the column, and what a partition inherits to the parent.
CONSTRAINTS = f"""
SELECT 'constraint' AS kind, format('%%I on %%I.%%I', k.conname, n.nspname, c.relname) AS name,
       pg_get_constraintdef(k.oid) AS definition, NULL AS owner, ARRAY[]::text[] AS roles,
       CASE WHEN k.coninhcount = 0 OR hc.oid IS NULL THEN ''
            ELSE format('%%I on %%I.%%I', k.conname, hn.nspname, hc.relname) END AS parent
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace {_PARENT}
WHERE k.contype IN ('c', 'p', 'u', 'f', 'x') AND k.conparentid = 0 AND {_USERS} AND {_own("pg_class", "c.oid")}
AND {_OF_COPIED}
"""

# Without indexes of constraints, which the constraint covers; pg_dump leaves out invalid ones.
INDEXES = f"""
SELECT 'index' AS kind, format('%%I.%%I', n.nspname, c.relname) AS name, pg_get_indexdef(c.oid) AS definition,
       NULL AS owner, ARRAY[]::text[] AS roles,
       CASE WHEN hc.oid IS NULL THEN '' ELSE format('%%I.%%I', hn.nspname, hc.relname) END AS parent
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace {_PARENT}
WHERE (i.indisvalid OR c.relkind = 'I') AND {_USERS} AND {_own("pg_class", "i.indrelid")}
AND {_COPIED.format(table="i.indrelid")}
AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
"""

_AGGREGATE = """
        (SELECT concat_ws(' ', 'SFUNC', g.aggtransfn, 'STYPE', format_type(g.aggtranstype, NULL), 'FINALFUNC',
                          g.aggfinalfn, 'COMBINEFUNC', g.aggcombinefn, 'INITCOND', g.agginitval)
         FROM pg_aggregate g WHERE g.aggfnoid = p.oid)"""

# Constructors of range types are created and dropped with the type.
FUNCTIONS = f"""
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
       format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name,
       concat_ws(E'\\n', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, {_AGGREGATE},
                 {_privileges("p.proacl", "f", "p.proowner")}) AS definition,
       pg_get_userbyid(p.proowner)::text AS owner, {_grantees("p.proacl")} AS roles
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {_USERS} AND {_own("pg_proc", "p.oid")}
AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
"""

TRIGGERS = f"""
SELECT 'trigger' AS kind, format('%%I on %%I.%%I', t.tgname, n.nspname, c.relname) AS name,
       concat_ws(E'\\n', pg_get_triggerdef(t.oid), 'ENABLED ' || NULLIF(t.tgenabled::text, 'O')) AS definition,
       NULL AS owner, ARRAY[]::text[] AS roles
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgname <> 'bluegreen_gate' AND {_USERS}
AND {_own("pg_trigger", "t.oid")} AND {_OF_COPIED}
"""

RULES = f"""
SELECT 'rule' AS kind, format('%%I on %%I.%%I', r.rulename, n.nspname, c.relname) AS name,
       concat_ws(E'\\n', pg_get_ruledef(r.oid), 'ENABLED ' || NULLIF(r.ev_enabled::text, 'O')) AS definition,
       NULL AS owner, ARRAY[]::text[] AS roles
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {_USERS} AND {_own("pg_rewrite", "r.oid")} AND {_OF_COPIED}
"""

_POLICY_ROLES = (
    "ARRAY(SELECT pg_get_userbyid(member)::text FROM unnest(p.polroles) member WHERE member <> 0 ORDER BY 1)"
)

POLICIES = f"""
SELECT 'policy' AS kind, format('%%I on %%I.%%I', p.polname, n.nspname, c.relname) AS name,
       concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR', p.polcmd,
                 'TO', {_POLICY_ROLES}::text, 'USING ' || pg_get_expr(p.polqual, p.polrelid),
                 'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid)) AS definition,
       NULL AS owner, {_POLICY_ROLES} AS roles
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USERS} AND {_own("pg_policy", "p.oid")} AND {_OF_COPIED}
"""

_DOMAIN = """
        CASE t.typtype WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
             CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(t.typdefaultbin, 0),
             (SELECT string_agg(quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
              FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) END"""

_TYPE = f"""
        (SELECT 'ENUM ' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
         FROM pg_enum e WHERE e.enumtypid = t.oid),
        {_DOMAIN},
        (SELECT 'RANGE OF ' || format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid),
        (SELECT 'COMPOSITE ' || string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', '
                                           ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)"""

# Without row types of tables and array and multirange types, which are created and dropped with something else.
TYPES = f"""
SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind, format('%%I.%%I', n.nspname, t.typname) AS name,
       concat_ws(E'\\n', {_TYPE}, {_privileges("t.typacl", "T", "t.typowner")}) AS definition,
       pg_get_userbyid(t.typowner)::text AS owner, {_grantees("t.typacl")} AS roles
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typisdefined AND t.typtype IN ('b', 'c', 'd', 'e', 'r') AND COALESCE(c.relkind = 'c', true)
AND NOT (t.typcategory = 'A' AND t.typelem <> 0) AND {_USERS} AND {_own("pg_type", "t.oid")}
"""

STATISTICS = f"""
SELECT 'statistics' AS kind, format('%%I.%%I', n.nspname, s.stxname) AS name,
       pg_get_statisticsobjdef(s.oid) AS definition, pg_get_userbyid(s.stxowner)::text AS owner,
       ARRAY[]::text[] AS roles
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE {_USERS} AND {_own("pg_statistic_ext", "s.oid")} AND {_COPIED.format(table="s.stxrelid")}
"""

DEFAULT_PRIVILEGES = f"""
SELECT 'default privileges' AS kind,
       format('of %%I on %%s%%s', pg_get_userbyid(d.defaclrole),
              CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                   WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::text END,
              ' in ' || quote_ident(n.nspname)) AS name,
       {_privileges("d.defaclacl", "r", "d.defaclrole")} AS definition,
       pg_get_userbyid(d.defaclrole)::text AS owner, {_grantees("d.defaclacl")} AS roles
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
WHERE COALESCE({_USERS}, true)
"""

_OTHERS = (
    # (catalog, column of the namespace, column of the owner; "0" where the kind has none)
    # An operator without a function is only mentioned by another one, and comes and stays with it.
    ("pg_operator", "oprnamespace", "oprowner"), ("pg_opclass", "opcnamespace", "opcowner"),
    ("pg_opfamily", "opfnamespace", "opfowner"), ("pg_collation", "collnamespace", "collowner"),
    ("pg_conversion", "connamespace", "conowner"), ("pg_ts_config", "cfgnamespace", "cfgowner"),
    ("pg_ts_dict", "dictnamespace", "dictowner"), ("pg_ts_parser", "prsnamespace", "0"),
    ("pg_ts_template", "tmplnamespace", "0"), ("pg_cast", "0", "0"), ("pg_transform", "0", "0"),
    ("pg_language", "0", "lanowner"), ("pg_foreign_data_wrapper", "0", "fdwowner"),
    ("pg_foreign_server", "0", "srvowner"), ("pg_am", "0", "0"),
)  # fmt: skip

_EACH_OTHER = "\n    UNION ALL ".join(
    f"SELECT '{catalog}'::regclass AS catalog, o.oid, {namespace} AS namespace, {owner} AS owner FROM {catalog} o"
    for catalog, namespace, owner in _OTHERS
)

# Servers before 15 spell the identity of a transform differently.
_IDENTITY = "CASE i.type WHEN 'transform' THEN replace(i.identity, ' on language ', ' language ') ELSE i.identity END"

# For these kinds only the existence and the owner are compared.
OTHERS = f"""
SELECT i.type AS kind, {_IDENTITY} AS name, '' AS definition,
       CASE WHEN o.owner <> 0 THEN pg_get_userbyid(o.owner)::text END AS owner, ARRAY[]::text[] AS roles
FROM ({_EACH_OTHER}) AS o
LEFT JOIN pg_namespace n ON n.oid = o.namespace
CROSS JOIN LATERAL pg_identify_object(o.catalog, o.oid, 0) i
WHERE o.oid >= {_FIRST_USER_OID} AND COALESCE({_USERS}, true)
AND NOT EXISTS (SELECT FROM pg_operator s WHERE o.catalog = 'pg_operator'::regclass AND s.oid = o.oid AND s.oprcode = 0)
AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.classid = o.catalog AND e.objid = o.oid)
"""

ALL_KINDS = (
    SCHEMAS, EXTENSIONS, RELATIONS, COLUMNS, CONSTRAINTS, INDEXES, FUNCTIONS, TRIGGERS, RULES, POLICIES, TYPES,
    STATISTICS, DEFAULT_PRIVILEGES, OTHERS,
)  # fmt: skip
