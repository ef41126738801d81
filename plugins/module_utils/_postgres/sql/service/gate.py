# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate that every application write passes, and the fence that closes it."""

from __future__ import annotations

from ...._domain.capabilities import Capability
from ..catalog import IS_WRITTEN
from ..functions import PINNED
from ..ours import present
from ..trigger_function import is_trusted, stands_as_created
from . import ddl_guard

# A script that advances all sequences a little does not reach this value.
_WIDE_OPEN = 4_000_000_000_000_000_001

# Default privileges may have granted it to a role, which could then open the gate wide under a fence.
CREATE_GATE = """
CREATE SEQUENCE IF NOT EXISTS bluegreen.gate;
DO $bluegreen$
DECLARE
    grantee pg_catalog.oid;
BEGIN
    FOR grantee IN SELECT DISTINCT a.grantee FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) AS a
                   WHERE c.oid OPERATOR(pg_catalog.=) 'bluegreen.gate'::pg_catalog.regclass
                     AND a.grantee OPERATOR(pg_catalog.<>) c.relowner
                     AND a.grantee OPERATOR(pg_catalog.<>) 0::pg_catalog.oid LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON SEQUENCE bluegreen.gate FROM %I CASCADE',
                                  pg_catalog.pg_get_userbyid(grantee));
    END LOOP;
END $bluegreen$;
REVOKE ALL ON SEQUENCE bluegreen.gate FROM PUBLIC;
GRANT SELECT ON SEQUENCE bluegreen.gate TO PUBLIC;
CREATE TABLE IF NOT EXISTS bluegreen.proof ();
CREATE TABLE IF NOT EXISTS bluegreen.door ()
"""

# How long a refused writer waits at most: it is refused as soon as the other side is open.
DOOR_SECONDS = 2

# Reading a sequence's value takes its lock in ROW EXCLUSIVE mode until the transaction ends: a writer waits for the
# session that is closing the gate and processes its invalidations, and that session waits for earlier writers. The
# value alone refuses nobody: unless it is wide open, the function looks for the fence. to_regclass ignores the
# transaction's snapshot, so REPEATABLE READ and SERIALIZABLE writers see the fence too. Roles without USAGE on our
# schema could not look, so the function looks with our privileges. A client that is refused before the other side is
# open would reconnect to two sides that refuse it: it waits at the door until the opening is done, or until we are
# gone.
PASS_GATE_BODY = f"""
BEGIN
    IF pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL THEN
        BEGIN
            PERFORM pg_catalog.set_config('lock_timeout', '{DOOR_SECONDS}s', true);
            LOCK TABLE bluegreen.door IN ROW EXCLUSIVE MODE;
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
        RAISE EXCEPTION 'fenced by bluegreen: this database is out of service'
            USING ERRCODE = '25006', HINT = 'Connect to the database that took over.';
    END IF;
    RETURN NULL;
END """
CREATE_PASS_GATE = f"""
CREATE OR REPLACE FUNCTION bluegreen.pass_gate() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY DEFINER
{PINNED} AS $${PASS_GATE_BODY}$$;
REVOKE ALL ON FUNCTION bluegreen.pass_gate() FROM PUBLIC
"""

_CREATE_TRIGGER = f"""
CREATE TRIGGER bluegreen_gate BEFORE {{events}} ON {{{{table}}}}
FOR EACH STATEMENT WHEN ((pg_catalog.pg_sequence_last_value('bluegreen.gate'::pg_catalog.regclass)
                          OPERATOR(pg_catalog.=) {_WIDE_OPEN}::bigint) IS NOT TRUE)
EXECUTE FUNCTION bluegreen.pass_gate()
"""
CREATE_TRIGGER = _CREATE_TRIGGER.format(events="INSERT OR UPDATE OR DELETE OR TRUNCATE")
CREATE_TRIGGER_WITHOUT_TRUNCATE = _CREATE_TRIGGER.format(events="INSERT OR UPDATE OR DELETE")
DROP_TRIGGER = "DROP TRIGGER IF EXISTS bluegreen_gate ON {table}"
DROP_GATE = """
DROP TABLE IF EXISTS bluegreen.fenced, bluegreen.proof, bluegreen.door; DROP FUNCTION IF EXISTS bluegreen.pass_gate();
DROP SEQUENCE IF EXISTS bluegreen.gate
"""

SET_LOCK_TIMEOUT = "SET LOCAL lock_timeout = %(ms)s"

# A role that may set the sequence could open the gate wide under a fence.
_SEQUENCE_IS_OURS = f"""
    EXISTS (SELECT FROM pg_catalog.pg_class g
            WHERE g.oid = pg_catalog.to_regclass('bluegreen.gate') AND g.relkind = 'S' AND g.relpersistence = 'p'
              AND {is_trusted("g.relowner")}
              AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(g.relacl) AS a
                              WHERE a.privilege_type <> 'SELECT' AND a.grantee <> g.relowner))
"""
INSTALLED = f"({_SEQUENCE_IS_OURS} AND {stands_as_created('bluegreen.pass_gate()', PASS_GATE_BODY)})"

# Of the current database `d` and our role `r`.
FACTS = f"""
       {present("journal")} AS journal,
       pg_catalog.to_regclass('bluegreen.proof') IS NOT NULL AND pg_catalog.to_regclass('bluegreen.door') IS NOT NULL
       AND {INSTALLED} AS installed,
       pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL AS fenced,
       COALESCE((SELECT 'default_transaction_read_only=on' = ANY (s.setconfig) FROM pg_catalog.pg_db_role_setting s
                 WHERE s.setdatabase = d.oid AND s.setrole = 0), false) AS signpost,
       COALESCE((SELECT 'default_transaction_read_only=off' = ANY (s.setconfig) FROM pg_catalog.pg_db_role_setting s
                 WHERE s.setdatabase = d.oid AND s.setrole = r.oid), false) AS exempt,
       COALESCE({ddl_guard.STATE}, '') AS guard, {ddl_guard.MAY_CREATE} AS may_guard
"""

# Views cannot be truncated.
_TRUNCATES = f"""
    (c.relkind IN ('r', 'p') OR c.relkind = 'f' AND {Capability.FOREIGN_TRUNCATE_TRIGGERS.in_sql})
"""
PASS_FIRST_COPY_BODY = """
BEGIN
    IF pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL
       AND session_user OPERATOR(pg_catalog.<>) TG_ARGV[0]::pg_catalog.name THEN
        RAISE EXCEPTION 'fenced by bluegreen: this database is out of service, and being filled'
            USING ERRCODE = '25006', HINT = 'Connect to the database that is in service.';
    END IF;
    RETURN NULL;
END """
# The shape comes first, because the condition of another kind of trigger could not be printed. Only a trigger that
# calls this function is the gate; while the first copy fills a fenced side, so is the copy's own trigger, which lets
# only our role pass.
_IS_THE_GATE = f"""
    CASE WHEN t.tgenabled <> 'O' OR t.tgisinternal OR t.tgparentid <> 0 OR t.tgconstraint <> 0 OR t.tgdeferrable
              OR t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL OR t.tgattr::text <> ''
              OR t.tgtype <> CASE WHEN {_TRUNCATES} THEN 62 ELSE 30 END THEN false
         WHEN t.tgfoid = (SELECT pg_catalog.to_regprocedure('bluegreen.pass_gate()')) THEN
             t.tgnargs = 0 AND pg_catalog.pg_get_expr(t.tgqual, 0) IS NOT DISTINCT FROM
             '((pg_sequence_last_value(''bluegreen.gate''::regclass) = ''{_WIDE_OPEN}''::bigint) IS NOT TRUE)'
         WHEN t.tgfoid = (SELECT pg_catalog.to_regprocedure('bluegreen.pass_first_copy()')) THEN
             t.tgqual IS NULL AND t.tgnargs = 1 AND t.tgargs = (SELECT pg_catalog.convert_to(
                 pg_catalog.replace(session_user::text, '\\', '\\\\'),
                 pg_catalog.getdatabaseencoding()) || '\\x00'::bytea)
             AND (SELECT pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL
                         AND {stands_as_created("bluegreen.pass_first_copy()", PASS_FIRST_COPY_BODY)})
         ELSE false END
"""
IS_REACHED = "pg_catalog.pg_has_role(c.relowner, 'USAGE')"
# A table that only superusers may write to needs no gate.
IS_WRITABLE = """
    EXISTS (SELECT FROM pg_catalog.pg_roles w
            WHERE NOT w.rolsuper AND w.rolname <> session_user AND NOT pg_catalog.starts_with(w.rolname::text, 'pg_')
              AND (pg_catalog.has_table_privilege(w.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                   OR pg_catalog.has_any_column_privilege(w.oid, c.oid, 'INSERT, UPDATE')
                   OR pg_catalog.pg_has_role(w.oid, 'pg_write_all_data', 'MEMBER')))
"""
# Relations that need a gate, or have a trigger under our name although they need none. ``reached``: our role may create
# and drop the trigger.
_RELATIONS = f"""
    SELECT n.nspname AS schema, c.relname AS name, c.relispartition AS leaf, c.relkind = 'p' AS partitioned,
           {_TRUNCATES} AS truncates, t.oid IS NOT NULL AS worn, COALESCE({_IS_THE_GATE}, false) AS gated,
           {IS_REACHED} AS reached, ({IS_WRITTEN}) AND ({IS_REACHED} OR {IS_WRITABLE}) AS needed
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'bluegreen_gate'
    WHERE {IS_WRITTEN} OR t.oid IS NOT NULL AND n.nspname <> 'bluegreen'
"""
# Parents first: their row-level triggers would exist on their partitions as well.
_PARENTS_FIRST = "ORDER BY leaf, partitioned DESC, schema, name"
TABLES = f"SELECT * FROM ({_RELATIONS}) AS r {_PARENTS_FIRST}"
HOW_TO_GATE = f"""
SELECT truncates, worn FROM ({_RELATIONS}) AS r WHERE schema = %(schema)s AND name = %(name)s
"""

FENCED = "SELECT pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL AS fenced"
# Where the gate itself is not intact, no table counts as gated.
UNGATED = f"""
SELECT schema, name, truncates, worn, reached FROM ({_RELATIONS}) AS r
WHERE needed AND NOT (gated AND (SELECT {INSTALLED})) {_PARENTS_FIRST}
"""


# A table of ours with the same gate: none of the user's triggers fires for it. A statement-level trigger fires even
# without rows: so this write fails or succeeds as it must, and changes nothing.
PROOF = ("bluegreen", "proof")
TRY_WRITE = "DELETE FROM bluegreen.proof WHERE false"
TRY_WRITE_FROM_SAVEPOINT = f"SAVEPOINT proof; {TRY_WRITE}"
TO_SAVEPOINT = "ROLLBACK TO SAVEPOINT proof"

SIGNPOST_ON = "ALTER DATABASE {database} SET default_transaction_read_only = on"
SIGNPOST_OFF = "ALTER DATABASE {database} RESET default_transaction_read_only"
# SHARE ROW EXCLUSIVE, the only available lock on a sequence that blocks writers; the statement changes nothing.
LOCK_GATE = "ALTER SEQUENCE bluegreen.gate OWNED BY NONE"
AT_DOOR = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
               WHERE l.locktype = 'relation' AND l.relation = pg_catalog.to_regclass('bluegreen.door')) AS any
"""
SHUT_DOOR = "BEGIN; LOCK TABLE bluegreen.door IN EXCLUSIVE MODE"
# From here on the function decides for writers, however the transaction ends: setval is not rolled back.
NARROW = "SELECT pg_catalog.setval('bluegreen.gate', 1, false)"
# The first call waits for a session that is closing the gate, the second sees the result. If a crash loses the value,
# the gate is narrow again, which is slower but no less safe.
WIDEN = f"""
SELECT pg_catalog.set_config('synchronous_commit', 'off', true);
SELECT pg_catalog.pg_sequence_last_value('bluegreen.gate');
SELECT pg_catalog.setval('bluegreen.gate', {_WIDE_OPEN})
WHERE pg_catalog.to_regclass('bluegreen.fenced') IS NULL
"""
IS_WIDE_OPEN = f"SELECT is_called AND last_value = {_WIDE_OPEN} FROM bluegreen.gate"
CREATE_FENCED = "CREATE TABLE IF NOT EXISTS bluegreen.fenced ()"
DROP_FENCED = "DROP TABLE IF EXISTS bluegreen.fenced"
_COMMIT_DURABLY = "SET LOCAL synchronous_commit = on"
# Several statements per round trip, because clients wait.
CLOSE = f"{NARROW}; {CREATE_FENCED}; {SIGNPOST_ON}; {_COMMIT_DURABLY}"
OPEN = f"{DROP_FENCED}; {SIGNPOST_OFF}; {_COMMIT_DURABLY}"
EXEMPT_ROLE = "ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = off"
UNEXEMPT_ROLE = "ALTER ROLE {role} IN DATABASE {database} RESET default_transaction_read_only"
WHO_AND_WHERE = "SELECT session_user::text AS role, pg_catalog.current_database()::text AS database"
