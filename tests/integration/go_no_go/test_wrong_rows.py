# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links are well, and rows may be others than they should be: go/no-go says no until a comparison settles it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.conftest import UP_TO_SYNC, MigrationFactory

_TABLES = """
SET ROLE {owner};
CREATE TABLE prices (id int PRIMARY KEY, net int, gross int);
CREATE TABLE prices_next (LIKE prices INCLUDING ALL);
"""
_SWAP = """
ALTER TABLE prices RENAME TO prices_before;
ALTER TABLE prices_next RENAME TO prices;
ALTER TABLE prices_before RENAME TO prices_next
"""
_SWAP_COLUMNS = """
ALTER TABLE prices RENAME COLUMN net TO was_net;
ALTER TABLE prices RENAME COLUMN gross TO net;
ALTER TABLE prices RENAME COLUMN was_net TO gross
"""
_MAJORS = [
    pytest.param((17, 18), id="17-18"),
    pytest.param((14, 17), id="14-17", marks=pytest.mark.soak),
    pytest.param((16, 16), id="16-16", marks=pytest.mark.soak),
]


def on_both(made: Pair, statements: str) -> None:
    """Run statements as the superuser on either side."""
    for side in (made.blue, made.green):
        side.query(sql.SQL(statements).format(owner=sql.Identifier(side.roles["owner"].name)))


def reasons(made: Pair, target: str = "green") -> dict[str, list[str]]:
    """Return the objects of each reason not to switch, by its code."""
    result = made.run("cutover", target=target, routes=[], check=True)
    if not result.get("failed"):
        return {}
    return {one["code"]: one["objects"] for one in result["details"]["reasons"]}


def told_by_status(made: Pair) -> list[str]:
    """Return the codes of the findings of status."""
    return [one["code"] for one in made.succeed("migration_info")["findings"]]


@pytest.fixture(params=_MAJORS)
def compared(request: Any, pair: PairFactory) -> Pair:
    """Give a pair with a table that a job may exchange for its next version, linked and compared."""
    made = pair(*request.param)
    on_both(made, _TABLES)
    made.blue.query("INSERT INTO prices VALUES (1, 100, 119)")
    made.blue.query("INSERT INTO prices_next VALUES (1, 200, 238)")
    made.replicate()
    made.succeed("consistency_check")
    return made


def test_a_table_or_a_column_that_took_the_name_of_another_one_is_a_reason_until_it_is_compared(compared: Pair) -> None:
    made, swapped = compared, {"BG537": ["public.prices", "public.prices_next"]}
    assert (reasons(made), told_by_status(made)) == ({}, [])
    made.blue.query(_SWAP, role="owner")
    assert (reasons(made), told_by_status(made)) == (swapped, ["BG537"])
    assert not made.succeed("consistency_check")["consistent"]
    assert reasons(made) == swapped
    # What was written meanwhile went into the wrong tables, which no name tells any more.
    made.blue.query(_SWAP, role="owner")
    assert reasons(made) == swapped
    made.succeed("consistency_check")
    assert (reasons(made), told_by_status(made)) == ({}, [])
    made.blue.query(_SWAP_COLUMNS, role="owner")
    assert reasons(made) == {"BG537": ["public.prices"]}


@pytest.mark.soak
def test_the_way_back_is_refused_in_the_same_way(compared: Pair) -> None:
    made = compared
    made.succeed("cutover", target="green", routes=[])
    assert reasons(made, "blue") == {}
    made.green.query(_SWAP, role="owner")
    assert reasons(made, "blue") == {"BG537": ["public.prices", "public.prices_next"]}


_OF_A_MIGRATION = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'bluegreen'::regnamespace AND c.relkind = 'r' AND a.attname = 'migration'
"""


@pytest.mark.soak
def test_an_aborted_migration_is_not_remembered_on_green(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.succeed("consistency_check")
    assert ("known_table",) in made.green.query(_OF_A_MIGRATION)
    for direction in ("reverse", "forward"):
        made.succeed("replication_link", direction=direction, state="absent")
    made.succeed("write_gate", state="absent", keep_journal=False)
    assert made.green.query(_OF_A_MIGRATION) == []


_FULL = """
SET ROLE {owner};
CREATE TABLE {table} (a int NOT NULL, b text, c int);
ALTER TABLE {table} REPLICA IDENTITY FULL
"""
# Indexes of the side that applies, in the order of their making.
_INDEXES = {
    "by_hash": ["USING hash (b)"],
    "by_hash_of_not_null": ["USING hash (a)"],
    "by_btree": ["(b)"],
    "by_btree_then_hash": ["(b)", "USING hash (b)"],
    "by_hash_then_btree": ["USING hash (b)", "(b)"],
    "by_part": ["USING hash (b) WHERE a > 0", "(c)"],
    "by_expression": ["(lower(b), c)"],
}


@pytest.mark.soak
@pytest.mark.parametrize("green", majors_of(Side.GREEN)[1:])
def test_the_index_that_loses_rows_is_the_one_that_is_named(pair: PairFactory, green: int) -> None:
    made = pair(17, green)
    for name, indexes in _INDEXES.items():
        for side in (made.blue, made.green):
            owner = sql.Identifier(side.roles["owner"].name)
            side.query(sql.SQL(_FULL).format(owner=owner, table=sql.Identifier(name)))
        for number, index in enumerate(indexes):
            made.green.query(f"CREATE INDEX {name}_{number} ON {name} {index}", role="owner")
    named = {one.split(" ")[0].split(".")[1] for one in _unfit(made)}
    made.replicate()
    for name in _INDEXES:
        made.blue.query(f"INSERT INTO {name} VALUES (1, NULL, 1), (2, 'x', NULL)")
        made.blue.query(f"UPDATE {name} SET a = 10 WHERE a = 1")
        made.blue.query(f"DELETE FROM {name} WHERE a = 2")
    made.succeed("replication_catchup", timeout=60)
    lost = {name for name in _INDEXES if made.green.query(f"SELECT a FROM {name}") != [(10,)]}
    assert named == lost
    assert {one.split(" ")[0].split(".")[1] for one in reasons(made).get("BG243", ())} == lost


def _unfit(made: Pair) -> list[str]:
    findings = made.succeed("preflight_info")["findings"]
    return next((one["objects"] for one in findings if (one["code"], one["side"]) == ("BG243", "green")), [])


@pytest.mark.soak
def test_rows_that_a_link_did_not_find_are_a_reason_until_both_sides_are_found_equal(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.succeed("consistency_check")
    with _unseen(made.green) as write:
        write("DELETE FROM users WHERE id = 7")
        made.blue.query("UPDATE users SET name = 'nobody there' WHERE id = 7")
        made.succeed("replication_catchup", timeout=60)
        wait_for(lambda: "BG536" in reasons(made))
        assert not made.succeed("consistency_check")["consistent"]
        assert list(reasons(made)) == ["BG536"]
        write("INSERT INTO users (id, name) VALUES (7, 'nobody there')")
    assert list(reasons(made)) == ["BG536"]
    made.succeed("consistency_check")
    assert reasons(made) == {}


def test_a_table_that_only_green_has_leaves_nothing_unsettled_while_green_is_in_service(pair: PairFactory) -> None:
    """Every database with versioned migrations has one, the version table. Blue counts what its link does not find."""
    made, tables = pair(18, 18), ("public.events", "public.users")
    made.green.query("CREATE TABLE versions (id int PRIMARY KEY)", role="owner")
    for table in tables:
        made.green.query(f"ALTER TABLE {table} ADD COLUMN own text", role="owner")
    made.replicate()
    made.succeed("cutover", target="green", routes=[])
    for side in (made.blue, made.green):
        for table in tables:
            side.query(f"ALTER TABLE {table} ADD COLUMN phone text", role="owner")
    made.succeed("replication_link", direction="reverse")
    with _unseen(made.blue) as write:
        write("DELETE FROM users WHERE id = 7")
        made.green.query("UPDATE users SET name = 'nobody there' WHERE id = 7", role="app")
        made.succeed("replication_catchup", direction="reverse", timeout=60)
        wait_for(lambda: list(reasons(made, "blue")) == ["BG537", "BG536"])
        assert reasons(made, "blue")["BG537"] == ["public.events_2026", "public.users"]
        made.succeed("consistency_check", reference="green")
        found = reasons(made, "blue")
        assert (list(found), found["BG537"]) == (["BG537", "BG536"], ["public.users"])
        write("INSERT INTO users (id, name) VALUES (7, 'nobody there')")
    made.succeed("consistency_check", reference="green")
    assert reasons(made, "blue") == {}


@contextmanager
def _unseen(side: Database) -> Iterator[Callable[[str], object]]:
    """Give a way to write on a side that no gate refuses and no link carries back."""
    side.query("SELECT pg_replication_origin_create('planted_by_a_test')")
    begin = "SELECT pg_replication_origin_session_setup('planted_by_a_test'); SET session_replication_role = replica;"
    try:
        yield lambda statement: side.query(f"{begin} {statement}")
    finally:
        side.query("SELECT pg_replication_origin_drop('planted_by_a_test')")


@pytest.mark.soak
def test_a_setting_that_changes_values_on_their_way_lets_nothing_flow(pair: PairFactory) -> None:
    made = pair()
    role = sql.Identifier(made.green.roles["migrator"].name)
    off = sql.SQL("ALTER ROLE {} SET array_nulls = off").format(role)
    on = sql.SQL("ALTER ROLE {} RESET array_nulls").format(role)
    made.succeed("write_gate")
    made.green.query(off)
    refused = made.run("replication_link", direction="forward")
    assert (refused["failed"], refused["code"]) == (True, "BG244")
    assert "On green" in refused["msg"]
    assert "SET array_nulls = on" in refused["msg"]
    made.green.query(on)
    made.replicate()
    for side, settings in (("green", made.green), ("blue", made.blue)):
        settings.query(off)
        assert reasons(made) == {"BG244": ["array_nulls"]}, side
        settings.query(on)
    assert reasons(made) == {}


_BY_PLAYBOOK = """
SET ROLE {owner};
CREATE TABLE prices (id int PRIMARY KEY, net int, gross int);
CREATE TABLE prices_next (LIKE prices INCLUDING ALL);
CREATE TABLE visits (at timestamptz, who text);
ALTER TABLE visits REPLICA IDENTITY FULL;
CREATE INDEX by_who ON visits USING hash (who);
CREATE SEQUENCE short AS smallint;
CREATE UNLOGGED SEQUENCE numbers;
CREATE TABLE numbered (id bigint PRIMARY KEY DEFAULT nextval('numbers'));
INSERT INTO prices VALUES (1, 100, 119);
INSERT INTO prices_next VALUES (1, 200, 238);
INSERT INTO numbered SELECT FROM generate_series(1, 5);
SELECT setval('short', 32700)
"""


@pytest.mark.soak
def test_by_playbook_no_wrong_rows_are_served(new_migration: MigrationFactory) -> None:
    made = new_migration()
    made.blue.query(sql.SQL(_BY_PLAYBOOK).format(owner=sql.Identifier(made.blue.roles["owner"].name)))
    role = sql.Identifier(made.green.roles["migrator"].name)
    made.green.query(sql.SQL("ALTER ROLE {} SET array_nulls = off").format(role))
    refused = made.play("prepare")
    assert refused.status != 0
    assert {code for code in ("BG243", "BG244") if code in refused.output} == {"BG243", "BG244"}
    made.green.query(sql.SQL("ALTER ROLE {} RESET array_nulls").format(role))
    made.blue.query("DROP INDEX by_who; CREATE INDEX by_who ON visits (who)", role="owner")
    made.advance(*UP_TO_SYNC)
    for swap in (_SWAP, _SWAP_COLUMNS):
        made.blue.query(swap, role="owner")
        assert "BG537" in made.play("status").output
        refused = made.play("cutover")
        assert refused.status != 0
        assert "BG537" in refused.output
        assert made.play("verify").status != 0
        made.blue.query(swap, role="owner")
        made.advance("verify")
    made.advance("cutover")
    assert made.green.query("SELECT net, gross FROM prices") == [(100, 119)]
    made.green.query("INSERT INTO numbered DEFAULT VALUES")
    [(short,)] = made.green.query("SELECT nextval('short')")
    assert 32_700 < short <= 32_707
