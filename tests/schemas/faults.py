# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults planted on green behind replication's back: each is found by its name, and nothing else is.

They are read from green's own catalog, so any schema will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import psycopg2
from psycopg2.extensions import connection

from tests.fixtures.databases import run_statement
from tests.schemas.words import as_told


@dataclass(frozen=True)
class Fault:
    """What was done, how it is taken back, and the text that each title which tells of it contains."""

    what: str
    told: str
    do: str
    undo: str


_USERS = """n.nspname NOT IN ('pg_catalog', 'information_schema', 'bluegreen') AND n.nspname !~ '^pg_(toast|temp)'
AND c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
AND d.deptype = 'e')"""

# Of what, the query of (told, do, undo), as the server itself quotes names. To undo does not bring comments back.
_FAULTS: tuple[tuple[str, str], ...] = (
    ("an index is missing", """
        SELECT format('%I.%I', m.nspname, x.relname), format('DROP INDEX %I.%I', m.nspname, x.relname),
            pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace m ON m.oid = x.relnamespace
        WHERE {users} AND c.relkind = 'r' AND NOT c.relispartition AND NOT i.indisreplident
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
        AND NOT EXISTS (SELECT FROM pg_description y WHERE y.objoid = x.oid)"""),
    ("a constraint is missing", """
        SELECT format('%I on %I.%I', k.conname, n.nspname, c.relname),
               format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname),
               format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname,
                   pg_get_constraintdef(k.oid))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND k.contype IN ('c', 'f') AND k.coninhcount = 0 AND c.relkind = 'r' AND NOT c.relispartition
        AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)
        AND NOT EXISTS (SELECT FROM pg_description y WHERE y.objoid = k.oid)"""),
    ("a trigger is missing", """
        SELECT format('%I on %I.%I', t.tgname, n.nspname, c.relname),
               format('DROP TRIGGER %I ON %I.%I', t.tgname, n.nspname, c.relname), pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgname !~ '^bluegreen'
            AND t.tgenabled = 'O'
        AND NOT EXISTS (SELECT FROM pg_description y WHERE y.objoid = t.oid)"""),
    ("a trigger is off", """
        SELECT format('%I on %I.%I', t.tgname, n.nspname, c.relname),
               format('ALTER TABLE %I.%I DISABLE TRIGGER %I', n.nspname, c.relname, t.tgname),
               format('ALTER TABLE %I.%I ENABLE TRIGGER %I', n.nspname, c.relname, t.tgname)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND NOT t.tgisinternal AND t.tgname !~ '^bluegreen' AND t.tgenabled = 'O' AND c.relkind = 'r'
        AND t.tgparentid = 0"""),
    ("a rule is missing", """
        SELECT format('%I on %I.%I', r.rulename, n.nspname, c.relname),
               format('DROP RULE %I ON %I.%I', r.rulename, n.nspname, c.relname), pg_get_ruledef(r.oid)
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND r.rulename <> '_RETURN'
        AND NOT EXISTS (SELECT FROM pg_description y WHERE y.objoid = r.oid)"""),
    ("a policy is another", """
        SELECT format('%I on %I.%I', p.polname, n.nspname, c.relname),
               format('ALTER POLICY %I ON %I.%I USING (%s AND true IS NOT NULL)', p.polname, n.nspname, c.relname,
                   pg_get_expr(p.polqual, p.polrelid)),
               format('ALTER POLICY %I ON %I.%I USING (%s)', p.polname, n.nspname, c.relname, pg_get_expr(p.polqual,
                   p.polrelid))
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND p.polqual IS NOT NULL"""),
    ("a policy is missing", """
        SELECT format('%I on %I.%I', p.polname, n.nspname, c.relname),
               format('DROP POLICY %I ON %I.%I', p.polname, n.nspname, c.relname),
               format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s USING (%s)', p.polname, n.nspname, c.relname,
                   CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                   CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                   (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ')
                    FROM unnest(p.polroles) role), pg_get_expr(p.polqual, p.polrelid))
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND p.polqual IS NOT NULL AND p.polwithcheck IS NULL
        AND NOT EXISTS (SELECT FROM pg_description y WHERE y.objoid = p.oid)"""),
    ("row-level security is off", """
        SELECT format('%I.%I', n.nspname, c.relname), format('ALTER TABLE %I.%I DISABLE ROW LEVEL SECURITY',
            n.nspname, c.relname),
               format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {users} AND c.relrowsecurity"""),
    ("a default is missing", """
        SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname),
               format('ALTER TABLE %I.%I ALTER %I DROP DEFAULT', n.nspname, c.relname, a.attname),
               format('ALTER TABLE %I.%I ALTER %I SET DEFAULT %s', n.nspname, c.relname, a.attname,
                   pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND a.attgenerated = '' AND c.relkind = 'r' AND NOT c.relispartition AND a.attinhcount = 0
        AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)"""),
    ("a column is longer", """
        SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname),
               format('ALTER TABLE %I.%I ALTER %I TYPE varchar(21)', n.nspname, c.relname, a.attname),
               format('ALTER TABLE %I.%I ALTER %I TYPE varchar(20)', n.nspname, c.relname, a.attname)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND c.relkind = 'r' AND NOT c.relispartition AND a.atttypid = 'varchar'::regtype
            AND a.atttypmod = 24
        AND a.attnum > 0 AND a.attinhcount = 0
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indrelid = a.attrelid
            AND a.attnum = ANY (i.indkey))
        AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)"""),
    ("a column may be null", """
        SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname),
               format('ALTER TABLE %I.%I ALTER %I DROP NOT NULL', n.nspname, c.relname, a.attname),
               format('ALTER TABLE %I.%I ALTER %I SET NOT NULL', n.nspname, c.relname, a.attname)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND c.relkind = 'r' AND NOT c.relispartition AND a.attnotnull AND a.attnum > 0
            AND a.attidentity = ''
        AND a.attinhcount = 0 AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid
            AND a.attnum = ANY (i.indkey))
        AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)"""),
    ("a function is another", """
        SELECT format('%I.%I(', n.nspname, p.proname), format('ALTER FUNCTION %s SET work_mem = 65',
            p.oid::regprocedure),
               format('ALTER FUNCTION %s RESET work_mem', p.oid::regprocedure)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            JOIN pg_class c ON c.oid = p.oid OR c.oid = (SELECT max(oid) FROM pg_class)
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'bluegreen') AND p.oid >= 16384
            AND p.prokind = 'f'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
            AND d.deptype IN ('e', 'i'))"""),
    ("a view is another", """
        SELECT format('%I.%I', n.nspname, c.relname),
               format('CREATE OR REPLACE VIEW %I.%I AS SELECT * FROM (%s) AS planted WHERE 1 < 2', n.nspname,
                   c.relname, rtrim(pg_get_viewdef(c.oid), ';')),
               format('CREATE OR REPLACE VIEW %I.%I AS %s', n.nspname, c.relname, pg_get_viewdef(c.oid))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {users} AND c.relkind = 'v'
            AND c.reloptions IS NULL"""),
    ("a privilege is missing", """
        SELECT format('%I.%I', n.nspname, c.relname),
               format('REVOKE UPDATE ON %I.%I FROM %I', n.nspname, c.relname, pg_get_userbyid(a.grantee)),
               format('GRANT UPDATE ON %I.%I TO %I', n.nspname, c.relname, pg_get_userbyid(a.grantee))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
        WHERE {users} AND c.relkind IN ('r', 'p', 'v') AND a.privilege_type = 'UPDATE' AND a.grantee <> c.relowner
            AND a.grantee <> 0
        AND NOT a.is_grantable"""),
    ("an owner is another", """
        SELECT format('%I.%I', n.nspname, c.relname), format('ALTER TABLE %I.%I OWNER TO CURRENT_USER', n.nspname,
            c.relname),
               format('ALTER TABLE %I.%I OWNER TO %I', n.nspname, c.relname, pg_get_userbyid(c.relowner))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {users} AND c.relkind = 'v'"""),
    ("a sequence is another", """
        SELECT format('%I.%I', n.nspname, c.relname), format('ALTER SEQUENCE %I.%I INCREMENT BY %s', n.nspname,
            c.relname, s.seqincrement * 2),
               format('ALTER SEQUENCE %I.%I INCREMENT BY %s', n.nspname, c.relname, s.seqincrement)
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {users} AND s.seqincrement < 1000"""),
    ("a label is another", """
        SELECT format('%I.%I', n.nspname, t.typname), format('ALTER TYPE %I.%I RENAME VALUE %L TO %L', n.nspname,
            t.typname, e.enumlabel, 'planted'),
               format('ALTER TYPE %I.%I RENAME VALUE %L TO %L', n.nspname, t.typname, 'planted', e.enumlabel)
        FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname <> 'bluegreen' AND t.oid >= 16384
        AND NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_type u ON u.oid = a.atttypid WHERE t.oid IN (u.oid,
            u.typelem) AND a.attnum > 0)
        AND NOT EXISTS (SELECT FROM pg_proc p WHERE t.oid = ANY (p.proargtypes))"""),
    ("statistics are missing", """
        SELECT format('%I.%I', n.nspname, s.stxname), format('DROP STATISTICS %I.%I', n.nspname, s.stxname),
            format('%s; ALTER STATISTICS %I.%I OWNER TO %I', pg_get_statisticsobjdef(s.oid), n.nspname, s.stxname,
        pg_get_userbyid(s.stxowner))
        FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid
            JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {users}
        AND NOT EXISTS (SELECT FROM pg_description y WHERE y.objoid = s.oid)"""),
    ("an object is extra", """
        SELECT format('%I.%I', n.nspname, 'planted'), format('CREATE VIEW %I.planted AS SELECT 1 AS one', n.nspname),
            format('DROP VIEW %I.planted', n.nspname)
        FROM pg_namespace n WHERE n.nspname = 'public'"""),
    ("a replica identity is another", """
        SELECT format('%I.%I', n.nspname, c.relname), format('ALTER TABLE %I.%I REPLICA IDENTITY FULL', n.nspname,
            c.relname),
               format('ALTER TABLE %I.%I REPLICA IDENTITY DEFAULT', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {users} AND c.relkind = 'r'
            AND c.relreplident = 'd'"""),
)  # fmt: skip


def plant_in_schema(opened: connection, chance: Random) -> list[Fault]:
    """Change green's schema in as many ways as it offers, each kind once, no two where one would hide the other."""
    run_statement(opened, "SET search_path = pg_catalog")
    planted: list[Fault] = []
    for what, query in _FAULTS:
        rows = sorted(run_statement(opened, query.replace("{users}", _USERS)))
        for told, do, undo in chance.sample(rows, len(rows)):
            alone = not any(told in other.told or other.told in told for other in planted)
            if alone and _can_be_undone(opened, do, undo):
                run_statement(opened, do)
                planted.append(Fault(what, told, do, undo))
                break
    return planted


def undo_in_schema(opened: connection, planted: list[Fault]) -> None:
    """Undo it, the last first."""
    for fault in reversed(planted):
        run_statement(opened, fault.undo)


def _can_be_undone(opened: connection, do: str, undo: str) -> bool:
    """Try it: wrong rows may be in the way of a foreign key that comes back."""
    run_statement(opened, "BEGIN")
    try:
        run_statement(opened, do)
        run_statement(opened, undo)
    except psycopg2.Error:
        return False
    finally:
        run_statement(opened, "ROLLBACK")
    return True


def schema_held_against(planted: list[Fault], titles: list[str]) -> list[str]:
    """Return the faults that no title names, and the titles that name no fault."""
    missed = [one for one in planted if not any(_tells(title, one) for title in titles)]
    wrong = [f"planted and not told: {one.what} ({one.do})" for one in missed]
    others = [title for title in titles if not any(_tells(title, one) for one in planted)]
    return wrong + [f"told and not planted: {title}" for title in others]


def _tells(title: str, fault: Fault) -> bool:
    return as_told(fault.told) in as_told(title)
