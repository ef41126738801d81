# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects under our names are ours or refused: nobody can run code as the migrator by creating one first."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database, RoleName, run_statement
from tests.fixtures.migrations import Pair, PairFactory

NOT_OURS = "BG138"
# Whatever runs it: a superuser makes the application one, anybody leaves his name.
TRAP = """
CREATE TABLE public.stolen (by_role text);
GRANT ALL ON public.stolen TO PUBLIC;
CREATE FUNCTION public.steal() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.stolen VALUES (current_user);
    IF current_setting('is_superuser') = 'on' THEN
        EXECUTE format('ALTER ROLE %I SUPERUSER', (SELECT pg_get_userbyid(proowner) FROM pg_proc
                                                   WHERE oid = 'public.steal()'::regprocedure));
    END IF;
    RETURN 1;
END $$;
"""
SCHEMA = "CREATE SCHEMA bluegreen; GRANT ALL ON SCHEMA bluegreen TO PUBLIC;"
COLUMNS = """
id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, migration text, side text, epoch integer, event text, target text,
lsn pg_lsn, at timestamptz DEFAULT now(), by_role text DEFAULT session_user, details jsonb DEFAULT '{}'
"""
TABLE_WITH_TRIGGER = f"""
{SCHEMA} CREATE TABLE bluegreen.journal ({COLUMNS}); GRANT ALL ON bluegreen.journal TO PUBLIC;
CREATE FUNCTION bluegreen.fire() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.steal(); RETURN NEW; END $$;
CREATE TRIGGER fire BEFORE INSERT ON bluegreen.journal FOR EACH ROW EXECUTE FUNCTION bluegreen.fire();
"""
VIEW = f"""
{SCHEMA} CREATE VIEW bluegreen.journal AS
SELECT 1::bigint AS id, 'm'::text AS migration, 'blue'::text AS side, public.steal() AS epoch, 'guarded'::text AS event,
       NULL::text AS target, NULL::pg_lsn AS lsn, now() AS at, 'x'::text AS by_role, '{{}}'::jsonb AS details;
GRANT ALL ON bluegreen.journal TO PUBLIC;
"""
SHORT = ((17, 18, "superuser", TABLE_WITH_TRIGGER), (17, 18, "migrator", VIEW))


def arm(side: Database) -> Any:
    """Give the application CREATE, as some have it, and return its session with the trap set."""
    database, app = sql.Identifier(side.name), sql.Identifier(side.roles["app"].name)
    side.query(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, app))
    side.query(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(app))
    opened = side.connect("app")
    run_statement(opened, "SET default_transaction_read_only = off")
    run_statement(opened, TRAP)
    return opened


def assert_nothing_gained(side: Database) -> None:
    assert side.query("SELECT by_role FROM public.stolen") == [], "code of the application ran as the migrator"
    [(superuser,)] = side.query("SELECT rolsuper FROM pg_roles WHERE rolname = %s", side.roles["app"].name)
    assert not superuser, "the application became superuser"


def refused(result: dict[str, Any], whose: str) -> None:
    assert result.get("code") == NOT_OURS, result
    assert whose in result["msg"], result["msg"]
    assert "ALTER" in result["msg"] or "DROP" in result["msg"], "it does not say what to do"


@pytest.mark.parametrize(
    ("blue", "green", "role", "squatted"),
    [
        pytest.param(*case, marks=() if case in SHORT else pytest.mark.soak)
        for case in itertools.product((14, 17), (15, 18), ("superuser", "migrator"), (TABLE_WITH_TRIGGER, VIEW))
        if case[0] < case[1]
    ],
)
def test_a_schema_that_was_there_first(pair: PairFactory, blue: int, green: int, role: RoleName, squatted: str) -> None:
    made = pair(blue, green)
    made.role = role
    run_statement(arm(made.blue), squatted)
    app = made.blue.roles["app"].name
    findings = made.run("preflight_info")["findings"]
    found = [one for one in findings if one["code"] == NOT_OURS]
    assert [one["severity"] for one in found] == ["blocks"], findings
    assert f"schema bluegreen belongs to {app}" in found[0]["what"]
    uses: tuple[tuple[str, dict[str, Any]], ...] = (
        ("migration_info", {}),
        ("write_gate", {}),
        ("migration_journal", {"phase": "prepare", "state": "done"}),
        ("replication_link", {"direction": "forward"}),
        ("schema_copy", {}),
        ("consistency_check", {}),
    )
    for module, arguments in uses:
        refused(made.run(module, **arguments), app)
    assert_nothing_gained(made.blue)


def test_links_names_that_were_taken_first(pair: PairFactory) -> None:
    made = pair()
    made.role = "superuser"
    made.succeed("write_gate")
    attacker = arm(made.blue)
    name = sql.Identifier(made.lane("forward"))
    run_statement(attacker, sql.SQL("CREATE PUBLICATION {}").format(name))
    app = made.blue.roles["app"].name
    found = [one for one in made.run("preflight_info")["findings"] if one["code"] == NOT_OURS]
    assert [(one["side"], one["objects"]) for one in found] == [("blue", [made.lane("forward")])]
    refused(made.run("replication_link", direction="forward"), app)
    run_statement(attacker, sql.SQL("DROP PUBLICATION {}").format(name))
    run_statement(attacker, "DROP TABLE stolen")
    made.succeed("replication_link", direction="forward")


@pytest.mark.soak
def test_a_subscription_and_a_slot_that_were_there_first(pair: PairFactory) -> None:
    made = pair()
    made.role = "superuser"
    made.succeed("write_gate")
    lane, owner = made.lane("forward"), made.green.roles["owner"].name
    made.green.query(sql.SQL("CREATE SUBSCRIPTION {} CONNECTION 'dbname=none password=x' PUBLICATION p "
                             "WITH (connect = false, slot_name = NONE)").format(sql.Identifier(lane)))  # fmt: skip
    made.green.query(sql.SQL("ALTER ROLE {} SUPERUSER").format(sql.Identifier(owner)))
    made.green.query(sql.SQL("ALTER SUBSCRIPTION {} OWNER TO {}").format(*map(sql.Identifier, (lane, owner))))
    made.green.query(sql.SQL("ALTER ROLE {} NOSUPERUSER").format(sql.Identifier(owner)))
    refused(made.run("replication_link", direction="forward"), owner)
    made.green.query(sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(lane)))
    made.blue.query("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", lane)
    result = made.run("replication_link", direction="forward")
    assert result["code"] == NOT_OURS, result
    assert "test_decoding" in result["msg"]


def test_the_schema_of_a_statement_that_was_there_first(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    attacker = arm(made.green)
    run_statement(attacker, "CREATE SCHEMA bluegreen_statement")
    app = made.green.roles["app"].name
    found = [one for one in made.run("preflight_info")["findings"] if one["code"] == NOT_OURS]
    assert [(one["side"], one["objects"]) for one in found] == [("green", ["bluegreen_statement"])]
    refused(made.run("replication_link", direction="forward"), app)


@pytest.mark.parametrize("role", [pytest.param("superuser", marks=pytest.mark.soak), "migrator"])
def test_what_others_may_do_in_our_schema(pair: PairFactory, role: RoleName) -> None:
    made = pair()
    made.role = role
    made.succeed("write_gate")
    attacker = arm(made.blue)
    app = sql.Identifier(made.blue.roles["app"].name)
    for grant, what, attack in (
        (
            "GRANT USAGE, CREATE ON SCHEMA bluegreen TO {}",
            "CREATE",
            "CREATE TABLE bluegreen.first_copy (migration text)",
        ),
        ("GRANT USAGE ON SCHEMA bluegreen TO {0}; GRANT TRIGGER ON bluegreen.journal TO {0}", "TRIGGER", None),
    ):
        made.blue.query(sql.SQL(grant).format(app))
        result = made.run("migration_info")
        assert result.get("code") == NOT_OURS, result
        assert what in result["msg"]
        if attack:
            run_statement(attacker, attack)
        made.blue.query(
            sql.SQL("REVOKE ALL ON SCHEMA bluegreen FROM {0}; REVOKE ALL ON bluegreen.journal FROM {0}").format(app)
        )
    refused(made.run("migration_info"), made.blue.roles["app"].name)
    made.blue.query("DROP TABLE bluegreen.first_copy")
    made.succeed("migration_info")


def test_rights_by_default_reach_nothing_of_ours(pair: PairFactory) -> None:
    made = pair()
    made.role = "superuser"
    app = sql.Identifier(made.blue.roles["app"].name)
    for kind in ("TABLES", "SCHEMAS", "SEQUENCES"):
        made.blue.query(sql.SQL("ALTER DEFAULT PRIVILEGES GRANT ALL ON {} TO {}").format(sql.SQL(kind), app))
    made.succeed("write_gate")
    rights = made.blue.query(
        "SELECT n.nspacl::text FROM pg_namespace n WHERE nspname = 'bluegreen' AND n.nspacl::text LIKE %s",
        f"%{made.blue.roles['app'].name}=%",
    )
    assert rights == [], "a default privilege let the application into our schema"
    assert made.changes("write_gate") is False


@pytest.mark.parametrize(
    "alien",
    [
        "CREATE TRIGGER t BEFORE INSERT ON bluegreen.journal FOR EACH ROW EXECUTE FUNCTION public.fire()",
        pytest.param("CREATE RULE r AS ON INSERT TO bluegreen.journal DO ALSO NOTIFY x", marks=pytest.mark.soak),
        pytest.param("CREATE POLICY p ON bluegreen.journal USING (public.steal() = 1)", marks=pytest.mark.soak),
        "ALTER TABLE bluegreen.journal ALTER epoch SET DEFAULT public.steal()",
        pytest.param("ALTER TABLE bluegreen.journal ADD CHECK (public.steal() = 1) NOT VALID", marks=pytest.mark.soak),
        pytest.param("CREATE INDEX i ON bluegreen.journal (public.steal2(epoch))", marks=pytest.mark.soak),
        pytest.param("CREATE TABLE public.child () INHERITS (bluegreen.journal)", marks=pytest.mark.soak),
    ],
)
def test_alien_code_on_a_table_of_ours(gated: Pair, alien: str) -> None:
    run_statement(
        arm(gated.blue), "CREATE FUNCTION public.steal2(integer) RETURNS integer IMMUTABLE AS 'SELECT 1' LANGUAGE sql"
    )
    gated.blue.query("CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql AS "
                     "$$ BEGIN PERFORM public.steal(); RETURN NEW; END $$")  # fmt: skip
    gated.blue.query(alien)
    for module in ("migration_info", "write_gate"):
        result = gated.run(module)
        assert result.get("code") == NOT_OURS, result
        assert "table bluegreen.journal has" in result["msg"]
    assert_nothing_gained(gated.blue)


def test_a_superuser_takes_over_nothing_from_a_role_that_is_none(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    made.role = "superuser"
    refused(made.run("migration_info"), made.blue.roles["migrator"].name)
    made.role = "migrator"
    assert not made.changes("write_gate")


@pytest.mark.soak
def test_a_role_takes_over_nothing_from_a_superuser(pair: PairFactory) -> None:
    made = pair()
    made.role = "superuser"
    made.succeed("write_gate")
    made.role = "migrator"
    refused(made.run("migration_info"), made.blue.roles["superuser"].name)
