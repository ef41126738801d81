# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight reads about a database's objects, set-based: as many queries for one table as for thousands."""

from __future__ import annotations

from ..catalog import IS_USERS_SCHEMA, IS_WRITTEN, STANDS_AT
from ..service.gate import IS_REACHED, IS_WRITABLE


def _of_no_extension(catalog: str, alias: str) -> str:
    return f"""NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass AND e.objid = {alias}.oid
                         AND e.deptype = 'e')"""


_USERS_RELATION = f"{IS_USERS_SCHEMA} AND {_of_no_extension('pg_class', 'c')}"

# As text: an index over an expression has no column names to compare, and a partial one says nothing about all rows.
RELATIONS = f"""
WITH columns AS (
    SELECT a.attrelid, jsonb_agg(jsonb_build_array(
               a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
               a.attidentity::text, a.attgenerated::text,
               CASE WHEN a.attcollation <> t.typcollation THEN o.collname END,
               CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END)) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation o ON o.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {IS_USERS_SCHEMA}
    GROUP BY 1
), indexes AS (
    SELECT i.indrelid, bool_or(i.indimmediate) FILTER (WHERE i.indisprimary) AS key_immediate,
           bool_or(i.indisreplident AND i.indisvalid) AS identity_index,
           jsonb_agg((i.indkey::int2[])[0:i.indnkeyatts - 1]) FILTER (WHERE i.indisprimary) -> 0 AS key,
           jsonb_agg((i.indkey::int2[])[0:i.indnkeyatts - 1]) FILTER (WHERE i.indisreplident) -> 0 AS chosen,
           jsonb_agg((i.indkey::int2[])[0:i.indnkeyatts - 1]) FILTER (
               WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL) AS uniques,
           array_agg(substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)')) FILTER (
               WHERE i.indisunique AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)) AS rules
    FROM pg_index i
    GROUP BY 1
)
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relpersistence::text AS persistence,
       pg_get_userbyid(c.relowner)::text AS owner, c.relispartition AS leaf, c.relreplident::text AS identity,
       x.key_immediate, COALESCE(x.identity_index, false) AS identity_index,
       CASE c.relreplident WHEN 'd' THEN x.key WHEN 'i' THEN x.chosen END AS identity_columns, x.uniques,
       c.relforcerowsecurity AND c.relrowsecurity AS row_security_forced,
       c.relrowsecurity AND NOT l.rolsuper AND NOT l.rolbypassrls
           AND (c.relforcerowsecurity OR NOT pg_has_role(l.oid, c.relowner, 'USAGE')) AS hidden_from_link,
       c.relkind IN ('r', 'm') AND pg_relation_size(c.oid) > 0 AS filled,
       COALESCE(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) IS NOT NULL AS analyzed,
       y.columns, x.rules,
       concat_ws(' ', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_expr(c.relpartbound, c.oid))
           AS partitioning
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_roles l ON l.rolname = %(link)s
LEFT JOIN indexes x ON x.indrelid = c.oid AND c.relkind IN ('r', 'p')
LEFT JOIN columns y ON y.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND c.relpersistence <> 't' AND {_USERS_RELATION}
"""

# Relations that the links do not carry and that other roles may write to.
BEYOND = f"""
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, COALESCE(x.extname::text, '') AS extension,
       {IS_REACHED} AS reached
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = e.refobjid
WHERE {IS_WRITTEN} AND (x.oid IS NOT NULL OR c.relkind IN ('f', 'v')) AND {IS_WRITABLE}
"""

# Only before 12: no later server has the column.
WITH_OIDS = f"""
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relhasoids AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {_USERS_RELATION}
ORDER BY 1, 2
"""

# Statistics can exist although nobody has run ANALYZE: restored ones (18), or those from before a crash.
WITH_STATISTICS = "SELECT DISTINCT schemaname AS schema, tablename AS name FROM pg_stats"

SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner, s.seqmin AS least,
       s.seqmax AS most, s.seqincrement AS step, s.seqcycle AS cycles,
       CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') AND NOT pg_is_in_recovery()
            THEN {STANDS_AT} END AS last_value
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE c.relpersistence <> 't' AND {_USERS_RELATION}
"""

# 18 has constraints that are NOT ENFORCED; they refuse nothing.
CONSTRAINTS = f"""
SELECT n.nspname AS schema, c.relname AS table, k.conname::text AS name, k.contype::text AS kind,
       k.convalidated AS validated, CASE WHEN k.contype IN ('c', 'x') THEN pg_get_constraintdef(k.oid) ELSE '' END
           AS definition, f.relname AS referenced, m.nspname AS referenced_schema
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace m ON m.oid = f.relnamespace
WHERE (k.contype IN ('c', 'f', 'x') OR k.contype = 'n' AND NOT k.convalidated)
  AND (k.convalidated OR COALESCE((to_jsonb(k) ->> 'conenforced')::boolean, true))
  AND k.conparentid = 0 AND k.coninhcount = 0 AND {_USERS_RELATION}
"""

ENUMS = f"""
SELECT n.nspname AS schema, t.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
WHERE {IS_USERS_SCHEMA} AND {_of_no_extension("pg_type", "t")}
GROUP BY 1, 2
"""

# The types that a type t is made of.
_TYPES_WITHIN = """
    SELECT t.typbasetype AS part, NULL::oid AS collation WHERE t.typtype = 'd'
    UNION ALL SELECT t.typelem, NULL WHERE t.typcategory = 'A' AND t.typelem <> 0
    UNION ALL SELECT a.atttypid, a.attcollation FROM pg_attribute a
              WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT r.rngsubtype, r.rngcollation FROM pg_range r
              WHERE r.rngtypid = t.oid OR (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid
"""

# Enums, and types that name something in the catalog, hash their oid; what is made of them hashes its parts. A hash
# function of the user's own is theirs to know. An expression shows its type only by its operator class.
HASHED_BY_OID = f"""
WITH RECURSIVE keys AS (
    SELECT p.partrelid, COALESCE(a.atttypid, o.opcintype) AS type
    FROM pg_partitioned_table p
    CROSS JOIN LATERAL unnest(p.partattrs::int2[], p.partclass::oid[]) AS k (attnum, class)
    JOIN pg_opclass o ON o.oid = k.class
    LEFT JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.attnum AND k.attnum > 0
    WHERE p.partstrat = 'h' AND NOT EXISTS (
        SELECT FROM pg_amproc f WHERE f.amprocfamily = o.opcfamily AND f.amproclefttype = o.opcintype
        AND f.amprocnum = 2 AND f.amproc::oid >= 16384)
),
parts AS (
    SELECT partrelid, type FROM keys
    UNION
    SELECT p.partrelid, x.part FROM parts p JOIN pg_type t ON t.oid = p.type
    CROSS JOIN LATERAL ({_TYPES_WITHIN}) AS x
)
SELECT n.nspname AS schema, c.relname AS table, format_type(t.oid, NULL) AS type,
       (SELECT string_agg(e.oid || ' ' || e.enumlabel, ', ' ORDER BY e.oid) FROM pg_enum e WHERE e.enumtypid = t.oid)
           AS labels
FROM parts p JOIN pg_type t ON t.oid = p.type JOIN pg_class c ON c.oid = p.partrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (t.typtype = 'e' OR t.typname = 'anyenum' AND t.oid < 16384
       OR t.oid < 16384 AND starts_with(t.typname, 'reg') AND t.typtype = 'b') AND {_USERS_RELATION}
ORDER BY 1, 2, 3
"""

_PARTS_OF_FULL = f"""
WITH RECURSIVE parts AS (
    SELECT c.oid AS relation, a.atttypid AS type, a.attcollation AS collation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relreplident = 'f' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND {_USERS_RELATION}
    UNION
    SELECT p.relation, x.part, COALESCE(x.collation, p.collation) FROM parts p JOIN pg_type t ON t.oid = p.type
    CROSS JOIN LATERAL ({_TYPES_WITHIN}) AS x
)
SELECT n.nspname AS schema, c.relname AS table, array_agg(DISTINCT format_type(t.oid, NULL)) AS types
FROM parts p JOIN pg_type t ON t.oid = p.type JOIN pg_class c ON c.oid = p.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.typtype = 'b' AND NOT (t.typcategory = 'A' AND t.typelem <> 0) AND {{condition}}
GROUP BY 1, 2
"""
_TAKES_THE_TYPE = """
    o.opcdefault AND (o.opcintype = t.oid OR EXISTS (
        SELECT FROM pg_cast s WHERE s.castsource = t.oid AND s.casttarget = o.opcintype
                              AND s.castmethod = 'b' AND s.castcontext = 'i'))
"""
# The equality that a server looks up for a whole row: that of the type's default operator class, and for what is made
# of other types that of each of them.
INCOMPARABLE = _PARTS_OF_FULL.format(
    condition=f"""
    NOT EXISTS (SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
                WHERE m.amname IN ('btree', 'hash') AND {_TAKES_THE_TYPE})
"""
)
# Support function 4 of a B-tree operator class is there where equal values are the same bytes.
EQUAL_AND_NOT_THE_SAME = _PARTS_OF_FULL.format(
    condition=f"""
    (EXISTS (SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
             WHERE m.amname = 'btree' AND {_TAKES_THE_TYPE} AND NOT EXISTS (
                 SELECT FROM pg_amproc f WHERE f.amprocfamily = o.opcfamily AND f.amproclefttype = o.opcintype
                 AND f.amprocrighttype = o.opcintype AND f.amprocnum = 4))
     OR EXISTS (SELECT FROM pg_collation l WHERE l.oid = p.collation AND NOT l.collisdeterministic))
"""
)

DOMAINS = f"""
SELECT n.nspname AS schema, t.typname AS name, format_type(t.typbasetype, t.typtypmod) AS base,
       t.typnotnull AS not_null,
       ARRAY(SELECT k.conname::text FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY 1)
           AS checks
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND {IS_USERS_SCHEMA} AND {_of_no_extension("pg_type", "t")}
"""

TRIGGERS = f"""
SELECT n.nspname AS schema, c.relname AS table, t.tgname::text AS name, t.tgenabled::text AS enabled
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('A', 'R') AND t.tgname <> 'bluegreen_gate'
  AND {_USERS_RELATION}
"""

EVENT_TRIGGERS = f"""
SELECT t.evtname::text AS name FROM pg_event_trigger t
WHERE t.evtenabled <> 'D' AND NOT starts_with(t.evtname::text, 'bluegreen_')
  AND {_of_no_extension("pg_event_trigger", "t")}
"""

EXTENSIONS = """
SELECT e.extname::text AS name, e.extversion AS version, a.default_version AS newest,
       e.extconfig IS NOT NULL AS keeps_data, n.nspname::text AS schema
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions() a ON a.name = e.extname
"""

AVAILABLE = "SELECT name::text, default_version AS newest FROM pg_available_extensions()"
