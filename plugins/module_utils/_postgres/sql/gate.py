# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate that every application write passes, and the fence that closes it."""

from __future__ import annotations

from . import ddl_guard
from .catalog import IS_USERS
from .functions import PINNED

# No script that moves all sequences on by a bit gets there.
_WIDE_OPEN = 4_000_000_000_000_000_001

CREATE_GATE = """
CREATE SEQUENCE IF NOT EXISTS bluegreen.gate;
GRANT SELECT ON SEQUENCE bluegreen.gate TO PUBLIC;
CREATE TABLE IF NOT EXISTS bluegreen.proof ()
"""

# Asking a sequence for its value takes its lock in ROW EXCLUSIVE mode until the transaction ends: a writer waits for
# whoever is closing the gate, takes in its invalidations, and is waited for. The value alone lets nobody be refused:
# whatever it is but wide open, the function looks. to_regclass does not look through the transaction's snapshot, so
# that REPEATABLE READ and SERIALIZABLE writers see the fence too. Who may not use our schema could not ask: it is asked
# in our name.
PASS_GATE_BODY = """
BEGIN
    IF pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL THEN
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

CREATE_TRIGGER = f"""
CREATE TRIGGER bluegreen_gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {{table}}
FOR EACH STATEMENT WHEN ((pg_catalog.pg_sequence_last_value('bluegreen.gate'::pg_catalog.regclass)
                          OPERATOR(pg_catalog.=) {_WIDE_OPEN}::bigint) IS NOT TRUE)
EXECUTE FUNCTION bluegreen.pass_gate()
"""
DROP_TRIGGER = "DROP TRIGGER IF EXISTS bluegreen_gate ON {table}"
DROP_GATE = """
DROP TABLE IF EXISTS bluegreen.fenced, bluegreen.proof; DROP FUNCTION IF EXISTS bluegreen.pass_gate();
DROP SEQUENCE IF EXISTS bluegreen.gate
"""

SET_LOCK_TIMEOUT = "SET LOCAL lock_timeout = %(ms)s"

FACTS = f"""
SELECT pg_catalog.to_regclass('bluegreen.journal') IS NOT NULL AS journal,
       pg_catalog.to_regclass('bluegreen.gate') IS NOT NULL
           AND pg_catalog.to_regprocedure('bluegreen.pass_gate()') IS NOT NULL
           AND pg_catalog.to_regclass('bluegreen.proof') IS NOT NULL AS installed,
       pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL AS fenced,
       COALESCE((SELECT 'default_transaction_read_only=on' = ANY (s.setconfig) FROM pg_catalog.pg_db_role_setting s
                 WHERE s.setdatabase = d.oid AND s.setrole = 0), false) AS signpost,
       COALESCE((SELECT 'default_transaction_read_only=off' = ANY (s.setconfig) FROM pg_catalog.pg_db_role_setting s
                 WHERE s.setdatabase = d.oid AND s.setrole = r.oid), false) AS exempt,
       COALESCE({ddl_guard.STATE}, '') AS guard, {ddl_guard.MAY_CREATE} AS may_guard
FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
WHERE d.datname = pg_catalog.current_database() AND r.rolname = session_user
"""

TABLES = f"""
SELECT n.nspname AS schema, c.relname AS name,
       EXISTS (SELECT FROM pg_catalog.pg_trigger t
               WHERE t.tgrelid = c.oid AND t.tgname = 'bluegreen_gate' AND t.tgenabled IN ('O', 'A')) AS gated
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND {IS_USERS}
ORDER BY 1, 2
"""

FENCED = "SELECT pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL AS fenced"
UNGATED = f"SELECT t.schema, t.name FROM ({TABLES}) AS t WHERE NOT t.gated"


# A table of ours that wears the same gate: no trigger of a user's fires for it. A statement-level trigger fires for no
# rows as well: the write that must fail, or pass, and changes nothing.
PROOF = ("bluegreen", "proof")
TRY_WRITE = "DELETE FROM bluegreen.proof WHERE false"
SAVEPOINT = "SAVEPOINT proof"
TO_SAVEPOINT = "ROLLBACK TO SAVEPOINT proof"

SIGNPOST_ON = "ALTER DATABASE {database} SET default_transaction_read_only = on"
SIGNPOST_OFF = "ALTER DATABASE {database} RESET default_transaction_read_only"
# SHARE ROW EXCLUSIVE, the one lock on a sequence that can be had and lets no writer pass; it changes nothing.
LOCK_GATE = "ALTER SEQUENCE bluegreen.gate OWNED BY NONE"
# Whatever becomes of the transaction, from here on writers take the function's word: setval is not rolled back.
NARROW = "SELECT pg_catalog.setval('bluegreen.gate', 1, false)"
# The first one waits for whoever is closing the gate, the second one sees what became of that.
WIDEN = f"""
SELECT pg_catalog.pg_sequence_last_value('bluegreen.gate');
SELECT pg_catalog.setval('bluegreen.gate', {_WIDE_OPEN})
WHERE pg_catalog.to_regclass('bluegreen.fenced') IS NULL
"""
IS_WIDE_OPEN = f"SELECT is_called AND last_value = {_WIDE_OPEN} AS wide_open FROM bluegreen.gate"
CREATE_FENCED = "CREATE TABLE IF NOT EXISTS bluegreen.fenced ()"
DROP_FENCED = "DROP TABLE IF EXISTS bluegreen.fenced"
_COMMIT_DURABLY = "SET LOCAL synchronous_commit = on"
# Several statements a round trip: clients wait meanwhile.
CLOSE = f"{NARROW}; {CREATE_FENCED}; {SIGNPOST_ON}; {_COMMIT_DURABLY}"
OPEN = f"{DROP_FENCED}; {SIGNPOST_OFF}; {_COMMIT_DURABLY}"
EXEMPT_ROLE = "ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = off"
UNEXEMPT_ROLE = "ALTER ROLE {role} IN DATABASE {database} RESET default_transaction_read_only"
WHO_AND_WHERE = "SELECT session_user::text AS role, pg_catalog.current_database()::text AS database"
