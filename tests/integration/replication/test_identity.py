# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No table is published whose UPDATE and DELETE would fail, whatever the path to the publication."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import LaneSpec, Published
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lanes import link
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.go_no_go.test_wrong_rows import reasons, told_by_status
from tests.integration.replication.test_link import left

# A publication makes each of these tables unwritable.
_UNFIT = {
    "keyless": "CREATE TABLE keyless (id int DEFAULT 1, n int)",
    "deferred": "CREATE TABLE deferred (id int DEFAULT 1 PRIMARY KEY DEFERRABLE, n int)",
    "nothing": "CREATE TABLE nothing (id int DEFAULT 1 PRIMARY KEY, n int);"
    "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
    "dropped": "CREATE TABLE dropped (id int DEFAULT 1 NOT NULL, n int); CREATE UNIQUE INDEX gone ON dropped (id);"
    "ALTER TABLE dropped REPLICA IDENTITY USING INDEX gone; DROP INDEX gone",
    "generated": "CREATE TABLE generated (n int, id int GENERATED ALWAYS AS (n) STORED PRIMARY KEY)",
    "leaf": "CREATE TABLE root (id int DEFAULT 1, n int) PARTITION BY LIST (id); CREATE TABLE leaf PARTITION OF root "
    "DEFAULT; CREATE TABLE fit PARTITION OF root FOR VALUES IN (7); ALTER TABLE fit REPLICA IDENTITY FULL",
}
_IS_PUBLISHED = "SELECT count(*) FROM pg_publication_tables WHERE tablename = 'keyless'"
_FULL = "CREATE TABLE sums (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED, c int);"
_FULL += "ALTER TABLE sums REPLICA IDENTITY FULL"


def _on_both(made: Pair, statements: str) -> None:
    for side in (made.blue, made.green):
        owner = sql.Identifier(side.roles["owner"].name)
        side.query(sql.SQL("SET ROLE {};").format(owner) + sql.SQL(statements))


def _can_be_written(side: Database, made: Pair, *tables: str) -> None:
    for table in tables:
        for statement in (f"INSERT INTO {table} (n) VALUES (1)", f"UPDATE {table} SET n = 2", f"DELETE FROM {table}"):
            assert made.write(side, statement) is None, statement


@pytest.mark.parametrize("blue", [17, *(pytest.param(major, marks=pytest.mark.soak) for major in (14, 18))])
def test_tables_that_came_after_prepare_are_not_published_without_an_identity(pair: PairFactory, blue: int) -> None:
    made = pair(blue, 18)
    made.succeed("write_gate")
    _on_both(made, "; ".join(_UNFIT.values()))
    names = sorted(f"public.{name}" for name in _UNFIT)
    for check in (True, False):
        refused = made.run("replication_link", direction="forward", lanes=2, check=check)
        assert (refused.get("code"), sorted(refused["details"]["tables"])) == ("BG245", names), refused
    assert left(made.blue) == 0
    _can_be_written(made.blue, made, *_UNFIT)
    made.succeed("replication_link", direction="forward", exclude_tables=names)
    _can_be_written(made.blue, made, *_UNFIT)


def test_a_table_that_joins_a_link_needs_one_too(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    _on_both(made, _UNFIT["keyless"])
    made.succeed("write_gate")
    for direction, side in (("forward", made.blue), ("reverse", made.green)):
        refused = made.run("replication_link", direction=direction)
        assert (refused.get("code"), refused["msg"].count("public.keyless")) == ("BG245", 1), refused
        assert side.query(_IS_PUBLISHED) == [(0,)]
    _can_be_written(made.blue, made, "keyless")


@pytest.mark.parametrize("blue", [17, pytest.param(14, marks=pytest.mark.soak)])
def test_full_with_a_generated_column_is_judged_by_each_side_s_own_major(pair: PairFactory, blue: int) -> None:
    """An 18 refuses UPDATE and DELETE of such a table once it is published, the apply worker's as well."""
    made = pair(blue, 18)
    _on_both(made, _FULL)
    assert _named_by_preflight(made) == {"green": ["public.sums"]}
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    refused = made.run("replication_link", direction="reverse")
    assert refused.get("code") == "BG245"
    assert "would fail on green" in refused["msg"]
    assert left(made.green) == 1, "the subscription alone"
    made.blue.query("INSERT INTO sums (a, c) VALUES (1, 1); UPDATE sums SET c = 2")
    made.succeed("replication_catchup", timeout=60)
    assert made.green.query("SELECT * FROM sums") == [(1, 2, 2)]
    for side in (made.blue, made.green):
        side.query("ALTER TABLE sums REPLICA IDENTITY DEFAULT", role="owner")
    made.succeed("replication_link", direction="reverse")


@pytest.mark.parametrize("blue", [17, pytest.param(14, marks=pytest.mark.soak)])
def test_blue_s_tables_are_judged_by_green_s_major_before_green_has_them(pair: PairFactory, blue: int) -> None:
    made = pair(blue, 18)
    _on_both(made, _FULL)
    made.green.query('DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS "Odd ""Name" CASCADE; CREATE SCHEMA public')
    assert _named_by_preflight(made) == {"green": ["public.sums"]}


def _named_by_preflight(made: Pair) -> dict[str, list[str]]:
    findings = made.succeed("preflight_info", trial_restore=False, check=True)["findings"]
    return {one["side"]: one["objects"] for one in findings if one["code"] == "BG907"}


def test_an_identity_that_is_lost_while_the_links_stand_is_a_reason_and_a_finding(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    assert (reasons(made), told_by_status(made)) == ({}, [])
    made.green.query('ALTER TABLE "Odd ""Name"."Täble 1" DROP CONSTRAINT "Täble 1_pkey"')
    assert "BG245" in told_by_status(made)
    [named] = reasons(made)["BG245"]
    assert named.startswith('"Odd ""Name"."Täble 1" has no primary key')
    refused = made.run("replication_link", direction="reverse")
    assert refused["code"] == "BG245"
    assert "is published already, and fails there now" in refused["msg"]


def test_the_server_is_asked_again_in_the_transaction_that_publishes(gated: Pair) -> None:
    """What was fit as it was looked at may be unfit by now."""
    gated.blue.query("CREATE TABLE late (id int)", role="owner")
    tables = tuple(Published(TableName("public", name)) for name in ("users", "late"))
    spec = LaneSpec(gated.lane("forward"), 1, Direction.FORWARD, tables)
    with closing(Session(Endpoint.from_parameters(Side.BLUE, gated.ends()["blue"], {}), "bluegreen test")) as session:
        with pytest.raises(MigrationError, match=r"BG245.*public\.late has no primary key"), session.transaction():
            link.create_publication(session, spec)
        assert gated.blue.query("SELECT FROM pg_publication") == []


def test_a_file_of_the_switch_that_takes_an_identity_away_is_a_reason_not_to_switch(
    pair: PairFactory, tmp_path: Path
) -> None:
    made = pair()
    made.replicate()
    (tmp_path / "0001_drop.up.sql").write_text(
        "-- bluegreen: at_cutover\nALTER TABLE users DROP CONSTRAINT users_pkey;\n", encoding="utf-8"
    )
    refused = made.run("cutover", target="green", schema_migrations=str(tmp_path), accept_one_way=[1])
    found = {one["code"]: one["what"] for one in refused["details"]["reasons"]}
    assert "public.users has no primary key" in found["BG263"]
    assert made.write(made.blue, "UPDATE users SET name = 'still' WHERE id = 1") is None
