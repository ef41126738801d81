# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""preflight_info against real servers: silence where nothing is wrong, at any time of a migration."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import copy_session_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.preflight import facts
from demo.commands import PROJECT
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner

SCHEMA = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN short AS varchar(20) CHECK (VALUE <> '');
CREATE TABLE users (id serial PRIMARY KEY, name short, felt mood, at timestamptz DEFAULT now(), tags text[]);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users,
    price numeric(10, 2) CHECK (price > 0), doubled numeric GENERATED ALWAYS AS (price * 2) STORED);
CREATE TABLE keyed (a int NOT NULL, b text NOT NULL);
CREATE UNIQUE INDEX keyed_key ON keyed (a, b);
ALTER TABLE keyed REPLICA IDENTITY USING INDEX keyed_key;
ALTER TABLE users ADD kind varchar(9) CHECK (kind IN ('in', 'out'));
CREATE TABLE spans (id int PRIMARY KEY, span int4range, gone bool, EXCLUDE USING gist (span WITH &&) WHERE (NOT gone));
CREATE UNIQUE INDEX ON spans (lower(span)) WHERE gone IS NOT TRUE AND upper(span) < 7;
CREATE SEQUENCE un_owned;
CREATE SCHEMA "Odd ""Name";
CREATE TABLE "Odd ""Name"."Table" ("Id" int PRIMARY KEY);
CREATE VIEW recent AS SELECT id FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO users (name) VALUES ('a'), ('b');
SELECT setval('un_owned', 10);
"""
PARTITIONED = """
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, kind varchar(9) NOT NULL,
    CHECK (kind IN ('in', 'out')), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01 00:00+02') TO ('2027-01-01 00:00+02');
"""


def sides(blue: Database, green: Database, role: Any = "migrator") -> dict[str, Any]:
    return {"migration": "shop", "blue": blue.endpoint(role), "green": green.endpoint(role)}


def looked(run_module: ModuleRunner, arguments: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """Return what preflight finds without a trial restore, which has tests of its own."""
    own = {"trial_restore": False, "backup_waived": "a test"}
    return run_module("preflight_info", {**own, **arguments}, check=check)


def found(result: dict[str, Any]) -> list[str]:
    assert not result.get("failed"), result
    return [f"{finding['code']} {finding['side']}" for finding in result["findings"]]


@pytest.mark.parametrize(("old", "new"), [(17, 18), pytest.param(16, 17, marks=pytest.mark.soak)])
def test_the_least_role_finds_nothing_where_nothing_is_wrong(
    old: int, new: int, database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    blue, green = database(old), database(new)
    blue.query(SCHEMA, role="owner")
    trial = {"trial_restore": True, "pg_bindir": str(green.server.pg_bin), "backup_waived": "a test"}
    arguments = {**sides(blue, green), "application_roles": [blue.roles["app"].name], **trial}
    result = run_module("preflight_info", arguments)
    assert found(result) == [], result["table"]
    assert (result["changed"], result["blocked"], result["accepted"]) == (False, False, [])
    assert run_module("preflight_info", arguments, check=True)["blocked"] is False


@pytest.mark.parametrize(("old", "new"), [(14, 15), pytest.param(15, 18, marks=pytest.mark.soak)])
def test_before_16_a_superuser_finds_nothing_where_nothing_is_wrong(
    old: int, new: int, database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    blue, green = database(old), database(new)
    blue.query(SCHEMA, role="owner")
    assert found(looked(run_module, sides(blue, green, "superuser"))) == []
    missing = looked(run_module, sides(blue, green))
    assert found(missing)[0] == "BG131 blue"


def test_the_shop_of_the_demo_only_informs(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    blue, green = database(17), database(18)
    script = (PROJECT / "demo" / "schema.sql").read_text(encoding="utf-8")
    own_roles = script.replace("shop_owner", blue.roles["owner"].name).replace("shop_app", blue.roles["app"].name)
    blue.query(own_roles.replace("SET ROLE", "-- SET ROLE"), role="owner")
    assert found(looked(run_module, sides(blue, green))) == ["BG154 blue", "BG159 blue"]


@pytest.mark.parametrize(("old", "new"), [(14, 18), pytest.param(17, 17, marks=pytest.mark.soak)])
def test_green_with_a_copy_of_the_schema_is_no_finding(
    old: int, new: int, database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    role = "superuser" if old < 16 else "migrator"
    blue, green = database(old), database(new, "green")
    blue.query(SCHEMA + PARTITIONED, role="owner")
    copied = run_module("schema_copy", {**sides(blue, green, role), "pg_bindir": str(green.server.pg_bin)})
    assert not copied.get("failed"), copied
    result = looked(run_module, sides(blue, green, role))
    assert found(result) == ["BG159 blue"], result["table"]


def test_a_migration_under_way_is_no_finding(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    blue, green = database(17), database(18)
    arguments = sides(blue, green)
    for each in (blue, green):
        each.query("CREATE TABLE users (id int PRIMARY KEY)", role="owner")
    blue.query("INSERT INTO users VALUES (1)", role="owner")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("write_gate", {"state": "present"}),
        ("replication_link", {"direction": "forward", "state": "present", "copy": "native"}),  # gathers no statistics
        ("replication_catchup", {"direction": "forward"}),
        ("replication_link", {"direction": "reverse", "state": "present"}),
    ]
    for module, parameters in steps:
        result = run_module(module, {**arguments, **parameters})
        assert not result.get("failed"), result
        if module == "replication_catchup":
            assert found(looked(run_module, arguments)) == ["BG199 green"]
            green.query("ANALYZE users")
        if (module, parameters.get("direction")) != ("replication_link", "forward"):
            assert found(looked(run_module, arguments)) == [], module


def test_an_acceptance_is_returned_apart(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    blue, green = database(17), database(18)
    blue.query(
        "CREATE UNLOGGED TABLE a (id int PRIMARY KEY); CREATE UNLOGGED TABLE b (id int PRIMARY KEY)", role="owner"
    )
    word = {"code": "BG151", "object": "public.a", "reason": "a cache"}
    partly = looked(run_module, {**sides(blue, green), "accepted": [word]})
    assert (found(partly), partly["findings"][0]["objects"], partly["blocked"]) == (["BG151 blue"], ["public.b"], True)
    assert partly["accepted"][0]["reason"] == "a cache"
    whole = looked(run_module, {**sides(blue, green), "accepted": [{"code": "BG151", "reason": "caches"}]})
    assert (found(whole), whole["blocked"]) == ([], False)
    expired = looked(run_module, {**sides(blue, green), "accepted": [{**word, "expires": "2020-01-31"}]})
    assert expired["findings"][0]["objects"] == ["public.a", "public.b"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"accepted": [{"code": "BG1", "reason": "so"}]}, "BG021"),
        ({"accepted": [{"code": "BG151", "reason": "so", "expires": "soon"}]}, "BG021"),
        ({"exclude_tables": ["nonsense"]}, "BG020"),
        ({"migration": " "}, "BG001"),
    ],
)
def test_bad_input_is_refused(
    parameters: dict[str, Any], code: str, database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    blue, green = database(17), database(18)
    result = looked(run_module, {**sides(blue, green), **parameters})
    assert (result["failed"], result["code"]) == (True, code)


def test_one_database_cannot_be_both_sides(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    blue = database(17)
    result = looked(run_module, sides(blue, blue))
    assert (result["failed"], result["code"]) == (True, "BG006")


def test_a_lock_is_not_waited_for_without_end(
    database: DatabaseFactory, run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "LOCK_SECONDS", 0.2)
    blue, green = database(17), database(18)
    blue.query("CREATE TABLE users (id int PRIMARY KEY)", role="owner")
    with blue.connect("owner", autocommit=False).cursor() as holder:
        holder.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        result = looked(run_module, sides(blue, green))
        assert (result["failed"], result["code"]) == (True, "BG022")
        assert "or end it" in result["msg"]


def test_nobody_is_told_to_end_our_own_copy(
    database: DatabaseFactory, run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "LOCK_SECONDS", 3.0)
    blue, green = database(17), database(18)
    green.query("CREATE TABLE users (id int PRIMARY KEY)", role="owner")
    copy = psycopg2.connect(**green.endpoint("migrator"), application_name=copy_session_name("shop"))
    with copy.cursor() as holder:
        holder.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        result = looked(run_module, sides(blue, green))
    copy.close()
    assert (result["failed"], result["code"]) == (True, "BG022")
    assert "held by our own session pid" in result["msg"]
    assert "Leave it alone" in result["msg"]
    assert "end it (" not in result["msg"]


def test_the_forecast_measures(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    blue, green = database(17), database(18)
    blue.query("CREATE TABLE big (id int PRIMARY KEY, x text)", role="owner")
    blue.query("INSERT INTO big SELECT n, repeat('x', 500) FROM generate_series(1, 4000) n", role="owner")
    blue.query("ANALYZE big", role="owner")
    told = looked(run_module, sides(blue, green))["forecast"]
    assert told["size_bytes"] > 4000 * 500
    assert 0 < told["copy_seconds_at_least"] < 60
    assert "public.big read in" in str(told["arithmetic"])


def test_excluded_tables_are_left_out(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    blue, green = database(17), database(18)
    blue.query("CREATE TABLE visits (at text)", role="owner")
    assert found(looked(run_module, sides(blue, green))) == ["BG145 blue"]
    assert found(looked(run_module, {**sides(blue, green), "exclude_tables": ["public.visits"]})) == []
