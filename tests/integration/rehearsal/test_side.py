# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module rehearsal_side: schema and a sample of a blue that is only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.rehearsal.sample import THROW_AWAY
from tests.fixtures.databases import Database, DatabaseFactory, run_statement
from tests.fixtures.dumps import dump_of
from tests.fixtures.modules import ModuleRunner, titles
from tests.fixtures.schema_pairs import load
from tests.fixtures.servers import PostgresServer, ServerFactory

_SCHEMA = """
SET ROLE {owner};
CREATE TYPE mood AS ENUM ('calm', 'hasty');
CREATE EXTENSION citext;
CREATE TABLE teams (name citext PRIMARY KEY, lead integer);
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, mood mood DEFAULT 'calm', team citext REFERENCES teams,
    "the 100% ""boss"" of" integer REFERENCES users, shout text GENERATED ALWAYS AS (upper(name)) STORED,
    seen timestamptz);
ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES users;
CREATE TABLE "Weird ""Order"" 5% rows" (a bigint, b text, user_id integer NOT NULL REFERENCES users,
    PRIMARY KEY (b, a));
CREATE TABLE lines (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b text, a bigint, raw bytea,
    FOREIGN KEY (b, a) REFERENCES "Weird ""Order"" 5% rows");
CREATE TABLE days (day date, note text, PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE days_2025 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE days_2026 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE visits (id int PRIMARY KEY, day date REFERENCES days);
CREATE TABLE loose (id int PRIMARY KEY, user_id int);
CREATE SEQUENCE tickets INCREMENT -5 MAXVALUE 1000 MINVALUE -1000 START 900;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END';
GRANT SELECT ON users TO {app};
INSERT INTO teams SELECT 'Team ' || n FROM generate_series(1, 100) n;
INSERT INTO users (name, team, "the 100% ""boss"" of", seen) SELECT 'it''s ' || chr(10) || '{{"\\' || n,
    'tEAM ' || 1 + n % 100, CASE WHEN n < 50 THEN n + 1 END, '2026-01-01' FROM generate_series(1, 200) n;
UPDATE teams SET lead = 200;
INSERT INTO "Weird ""Order"" 5% rows" SELECT n, 'b' || n, 150 FROM generate_series(1, 50) n;
INSERT INTO lines (b, a, raw) SELECT 'b' || 51 - n, 51 - n, '\\x00ff' FROM generate_series(1, 50) n;
INSERT INTO days SELECT '2025-12-01'::date + n, 'day' FROM generate_series(1, 60) n;
INSERT INTO visits SELECT n, '2025-12-01'::date + 61 - n FROM generate_series(1, 60) n;
INSERT INTO loose SELECT n, 1000 FROM generate_series(1, 30) n;
ALTER TABLE loose ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;
SELECT nextval('tickets');
CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse();
"""
_ORPHANS = """
SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT FROM teams t WHERE t.name = u.team)
    OR u."the 100% ""boss"" of" IS NOT NULL AND NOT EXISTS (SELECT FROM users b WHERE b.id = u."the 100% ""boss"" of")
UNION ALL SELECT count(*) FROM lines l WHERE NOT EXISTS
    (SELECT FROM "Weird ""Order"" 5% rows" o WHERE (o.b, o.a) = (l.b, l.a))
UNION ALL SELECT count(*) FROM visits v WHERE NOT EXISTS (SELECT FROM days d WHERE d.day = v.day)
"""


@dataclass
class Stage:
    """A blue with rows, and a server that may be filled."""

    blue: Database
    copy: PostgresServer
    run: ModuleRunner

    def make(self, side: str = "blue", *, check: bool = False, **changes: Any) -> dict[str, Any]:
        """Run the module as the least role of blue."""
        own = {
            "migration": "shop",
            "blue": self.blue.endpoint(),
            "green": self.copy.superuser_endpoint(),
            "side": side,
            "rows": 5,
            "pg_bindir": str(self.copy.pg_bin),
            "application_roles": [self.blue.roles["app"].name, 'Another "Role"'],
        }
        return self.run("rehearsal_side", {**own, **changes}, check=check, diff=True)

    def query(self, statement: str) -> list[Any]:
        """Ask the throw-away database."""
        opened = self.copy.connect()
        try:
            return run_statement(opened, statement)
        finally:
            opened.close()


@pytest.fixture
def stage(database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner) -> Stage:
    """Give a blue of 17 with rows, and an empty throw-away server of 17."""
    blue = database(17)
    load(blue, _SCHEMA)
    return Stage(blue, own_server(17, cluster_name=THROW_AWAY), run_module)


def test_schema_and_sample_with_whole_foreign_keys(stage: Stage) -> None:
    before = dump_of(stage.blue)
    tried = stage.make(check=True)
    assert tried["changed"]
    assert stage.query("SELECT to_regclass('users')") == [(None,)]

    made = stage.make()
    assert not made.get("failed"), made["msg"]
    assert dump_of(stage.blue) == before
    assert made["objects"] == tried["objects"]
    rows = made["rows"]
    assert rows["public.loose"] == 0
    assert rows["public.lines"] == rows["public.visits"] == rows["public.days_2025"] == 5
    assert rows["public.users"] > 5
    assert {count for (count,) in stage.query(_ORPHANS)} == {0}
    assert stage.query("SELECT shout FROM users WHERE id = 1") == [("IT'S \n{\"\\1",)]
    assert stage.query("SELECT DISTINCT raw::text FROM lines") == [("\\x00ff",)]
    assert stage.query("SELECT last_value FROM users_id_seq") == stage.blue.query("SELECT last_value FROM users_id_seq")
    assert stage.query("SELECT nextval('tickets')") == [(895,)]
    owner = stage.blue.roles["owner"].name
    assert stage.query("SELECT relowner::regrole::text FROM pg_class WHERE relname = 'users'") == [(owner,)]
    assert stage.query(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{owner}'") == [(False,)]
    assert stage.query("SELECT count(*) FROM pg_roles WHERE rolname = 'Another \"Role\"'") == [(1,)]
    assert not stage.make()["changed"]


def test_green_gets_roles_only(stage: Stage) -> None:
    made = stage.make("green")
    assert all(step.startswith("create role") for step in titles(made))
    assert len(titles(made)) == 3
    assert (made["rows"], stage.query("SELECT to_regclass('users')")) == ({}, [(None,)])
    assert not stage.make("green")["changed"]


def test_excluded_tables_stay_empty(stage: Stage) -> None:
    made = stage.make(exclude_tables=["public.users"])
    assert not made.get("failed"), made["msg"]
    assert "public.users" not in made["rows"]
    assert made["rows"]["public.loose"] == 5


def test_all_rows_come_by_word(stage: Stage) -> None:
    made = stage.make(rows="all", exclude_tables=["public.loose"])
    assert not made.get("failed"), made["msg"]
    counted = dict(stage.blue.query("SELECT 'public.users', count(*) FROM users UNION ALL SELECT 'public.lines', 50"))
    assert {name: made["rows"][name] for name in counted} == counted
    assert made["rows"]["public.loose"] == 0
    assert stage.query("SELECT nextval('tickets')") == [(895,)]
    assert stage.make(rows="some")["code"] == "BG727"


def test_a_rehearsal_without_rows(stage: Stage) -> None:
    made = stage.make(rows=0)
    assert (made["rows"], stage.query("SELECT count(*) FROM users")) == ({}, [(0,)])


def test_a_server_that_somebody_needs_is_never_filled(stage: Stage, database: DatabaseFactory) -> None:
    needed = database(18)
    refused = stage.make(green=needed.endpoint("superuser"))
    assert refused["code"] == "BG724"
    assert needed.query("SELECT to_regclass('users')") == [(None,)]


def test_a_staging_database_that_says_so_is_emptied_and_filled(stage: Stage, database: DatabaseFactory) -> None:
    staging = database(17, label="staging")
    for statement in (
        "CREATE SCHEMA left_over",
        "CREATE TABLE left_over.things (id integer PRIMARY KEY)",
        "CREATE TABLE public.users (other integer)",
        "CREATE EXTENSION hstore",
        "CREATE PUBLICATION reports FOR TABLE left_over.things",
        "SELECT pg_create_logical_replication_slot(current_database() || '_old', 'pgoutput')",
        "CREATE SUBSCRIPTION bluegreen_old CONNECTION 'host=nowhere.invalid' PUBLICATION x WITH (connect = false)",
    ):
        staging.query(statement)
    green = staging.endpoint("superuser")
    assert stage.make(green=green, emptied_first=True)["code"] == "BG724"
    mark = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(staging.name), sql.Literal(THROW_AWAY))
    staging.query(mark)

    made = stage.make(green=green, emptied_first=True, pg_bindir=str(staging.server.pg_bin))

    assert not made.get("failed"), made["msg"]
    assert titles(made)[0] == "empty the throw-away database"
    assert staging.query("SELECT to_regclass('left_over.things')") == [(None,)]
    assert staging.query("SELECT count(*) > 4 FROM users") == [(True,)]
    assert staging.query("SELECT count(*) FROM pg_publication") == [(0,)]
    assert staging.query("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == [(0,)]


def test_rows_that_may_not_be_read_are_an_error(stage: Stage) -> None:
    stage.blue.query("ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY")
    refused = stage.make()
    assert refused["failed"]
    assert "row-level security" in refused["msg"]
