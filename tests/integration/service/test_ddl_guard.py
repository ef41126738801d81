# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of blue's schema during a migration: refused, or reported and recorded."""

from __future__ import annotations

import psycopg2
import pytest

from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles

_LEFT = "SELECT evtname FROM pg_event_trigger"
_CHANGES = {
    "CREATE TABLE late (id int)": "table public.late",
    "ALTER TABLE users ADD COLUMN late text": "table public.users",
    'ALTER TABLE "Odd ""Name"."Täble 1" ALTER COLUMN note TYPE varchar(50)': "Täble 1",
    "DROP TABLE events": "table public.events",
    "CREATE INDEX late ON users (name)": "index public.late",
    "GRANT SELECT ON users TO PUBLIC": "table",
    "SELECT 1 AS late INTO late": "table public.late",
}
_PASSES = (
    "CREATE TEMPORARY TABLE own AS SELECT 1 AS n; ALTER TABLE own ADD COLUMN m int; DROP TABLE own",
    "CREATE TABLE IF NOT EXISTS users ()",
    "REINDEX TABLE users",
    "INSERT INTO users (name) VALUES ('a row')",
    "CREATE TEMPORARY TABLE gone (n int) ON COMMIT DROP",
)


@pytest.fixture
def guarded(pair: PairFactory) -> Pair:
    """Give a pair whose role is a superuser, with the gate and without a guard."""
    made = pair()
    made.role = "superuser"
    made.succeed("write_gate", ddl_guard="off")
    return made


def _refusal(made: Pair, statement: str, side: Database | None = None) -> psycopg2.Error:
    with pytest.raises(psycopg2.Error) as caught:
        (side or made.blue).query(statement)
    assert caught.value.pgcode == "BG267", (statement, caught.value)
    return caught.value


def test_a_guard_of_another_version_is_replaced_and_goes(guarded: Pair) -> None:
    older = "SELECT replace(pg_get_functiondef('bluegreen.guard_ddl()'::regprocedure), 'while the migration', 'as')"
    guarded.succeed("write_gate", ddl_guard="block")
    for mode in ("block", "warn", "off"):
        [(definition,)] = guarded.blue.query(older)
        guarded.blue.query(definition)
        would = guarded.succeed("write_gate", ddl_guard=mode, check=True)
        step = "take the guard off the schema of blue" if mode == "off" else f"guard the schema of blue: {mode}"
        assert step in titles(would)
        gates = guarded.succeed("write_gate", ddl_guard=mode)["gates"]
        assert gates["blue"]["ddl_guard"] == mode
        if mode == "block":
            assert "is refused while the migration" in str(_refusal(guarded, "CREATE TABLE late (id int)"))
        assert not guarded.changes("write_gate", ddl_guard=mode)
    assert guarded.blue.query(_LEFT) == []


def test_it_blocks_it_warns_and_it_goes(guarded: Pair) -> None:
    assert guarded.blue.query(_LEFT) == []
    would = guarded.succeed("write_gate", ddl_guard="block", check=True)
    assert titles(would) == [f"guard the schema of {side}: block" for side in ("blue", "green")]
    assert guarded.blue.query(_LEFT) == []
    assert guarded.changes("write_gate", ddl_guard="block")
    assert not guarded.changes("write_gate", ddl_guard="block")
    for statement, objects in _CHANGES.items():
        assert objects in str(_refusal(guarded, statement)), statement
    assert guarded.migration in str(_refusal(guarded, "CREATE SCHEMA late"))
    for statement in _PASSES:
        guarded.blue.query(statement)
    guarded.green.query("CREATE TABLE only_green (id int)")

    assert guarded.succeed("write_gate", ddl_guard="warn")["gates"]["blue"]["ddl_guard"] == "warn"
    for statement in (*_PASSES, "CREATE TABLE late (id int)", "DROP TABLE late"):
        guarded.blue.query(statement)
    rows = guarded.blue.query(
        "SELECT details->>'command', details->>'objects' FROM bluegreen.journal WHERE event = 'ddl'"
    )
    assert rows == [("CREATE TABLE", "table public.late"), ("DROP TABLE", "table public.late")]
    shown = guarded.succeed("migration_info", exclude_tables=[])["journal"]
    assert [one["details"]["role"] for one in shown if one["event"] == "ddl"] == [
        guarded.blue.endpoint("superuser")["user"]
    ] * 2

    guarded.succeed("write_gate", ddl_guard="block")
    assert guarded.changes("write_gate", state="absent")
    assert (guarded.blue.query(_LEFT), guarded.green.query(_LEFT)) == ([], [])


@pytest.mark.soak
def test_a_whole_migration_runs_under_the_guard(guarded: Pair) -> None:
    guarded.succeed("write_gate", ddl_guard="block")
    guarded.succeed("replication_link", direction="forward")
    guarded.succeed("replication_catchup", timeout=60)
    guarded.succeed("replication_link", direction="reverse")
    for target, other in (("green", guarded.blue), ("blue", guarded.green)):
        assert guarded.succeed("cutover", target=target)["in_service"] == target
        serving = guarded.green if target == "green" else guarded.blue
        other.query("CREATE TABLE here_first (id int)")
        assert guarded.migration in str(_refusal(guarded, "CREATE TABLE late (id int)", serving))
        other.query("DROP TABLE here_first")
    assert guarded.succeed("cutover", target="green")["in_service"] == "green"
    for direction in ("forward", "reverse"):
        guarded.succeed("replication_link", direction=direction, state="absent")
    guarded.succeed("write_gate", state="absent")
    assert guarded.blue.query(_LEFT) == [], "the side out of service keeps its fence, and no guard"


def test_a_role_that_may_not_create_it_has_none_and_no_error(pair: PairFactory) -> None:
    made = pair()
    result = made.succeed("write_gate", ddl_guard="block")
    assert result["gates"]["blue"]["ddl_guard"] == "off"
    assert not made.changes("write_gate", ddl_guard="block")


def test_a_change_of_green_in_service_is_recorded_there(guarded: Pair) -> None:
    guarded.succeed("write_gate", ddl_guard="warn")
    guarded.replicate()
    guarded.green.query("CREATE VIEW before_the_cutover AS SELECT 1 AS one")
    guarded.succeed("cutover", target="green")
    guarded.green.query("ALTER TABLE users ADD COLUMN phone text")
    rows = guarded.green.query("SELECT side, details->>'objects' FROM bluegreen.journal WHERE event = 'ddl'")
    assert rows == [("green", "table public.users")]
    [shown] = [one for one in guarded.succeed("migration_info")["journal"] if one["event"] == "ddl"]
    assert shown["side"] == "green"
