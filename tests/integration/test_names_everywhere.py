# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a database, a role, a schema, a table, a column or a sequence is called: every module takes it as a name."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.rehearsal.sample import THROW_AWAY
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName, quoted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database, DatabaseFactory, Role, run_statement
from tests.fixtures.hostile_names import EVERYTHING, WORDS, identifiers
from tests.fixtures.migrations import Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.retired import age, archive_parameters, clean_up
from tests.fixtures.servers import ServerFactory
from tests.integration.comparison.test_repair import allow_repair

_SCHEMA = """
CREATE SCHEMA {n} AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA {n} TO {app};
SET ROLE {owner};
CREATE TYPE {n}.{type} AS ENUM ({label}, 'b');
CREATE DOMAIN {n}.{domain} AS text CONSTRAINT {n} CHECK (VALUE <> {label});
CREATE SEQUENCE {n}.{sequence};
CREATE TABLE {n}.{n} (
    {n} int GENERATED ALWAYS AS IDENTITY CONSTRAINT {key} PRIMARY KEY, {two} text, {three} {n}.{type} DEFAULT {label},
    {four} {n}.{domain}, {five} bigint DEFAULT nextval({drawn}), {six} int GENERATED ALWAYS AS ({n} * 2) STORED,
    CONSTRAINT {n} CHECK ({n} > 0)
);
CREATE TABLE {n}.{child} ({two} int REFERENCES {n}.{n}, {n} text, PRIMARY KEY ({n}, {two}));
CREATE TABLE {n}.{full} ({n} text, {two} int);
ALTER TABLE {n}.{full} REPLICA IDENTITY FULL;
CREATE TABLE {n}.{root} ({n} int, {two} text, PRIMARY KEY ({n})) PARTITION BY RANGE ({n});
CREATE TABLE {n}.{leaf} PARTITION OF {n}.{root} FOR VALUES FROM (0) TO (1000);
CREATE UNIQUE INDEX {index} ON {n}.{n} ({two}) WHERE {n} > 0;
CREATE FUNCTION {n}.{n}({two} {n}.{type}) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
CREATE VIEW {n}.{view} AS SELECT {n}, {three} FROM {n}.{n} AS {two};
CREATE POLICY {n} ON {n}.{n} TO {app} USING ({n} > 0);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {n} TO {app};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA {n} TO {app};
RESET ROLE;
ALTER DATABASE {database} SET search_path = {n};
"""
_ROWS = """
INSERT INTO {n}.{n} ({two}, {four}) SELECT 'row ' || g, 'x' || g FROM generate_series(1, 40) g;
INSERT INTO {n}.{child} SELECT g, 'k' || g FROM generate_series(1, 40) g;
INSERT INTO {n}.{full} SELECT 'f' || g, g FROM generate_series(1, 10) g;
INSERT INTO {n}.{root} SELECT g, 'r' || g FROM generate_series(1, 40) g;
"""
_FAULTS = """
SET session_replication_role = replica;
UPDATE {n}.{n} SET {two} = 'other' WHERE {n} = 3;
DELETE FROM {n}.{child} WHERE {two} = 5;
INSERT INTO {n}.{root} VALUES (777, 'extra');
"""
_PARTS = (
    "type", "domain", "sequence", "key", "two", "three", "four", "five", "six", "child", "full", "root", "leaf",
    "index", "view",
)  # fmt: skip


class Everywhere:
    """Two databases in which everything bears one word, some things with a number."""

    def __init__(self, word: str, blue: Database, green: Database, run: ModuleRunner) -> None:
        self.word = word
        blue, green = (_renamed(side, word) for side in (blue, green))
        self.pair = Pair(
            blue, green, run, "superuser" if blue.server.major < 16 else "migrator", f"m{secrets.token_hex(4)}"
        )
        self.part = {part: f"{word}{number}" for number, part in enumerate(_PARTS)}

    def do(self, side: Database, statements: str) -> None:
        """Run statements with the names filled in, as the superuser."""
        names: dict[str, sql.Composable] = {key: sql.Identifier(name) for key, name in self.part.items()}
        names.update({str(kind): sql.Identifier(role.name) for kind, role in side.roles.items()})
        names.update(n=sql.Identifier(self.word), database=sql.Identifier(side.name), label=sql.Literal(self.word))
        names["drawn"] = sql.Literal(str(TableName(self.word, self.part["sequence"])))
        side.query(sql.SQL(statements).format(**names))

    def rows(self, side: Database) -> list[list[tuple[object, ...]]]:
        """Return all rows of all tables."""
        tables = (self.word, self.part["child"], self.part["full"], self.part["root"])
        read = sql.SQL("SELECT * FROM {} AS t ORDER BY t::text")
        return [side.query(read.format(sql.Identifier(self.word, table))) for table in tables]


def _renamed(side: Database, word: str) -> Database:
    roles = dict(side.roles)
    admin = side.server.connect()
    with closing(admin):
        for kind in ("owner", "app", "migrator"):
            role = side.roles[kind]
            roles[kind] = Role(f"{role.name}{word}", role.password)
            names = sql.Identifier(role.name), sql.Identifier(roles[kind].name)
            run_statement(admin, sql.SQL("ALTER ROLE {} RENAME TO {}").format(*names))
    return replace(side, roles=roles)


@pytest.fixture(params=[EVERYTHING, *(pytest.param(word, marks=pytest.mark.soak) for word in WORDS)], ids=repr)
def everywhere(request: pytest.FixtureRequest, database: DatabaseFactory, run_module: ModuleRunner) -> Everywhere:
    """Give a blue with rows, and an empty green."""
    word = request.param
    made = Everywhere(word, database(17, name=f"{word} db"), database(18, name=f"{word} db"), run_module)
    made.do(made.pair.blue, _SCHEMA + _ROWS)
    return made


def _prepare(everywhere: Everywhere) -> None:
    pair = everywhere.pair
    programs = {"pg_bindir": str(pair.green.server.pg_bin), "application_roles": [pair.blue.roles["app"].name]}
    found = pair.succeed("preflight_info", trial_restore=True, **programs, backup_waived="a test")
    assert [one for one in found["findings"] if one["severity"] == "blocks"] == []
    assert not pair.changes("green_roles")
    assert not pair.changes("green_database")
    pair.succeed("init_info")
    pair.succeed("migration_journal", phase="prepare")
    copied = pair.succeed("schema_copy", **programs)
    assert (copied["missing"], copied["different"], copied["extra"]) == ([], [], [])
    assert not pair.changes("schema_copy", **programs)
    pair.succeed("schema_lint_info")
    pair.succeed("phase_info", phase="setup")


def _migrate(everywhere: Everywhere, folder: Path) -> None:
    pair = everywhere.pair
    table = str(TableName(everywhere.word, f"{everywhere.word}v"))
    (folder / "V1__one.sql").write_text("CREATE TABLE public.made (id int PRIMARY KEY);\n", encoding="utf-8")
    versions = {"directory": str(folder), "table": table, "pg_bindir": str(pair.green.server.pg_bin)}
    assert pair.changes("schema_version", **versions)
    assert not pair.changes("schema_version", **versions)


def _replicate(everywhere: Everywhere) -> None:
    pair = everywhere.pair
    pair.succeed("write_gate")
    pair.succeed("replication_link", direction="forward")
    pair.succeed("replication_catchup", timeout=60)
    everywhere.do(pair.blue, "UPDATE {n}.{n} SET {two} = {two} || '!'; DELETE FROM {n}.{full} WHERE {two} = 2")
    for module in ("replication_catchup", "replication_lag_info", "replication_watch", "canary", "activity_info"):
        pair.succeed(module)
    pair.succeed("circuit_breaker", retained_wal="1GB")
    assert everywhere.rows(pair.blue) == everywhere.rows(pair.green)


def _repair(everywhere: Everywhere) -> None:
    pair = everywhere.pair
    assert pair.succeed("consistency_check")["consistent"]
    everywhere.do(pair.green, _FAULTS)
    found = pair.succeed("consistency_check")
    assert sum(len(table["differences"]) for table in found["tables"]) == 3, found
    allow_repair(pair.green)
    assert pair.changes("consistency_repair")
    assert everywhere.rows(pair.blue) == everywhere.rows(pair.green)


def _backfill(everywhere: Everywhere) -> None:
    pair = everywhere.pair
    table, column = TableName(everywhere.word, everywhere.word), everywhere.part["two"]
    assert pair.changes("backfill", side="blue", table=str(table), columns={column: f"upper({quoted(column)})"})
    pair.succeed("replication_catchup")
    assert everywhere.rows(pair.blue) == everywhere.rows(pair.green)


def _switch(everywhere: Everywhere) -> None:
    pair = everywhere.pair
    pair.succeed("replication_link", direction="reverse")
    pair.succeed("prerequisites_info", confirmed={"team": "Ada, 2026-11-20"})
    for target, into in (("green", pair.green), ("blue", pair.blue), ("green", pair.green)):
        pair.succeed("cutover", target=target, deadline=60, max_lag_seconds=60)
        everywhere.do(into, "INSERT INTO {n}.{n} ({two}) VALUES (gen_random_uuid()::text)")
    pair.succeed("migration_info")
    pair.succeed("replication_catchup", direction="reverse", timeout=60)
    assert everywhere.rows(pair.blue) == everywhere.rows(pair.green)


def _retire(everywhere: Everywhere, folder: Path) -> None:
    pair = everywhere.pair
    clean_up(pair)
    assert pair.succeed("archive_database", **archive_parameters(pair, folder))["archived"]
    age(pair, 8)
    roles = [pair.blue.roles["app"].name]
    assert pair.changes("decommission", confirm=pair.blue.name, application_roles=roles)


def test_every_module_takes_it_as_a_name(everywhere: Everywhere, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("versions", "archive")]
    for folder in folders:
        folder.mkdir()
    _prepare(everywhere)
    _migrate(everywhere, folders[0])
    _replicate(everywhere)
    _repair(everywhere)
    _backfill(everywhere)
    _switch(everywhere)
    _retire(everywhere, folders[1])


@pytest.mark.soak
def test_an_emergency_takes_it_as_a_name(
    database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner, tmp_path: Path
) -> None:
    green = database(18, name=f"{EVERYTHING} db", server=own_server(18))
    made = Everywhere(EVERYTHING, database(17, name=f"{EVERYTHING} db"), green, run_module)
    pair, file = made.pair, tmp_path / "missing.json"
    made.do(pair.blue, _SCHEMA + _ROWS)
    _prepare(made)
    _replicate(made)
    pair.succeed("replication_link", direction="reverse")
    pair.succeed("cutover", target="green", deadline=60, max_lag_seconds=60)
    made.do(pair.green, "INSERT INTO {n}.{n} ({two}) VALUES ('on green')")
    pair.succeed("replication_catchup", direction="reverse", timeout=60)
    pair.green.server.embedded.stop("immediate")
    assert pair.changes("emergency_rollback", file=str(file), patience=0.0, accept_loss=True)
    made.do(pair.blue, "INSERT INTO {n}.{n} ({two}) VALUES ('on blue')")
    assert file.exists()
    pair.green.server.embedded.start()
    assert pair.changes("cutover", target="blue")


@pytest.mark.soak
def test_a_rehearsal_takes_it_as_a_name(
    database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner, tmp_path: Path
) -> None:
    copy, name = own_server(17, cluster_name=THROW_AWAY), f"{EVERYTHING} db"
    made = Everywhere(EVERYTHING, database(17, name=name), database(18, name=name), run_module)
    made.do(made.pair.blue, _SCHEMA + _ROWS)
    ends = {"migration": "shop", "blue": made.pair.blue.endpoint(), "green": copy.superuser_endpoint()}
    roles = [made.pair.blue.roles["app"].name]
    programs = {"pg_bindir": str(copy.pg_bin), "application_roles": roles}
    sampled = run_module("rehearsal_side", {**ends, **programs, "side": "blue", "rows": 20})
    assert not sampled.get("failed"), sampled["msg"]
    tables = {str(TableName(EVERYTHING, one)) for one in (EVERYTHING, made.part["child"], made.part["root"])}
    with closing(copy.connect()) as opened:
        for table in tables:
            assert run_statement(opened, f"SELECT count(*) >= 20 FROM {table}") == [(True,)], table
        run_statement(opened, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    place = copy.superuser_endpoint()
    writes = {**ends, "blue": place, "green": {**place, "dbname": name}, "folder": str(tmp_path)}
    begun = run_module("rehearsal_writes", {**writes, "state": "started"})
    assert not begun.get("failed"), begun["msg"]
    with closing(copy.connect()) as opened:
        wait_for(lambda: all(run_statement(opened, f"SELECT count(*) > 40 FROM {table}")[0][0] for table in tables))
    ended = run_module("rehearsal_writes", {**writes, "state": "stopped"})
    assert not ended.get("failed"), ended["msg"]
    assert tables <= set(ended["tables"])
    assert {one["missing"] + one["returned"] + one["unknown"] for one in ended["tables"].values()} == {0}


def test_the_server_reads_every_name_as_it_is(database: DatabaseFactory) -> None:
    keywords = {key: str(value) for key, value in database().endpoint().items()}
    with closing(Session(Endpoint(Side.BLUE, keywords, {}), "bluegreen test")) as session:

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(identifiers)
        def check(name: str) -> None:
            assert session.rows("SELECT 1 AS {name}", name=name) == [{name: 1}]
            assert session.rows("SELECT %(one)s AS {name}", {"one": 1}, name=name) == [{name: 1}]
            text = session.text_of("SELECT %(one)s AS {name}", {"one": "%s"}, name=name)
            assert session.rows(text) == [{name: "%s"}]

        check()
