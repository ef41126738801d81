# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What slows a first copy down on green: dropped, and recreated from the catalog's own definitions.

Each row of ``first_copy_work`` holds both statements, so the next worker can recreate what a dead one dropped.
Stages: 1 rows, 2 indexes, 3 constraints on indexes, 4 foreign keys, 5 statistics, 6 triggers.
"""

from __future__ import annotations

from ..service.gate import CREATE_TRIGGER

_OWNED = """
WITH owned AS (
    SELECT c.oid, t.schema, t.name, t.bytes, t.late FROM bluegreen.first_copy_table t
    JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
)
"""

FOREIGN_KEYS = f"""
{_OWNED}, related AS (
    SELECT oid FROM owned UNION SELECT a.relid FROM owned o, pg_catalog.pg_partition_ancestors(o.oid) AS a (relid)
)
INSERT INTO bluegreen.first_copy_work (stage, schema, name, title, bytes, take_away, statement)
SELECT 4, n.nspname, c.relname,
       pg_catalog.format('foreign key %I of %I.%I', k.conname, n.nspname, c.relname),
       pg_catalog.pg_table_size(k.conrelid),
       pg_catalog.format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname),
       pg_catalog.concat_ws('; ',
           pg_catalog.format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname,
                             pg_catalog.pg_get_constraintdef(k.oid)),
           CASE WHEN d.description IS NOT NULL THEN
               pg_catalog.format('COMMENT ON CONSTRAINT %I ON %I.%I IS %L', k.conname, n.nspname, c.relname,
                                 d.description) END)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description d
       ON d.objoid = k.oid AND d.objsubid = 0 AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
WHERE k.contype = 'f' AND k.conparentid = 0
  AND (k.conrelid IN (SELECT oid FROM related) OR k.confrelid IN (SELECT oid FROM related))
"""

# Whatever its definition alone cannot recreate stays: parts of a partitioned index, exclusion constraints, other
# tablespaces, statistics targets, objects of extensions. Without a description, COMMENT
# is left out: a NULL would make the whole statement NULL.
INDEXES = f"""
{_OWNED}, late AS (
    SELECT o.*, i.indexrelid, i.indisreplident, i.indisclustered, x.relname AS index, k.conname, k.contype,
           k.condeferrable, k.condeferred, k.oid AS constraint_oid
    FROM owned o
    JOIN pg_catalog.pg_index i ON i.indrelid = o.oid
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = o.oid
                                            AND k.contype IN ('p', 'u', 'x')
    WHERE o.late AND i.indisvalid AND x.reltablespace = 0
      AND (k.contype IS NULL OR k.contype <> 'x' AND NOT COALESCE((pg_catalog.to_jsonb(k)->>'conperiod')::bool, false))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = i.indexrelid AND COALESCE(a.attstattarget, -1) >= 0)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = i.indexrelid AND d.deptype IN ('x', 'e'))
), made AS (
    INSERT INTO bluegreen.first_copy_work (stage, schema, name, object, title, bytes, take_away, statement)
    SELECT 2, schema, name, index, pg_catalog.format('index %I.%I', schema, index), bytes,
           CASE WHEN conname IS NULL THEN pg_catalog.format('DROP INDEX %I.%I', schema, index)
                ELSE pg_catalog.format('ALTER TABLE %I.%I DROP CONSTRAINT %I', schema, name, conname) END,
           pg_catalog.concat_ws('; ', pg_catalog.pg_get_indexdef(indexrelid),
               'COMMENT ON INDEX ' || pg_catalog.format('%I.%I', schema, index) || ' IS '
                   || pg_catalog.quote_literal(pg_catalog.obj_description(indexrelid, 'pg_class')))
    FROM late
)
INSERT INTO bluegreen.first_copy_work (stage, schema, name, object, title, statement)
SELECT 3, schema, name, index, pg_catalog.format('key %I of %I.%I', index, schema, name),
       pg_catalog.concat_ws('; ',
           'ALTER TABLE ' || pg_catalog.format('%I.%I', schema, name) || ' ADD CONSTRAINT '
               || pg_catalog.quote_ident(conname) || CASE contype WHEN 'p' THEN ' PRIMARY KEY' ELSE ' UNIQUE' END
               || ' USING INDEX ' || pg_catalog.quote_ident(index)
               || CASE WHEN condeferrable THEN ' DEFERRABLE' ELSE '' END
               || CASE WHEN condeferred THEN ' INITIALLY DEFERRED' ELSE '' END,
           'COMMENT ON CONSTRAINT ' || pg_catalog.quote_ident(conname) || ' ON '
               || pg_catalog.format('%I.%I', schema, name) || ' IS '
               || pg_catalog.quote_literal(pg_catalog.obj_description(constraint_oid, 'pg_constraint')),
           CASE WHEN indisreplident THEN
               pg_catalog.format('ALTER TABLE %I.%I REPLICA IDENTITY USING INDEX %I', schema, name, index) END,
           CASE WHEN indisclustered THEN
               pg_catalog.format('ALTER TABLE %I.%I CLUSTER ON %I', schema, name, index) END)
FROM late WHERE conname IS NOT NULL OR indisreplident OR indisclustered
"""

# None of the user's triggers fires: blue's rows already contain what they would have done.
USER_TRIGGERS = f"""
{_OWNED}
INSERT INTO bluegreen.first_copy_work (stage, schema, name, title, take_away, statement)
SELECT 6, o.schema, o.name, pg_catalog.format('trigger %I of %I.%I', g.tgname, o.schema, o.name),
       pg_catalog.format('ALTER TABLE %I.%I DISABLE TRIGGER %I', o.schema, o.name, g.tgname),
       pg_catalog.format('ALTER TABLE %I.%I ENABLE %s TRIGGER %I', o.schema, o.name,
                         CASE g.tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, g.tgname)
FROM owned o JOIN pg_catalog.pg_trigger g ON g.tgrelid = o.oid
WHERE NOT g.tgisinternal AND g.tgenabled IN ('O', 'A') AND g.tgname <> 'bluegreen_gate'
"""

# COPY ignores rules, but an INSERT by the table's owner would follow them.
RULES = f"""
{_OWNED}
INSERT INTO bluegreen.first_copy_work (stage, schema, name, title, take_away, statement)
SELECT 6, o.schema, o.name, pg_catalog.format('rule %I of %I.%I', r.rulename, o.schema, o.name),
       pg_catalog.format('ALTER TABLE %I.%I DISABLE RULE %I', o.schema, o.name, r.rulename),
       pg_catalog.format('ALTER TABLE %I.%I ENABLE %s RULE %I', o.schema, o.name,
                         CASE r.ev_enabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, r.rulename)
FROM owned o JOIN pg_catalog.pg_rewrite r ON r.ev_class = o.oid AND r.ev_enabled IN ('O', 'A')
"""

# The gate stays and lets only our own role pass, which is also the subscription's. What is recreated is our own gate,
# whatever had its name before.
_PUT_BACK = f"DROP TRIGGER bluegreen_gate ON %1$I.%2$I; {CREATE_TRIGGER.format(table='%1$I.%2$I')}"
GATE = f"""
{_OWNED}
INSERT INTO bluegreen.first_copy_work (stage, schema, name, title, take_away, statement)
SELECT 6, o.schema, o.name, pg_catalog.format('gate of %I.%I', o.schema, o.name),
       pg_catalog.format('DROP TRIGGER bluegreen_gate ON %1$I.%2$I; CREATE TRIGGER bluegreen_gate '
                         'BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I.%2$I FOR EACH STATEMENT '
                         'EXECUTE FUNCTION bluegreen.pass_first_copy(%3$L)', o.schema, o.name, session_user),
       pg_catalog.format($gate${_PUT_BACK}$gate$, o.schema, o.name)
FROM owned o JOIN pg_catalog.pg_trigger g ON g.tgrelid = o.oid AND g.tgname = 'bluegreen_gate'
"""

FIND = (FOREIGN_KEYS, INDEXES, USER_TRIGGERS, RULES, GATE)

# An index that another object of the user's depends on stays in place.
TAKE_AWAY = """
DO $bluegreen$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT w.* FROM bluegreen.first_copy_work AS w WHERE w.take_away IS NOT NULL
                ORDER BY w.stage DESC, w.id LOOP
        BEGIN
            EXECUTE item.take_away;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            IF item.stage OPERATOR(pg_catalog.<>) 2 THEN
                RAISE;
            END IF;
            DELETE FROM bluegreen.first_copy_work w
            WHERE w.schema OPERATOR(pg_catalog.=) item.schema AND w.name OPERATOR(pg_catalog.=) item.name
              AND w.object OPERATOR(pg_catalog.=) item.object;
        END;
    END LOOP;
END $bluegreen$
"""

# As it was before the copy: no row of ours, and every object of the user's in place.
GIVE_BACK = """
DO $bluegreen$
DECLARE
    item record;
    tables pg_catalog.text;
BEGIN
    FOR item IN SELECT w.* FROM bluegreen.first_copy_work AS w
                WHERE w.done AND w.stage OPERATOR(pg_catalog.=) ANY (ARRAY[4, 6]) AND w.take_away IS NOT NULL LOOP
        EXECUTE item.take_away;
        UPDATE bluegreen.first_copy_work SET done = false WHERE id OPERATOR(pg_catalog.=) item.id;
    END LOOP;
    SELECT pg_catalog.string_agg(pg_catalog.format('ONLY %I.%I', schema, name), ', ') INTO tables
    FROM bluegreen.first_copy_table;
    IF tables IS NOT NULL THEN
        IF pg_catalog.to_regclass('bluegreen.fenced') IS NULL THEN
            RAISE EXCEPTION 'green is not fenced: its tables are not emptied';
        END IF;
        EXECUTE pg_catalog.concat('TRUNCATE ', tables);
    END IF;
    FOR item IN SELECT w.* FROM bluegreen.first_copy_work AS w
                WHERE NOT w.done AND w.stage OPERATOR(pg_catalog.>) 1 AND w.stage OPERATOR(pg_catalog.<>) 5
                ORDER BY w.stage, w.id LOOP
        EXECUTE item.statement;
    END LOOP;
    TRUNCATE bluegreen.first_copy_work, bluegreen.first_copy_table;
END $bluegreen$
"""
