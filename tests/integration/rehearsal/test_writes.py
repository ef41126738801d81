# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rehearsal_writes: writes for unusual tables, and a ledger that notices missing rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.rehearsal.sample import THROW_AWAY
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import DatabaseFactory, run_statement
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import PostgresServer, ServerFactory

_TABLES = """
CREATE TABLE users (id serial PRIMARY KEY, name varchar(12) UNIQUE, token uuid UNIQUE, at timestamptz UNIQUE,
    shout text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE "the 100% {odd} ""one"" too" (a bigint GENERATED ALWAYS AS IDENTITY, "b %" text,
    user_id int REFERENCES users, PRIMARY KEY (a, "b %"));
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, note text);
CREATE TABLE days (day date, n int, PRIMARY KEY (day, n)) PARTITION BY RANGE (day);
CREATE TABLE days_2026 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE few (id int PRIMARY KEY CHECK (id < 3));
CREATE TABLE keyless (a int);
CREATE TABLE nothing (id int PRIMARY KEY);
CREATE TABLE parents (id int PRIMARY KEY, note text);
CREATE TABLE children (PRIMARY KEY (id)) INHERITS (parents);
INSERT INTO parents SELECT n, 'p' FROM generate_series(1, 5) n;
INSERT INTO children SELECT n, 'c' FROM generate_series(1, 5) n;
INSERT INTO users (name, token, at) SELECT 'u' || n, gen_random_uuid(), '2026-01-01'::timestamptz + n * interval '1 d'
    FROM generate_series(1, 20) n;
INSERT INTO "the 100% {odd} ""one"" too" ("b %", user_id) SELECT 'b' || n, n FROM generate_series(1, 20) n;
INSERT INTO profiles SELECT n, 'p' FROM generate_series(1, 10) n;
INSERT INTO days SELECT '2026-03-01', n FROM generate_series(1, 5) n;
INSERT INTO few VALUES (1), (2);
INSERT INTO keyless VALUES (1);
"""


class Stage:
    """A throw-away server with two databases, the first of which has tables."""

    def __init__(self, server: PostgresServer, folder: Path, run: ModuleRunner) -> None:
        self._server, self.folder, self._run = server, folder, run
        self.query("CREATE DATABASE green")
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                self.query(statement)

    def query(self, statement: str) -> Any:
        """Ask the first database."""
        opened = self._server.connect()
        try:
            return run_statement(opened, statement)
        finally:
            opened.close()

    def writes(self, state: str, **changes: Any) -> dict[str, Any]:
        """Run the module."""
        blue = self._server.superuser_endpoint()
        own = {"migration": "rehearsal", "blue": blue, "green": {**blue, "dbname": "green"}, "state": state}
        return self._run("rehearsal_writes", {**own, "folder": str(self.folder), **changes})


@pytest.fixture
def stage(own_server: ServerFactory, run_module: ModuleRunner, tmp_path: Path) -> Stage:
    """Give a server of 17."""
    return Stage(own_server(17, cluster_name=THROW_AWAY), tmp_path, run_module)


def test_writes_in_the_shape_of_each_table_and_nothing_is_missing(stage: Stage) -> None:
    begun = stage.writes("started")
    assert not begun.get("failed"), begun["msg"]
    assert not stage.writes("started")["changed"]
    wait_for(lambda: stage.query("SELECT count(*) > 60 FROM users") == [(True,)])
    phase = {"name": "cutover", "began": 0, "ended": 9e9}

    ended = stage.writes("stopped", phases=[phase])

    assert not ended.get("failed"), ended["msg"]
    tables = ended["tables"]
    assert set(tables) == {
        'public."the 100% {odd} ""one"" too"', "public.children", "public.days", "public.few", "public.parents",
        "public.profiles", "public.users",
    }  # fmt: skip
    assert {one["missing"] + one["returned"] + one["unknown"] for one in tables.values()} == {0}
    assert min(one["acknowledged"] for one in tables.values()) > 10
    assert {name for name, one in tables.items() if one["refused"]} == {"public.few"}
    assert stage.query('SELECT count(*) > 40 FROM "the 100% {odd} ""one"" too"') == [(True,)]
    assert ended["longest_gaps"]["cutover"] > 0
    assert not stage.writes("stopped")["changed"]


def test_a_write_that_is_gone_is_noticed(stage: Stage) -> None:
    stage.writes("started")
    wait_for(lambda: stage.query("SELECT count(*) > 30 FROM days") == [(True,)])
    wait_for(lambda: stage.query("SELECT count(*) > 5 FROM ONLY parents") == [(True,)])
    stage.query("DELETE FROM days WHERE n > 5")
    stage.query("DELETE FROM ONLY parents WHERE id > 5")
    stage.query("INSERT INTO children SELECT g, 'c' FROM generate_series(6, 1000) g ON CONFLICT DO NOTHING")

    ended = stage.writes("stopped")

    assert (ended["failed"], ended["code"]) == (True, "BG726")
    assert ended["details"]["tables"]["public.days"]["missing"] > 0
    assert ended["details"]["tables"]["public.parents"]["missing"] > 0, "a row of a child is no row of its parent"
    assert ended["details"]["tables"]["public.users"]["missing"] == 0


def test_servers_that_somebody_needs_are_not_written_to(stage: Stage, database: DatabaseFactory) -> None:
    assert stage.writes("started", green=database(18).endpoint("superuser"))["code"] == "BG724"
