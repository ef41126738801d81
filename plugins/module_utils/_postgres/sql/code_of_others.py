# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that a table's own expressions and triggers call, and that roles other than superusers can write."""

from __future__ import annotations

from .catalog import IS_USERS_SCHEMA

# Expressions as the server stores them: they contain the oids of everything that they call, operators and built-in
# functions included. A domain's constraints apply to every column of that domain or of a type made of it, and to every
# cast to it. Built-in functions and those of extensions are nobody else's code; but some run what their arguments say.
# Of thousands of tables few have a type that is made of others, and many have the same expressions.
CODE = f"""
WITH RECURSIVE tables AS (
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {IS_USERS_SCHEMA}
      AND (%(schema)s::text IS NULL OR n.nspname = %(schema)s AND c.relname = %(table)s)
), columns AS (
    SELECT t.oid AS relid, a.attname::text AS object, a.atttypid AS type
    FROM tables t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type y ON y.oid = a.atttypid AND (y.typtype <> 'b' OR y.typelem <> 0)
), made_of AS (
    SELECT type AS whole, type FROM columns
    UNION
    SELECT s.whole, u.type FROM made_of s JOIN pg_catalog.pg_type y ON y.oid = s.type
    LEFT JOIN pg_catalog.pg_range r ON s.type IN (r.rngtypid, r.rngmultitypid)
    CROSS JOIN LATERAL (
        SELECT v.type FROM (VALUES (y.typbasetype), (y.typelem), (r.rngtypid), (r.rngsubtype)) AS v (type)
        UNION ALL
        SELECT a.atttypid FROM pg_catalog.pg_attribute a
        WHERE y.typtype = 'c' AND a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS u
    WHERE u.type <> 0
), types AS (
    SELECT c.relid, c.object, m.type FROM columns c JOIN made_of m ON m.whole = c.type
), expressions AS (
    SELECT t.oid AS relid, 'constraint' AS kind, k.conname::text AS object, ''::text AS enabled, k.conbin::text AS tree
    FROM tables t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype = 'c'
    UNION ALL
    SELECT t.oid, CASE WHEN a.attgenerated = '' THEN 'default' ELSE 'generated column' END, a.attname, '', d.adbin::text
    FROM tables t JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    UNION ALL
    SELECT t.oid, 'index', x.relname, '', pg_catalog.concat(i.indexprs, i.indpred)
    FROM tables t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND pg_catalog.concat(i.indexprs, i.indpred) <> ''
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    UNION ALL
    SELECT t.oid, 'statistics', e.stxname, '', e.stxexprs::text
    FROM tables t JOIN pg_catalog.pg_statistic_ext e ON e.stxrelid = t.oid
    UNION ALL
    SELECT t.oid, 'partition key', p.partrelid::pg_catalog.regclass::text, '', p.partexprs::text
    FROM tables t CROSS JOIN LATERAL (
        SELECT t.oid UNION
        SELECT a.relid FROM pg_catalog.pg_partition_ancestors(t.oid) WITH ORDINALITY AS a (relid, place)) AS a (oid)
    JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = a.oid
    UNION ALL
    SELECT t.oid, 'trigger', g.tgname, g.tgenabled::text, pg_catalog.concat(g.tgqual, ' :funcid ', g.tgfoid)
    FROM tables t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
    UNION ALL
    SELECT t.oid, 'foreign key', k.conname, '', pg_catalog.concat(':funcid ', y.castfunc::oid)
    FROM tables t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f'
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
    JOIN pg_catalog.pg_cast y ON y.castsource = a.atttypid AND y.castcontext = 'i' AND y.castfunc <> 0
    UNION ALL
    SELECT s.relid, 'domain', s.object, '', k.conbin::text
    FROM types s JOIN pg_catalog.pg_constraint k ON k.contypid = s.type AND k.contype = 'c'
    UNION ALL
    SELECT s.relid, 'range type', s.object, '', pg_catalog.concat(':funcid ', r.rngsubdiff::oid)
    FROM types s JOIN pg_catalog.pg_range r ON r.rngtypid = s.type
), reached AS (
    SELECT DISTINCT tree AS root, tree FROM expressions WHERE tree <> ''
    UNION
    SELECT r.root, k.conbin::text
    FROM reached r
    CROSS JOIN LATERAL pg_catalog.regexp_matches(r.tree, ':resulttype (\\d+)', 'g') AS m (found)
    CROSS JOIN LATERAL (
        WITH RECURSIVE over AS (
            SELECT y.oid, y.typbasetype FROM pg_catalog.pg_type y WHERE y.oid = m.found[1]::oid AND y.typtype = 'd'
            UNION ALL SELECT y.oid, y.typbasetype FROM over o JOIN pg_catalog.pg_type y ON y.oid = o.typbasetype
            WHERE y.typtype = 'd')
        SELECT oid FROM over) AS d
    JOIN pg_catalog.pg_constraint k ON k.contypid = d.oid AND k.contype = 'c'
), called AS (
    SELECT r.root, r.tree, COALESCE(o.oprcode::oid, m.found[2]::oid) AS function
    FROM reached r
    CROSS JOIN LATERAL pg_catalog.regexp_matches(r.tree, ':(funcid|opno|aggfnoid|winfnoid) (\\d+)', 'g') AS m (found)
    LEFT JOIN pg_catalog.pg_operator o ON m.found[1] = 'opno' AND o.oid = m.found[2]::oid
), judged AS (
    SELECT DISTINCT c.root, c.tree, p.oid::int8 AS function_oid, p.oid::pg_catalog.regprocedure::text AS function,
           w.rolname::text AS owner, l.lanname::text AS language,
           w.rolsuper AND NOT (p.proname ~ '_to_xml' AND p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
               AS only_volatile
    FROM called c JOIN pg_catalog.pg_proc p ON p.oid = c.function
    JOIN pg_catalog.pg_roles w ON w.oid = p.proowner JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE NOT w.rolsuper
       OR p.proname ~ '_to_xml' AND p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
       OR p.provolatile = 'v' AND p.proname !~ '^(nextval|random|clock_timestamp|timeofday)$|uuid'
          AND (p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace OR EXISTS (
              SELECT FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'))
)
SELECT DISTINCT t.schema, t.name AS table, e.kind, e.object, e.enabled, j.function_oid, j.function, j.owner, j.language,
       CASE WHEN e.kind IN ('constraint', 'index', 'statistics') THEN j.tree END AS tree
FROM judged j JOIN expressions e ON e.tree = j.root JOIN tables t ON t.oid = e.relid
WHERE e.kind <> 'trigger' OR NOT j.only_volatile
ORDER BY 1, 2, 3, 4
"""
