# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_copy against real servers: a whole schema, with the role of least privileges, from older majors to 18."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import Run
from demo.commands import run_command
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import Pair, load, relations, shop_pair

MakePair = Callable[..., Pair]

_KINDS = Path(__file__).parents[2] / "fixtures" / "schema_kinds.sql"
# Kinds in a dump of the two fixtures; publications, subscriptions and event triggers are left out and named.
_ALL_KINDS = {
    "ACCESS METHOD", "ACL", "AGGREGATE", "CAST", "CHECK CONSTRAINT", "COLLATION", "COMMENT", "CONSTRAINT", "CONVERSION",
    "DEFAULT", "DEFAULT ACL", "DOMAIN", "EXTENSION", "FK CONSTRAINT", "FOREIGN DATA WRAPPER", "FOREIGN TABLE",
    "FUNCTION", "INDEX", "INDEX ATTACH", "MATERIALIZED VIEW", "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY", "POLICY",
    "PROCEDURAL LANGUAGE", "PROCEDURE", "ROW SECURITY", "RULE", "SCHEMA", "SEQUENCE", "SEQUENCE OWNED BY", "SERVER",
    "SHELL TYPE", "STATISTICS", "TABLE", "TABLE ATTACH", "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "TRANSFORM", "TRIGGER", "TYPE", "USER MAPPING", "VIEW",
}  # fmt: skip

_GATE = """
CREATE SCHEMA bluegreen AUTHORIZATION {migrator};
CREATE FUNCTION bluegreen.pass_gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
ALTER FUNCTION bluegreen.pass_gate() OWNER TO {migrator};
CREATE TRIGGER bluegreen_gate BEFORE INSERT ON shop.users FOR EACH STATEMENT EXECUTE FUNCTION bluegreen.pass_gate();
CREATE TRIGGER bluegreen_gate BEFORE INSERT ON shop.events FOR EACH STATEMENT EXECUTE FUNCTION bluegreen.pass_gate();
"""
_STAYS = """
CREATE PUBLICATION reports FOR TABLE shop.users;
CREATE FUNCTION public.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
ALTER FUNCTION public.note() OWNER TO {owner};
CREATE EVENT TRIGGER notes ON ddl_command_end EXECUTE FUNCTION public.note();
COMMENT ON EVENT TRIGGER notes IS 'somebody else''s';
"""


def _schema_dump(database: Database, pair: Pair) -> list[str]:
    run: Run = run_command
    endpoint = database.endpoint("superuser")
    status, stdout, stderr = run(
        [
            str(pair.green.server.pg_bin / "pg_dump"), "--schema-only", "--exclude-schema=bluegreen",
            "--no-publications", "--no-subscriptions",
            f"--dbname=host={endpoint['host']} port={endpoint['port']} dbname={endpoint['dbname']} user=postgres",
        ],
        {"PGPASSWORD": endpoint["password"]},
    )  # fmt: skip
    assert status == 0, stderr
    # Before 15, public belonged to the superuser, and only a superuser could restore that.
    noise = ("--", "\\restrict", "\\unrestrict", "ALTER SCHEMA public OWNER TO postgres")
    lines = [line for line in stdout.splitlines() if line and not line.startswith(noise)]
    # Servers before 16 print the only table of a query before each of its columns.
    return [re.sub(r"\b(users|orders|old|keyed)\.(?=\w)", "", line) for line in lines]


@pytest.fixture
def make_pair(database: DatabaseFactory, run_module: ModuleRunner) -> MakePair:
    """Give `make_pair(blue_major=17, green_major=18)`."""
    return partial(shop_pair, database, run_module)


@pytest.mark.parametrize("major", chosen([14, 15, 17, 18], 14, 18))
def test_copies_everything_once(make_pair: MakePair, major: int) -> None:
    pair = make_pair(major)

    first = pair.copy()
    assert not first.get("failed"), first["msg"]
    assert (first["changed"], first["missing"], first["different"], first["extra"]) == (True, [], [], [])
    assert set(_schema_dump(pair.green, pair)) ^ set(_schema_dump(pair.blue, pair)) == set()
    assert sorted(_schema_dump(pair.green, pair)) == sorted(_schema_dump(pair.blue, pair))

    second = pair.copy()
    assert (second["changed"], second["steps"]) == (False, [])


def _kinds_in_dump(pair: Pair) -> set[str]:
    """Return the kinds that pg_restore lists in a dump of blue."""
    run: Run = run_command
    place = pair.blue.endpoint("superuser")
    password = {"PGPASSWORD": place["password"]}
    where = f"--dbname=host={place['host']} port={place['port']} dbname={place['dbname']} user=postgres"
    with tempfile.TemporaryDirectory() as folder:
        dump, programs = f"{folder}/dump", pair.green.server.pg_bin
        argv = [str(programs / "pg_dump"), "--schema-only", "--format=custom", f"--file={dump}", where]
        assert run(argv, password)[0] == 0
        _status, listed, _errors = run([str(programs / "pg_restore"), "--list", dump], password)
    words = [match[1] for match in re.finditer(r"^\d+; \d+ \d+ (.+)$", listed, re.MULTILINE)]
    return {kind for kind in _ALL_KINDS if any(entry.startswith(f"{kind} ") for entry in words)}


@pytest.mark.parametrize("major", [17, pytest.param(14, marks=pytest.mark.soak)])
def test_copies_every_kind_of_object_that_pg_dump_knows(make_pair: MakePair, major: int) -> None:
    pair = make_pair(major)
    load(pair.blue, _KINDS.read_text(encoding="utf-8"))
    assert _kinds_in_dump(pair) == _ALL_KINDS, "the fixtures lack a kind"
    blue, green = pair.blue.endpoint("superuser"), pair.green.endpoint("superuser")

    first = pair.copy(blue=blue, green=green)
    assert not first.get("failed"), first["msg"]
    assert (first["changed"], first["missing"], first["different"], first["extra"]) == (True, [], [], [])
    assert sorted(_schema_dump(pair.green, pair)) == sorted(_schema_dump(pair.blue, pair))

    assert not pair.copy(blue=blue, green=green)["changed"]


def test_check_mode_shows_what_would_come_and_writes_nothing(make_pair: MakePair) -> None:
    pair = make_pair()

    result = pair.copy(check=True)

    assert result["changed"]
    assert "column shop.users.name\n" in result["diff"]["after"]
    assert "column shop.users.name\n" not in result["diff"]["before"]
    assert relations(pair.green) == []


def test_what_is_ours_stays_out_and_what_is_left_is_named(make_pair: MakePair) -> None:
    pair = make_pair()
    load(pair.blue, _GATE)
    load(pair.blue, _STAYS)

    result = pair.copy()

    assert not result.get("failed"), result["msg"]
    assert {one["title"] for one in result["not_copied"]} == {
        "publication reports", "event trigger notes", "rows of materialized view shop.sums",
    }  # fmt: skip
    assert pair.green.query("SELECT count(*) FROM pg_trigger WHERE tgname = 'bluegreen_gate'") == [(0,)]
    assert set(relations(pair.green)) == {
        *relations(pair.blue), "bluegreen.copied_schema", "bluegreen.lock", "bluegreen.lock_pkey",
    }  # fmt: skip
    assert not pair.copy()["changed"]


def test_what_migrations_make_of_green_is_no_drift(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.copy()
    pair.green.query("ALTER TABLE shop.users ADD phone text")
    pair.green.query("ALTER TABLE shop.parent ALTER a TYPE bigint")
    pair.green.query("ALTER TABLE shop.bags RENAME TO sacks")

    result = pair.copy()

    assert (result["changed"], result["drift"]) == (False, {"unmet": [], "dropped": []})
    assert "column shop.users.phone" in result["extra"]
    assert "column shop.parent.a" in result["different"]
    assert "table shop.bags" in result["missing"]


def test_a_change_of_blue_is_an_error_until_green_has_it(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.copy()
    changes = ("ALTER TABLE shop.users ADD vip boolean DEFAULT false", "CREATE INDEX late ON shop.users (vip)",
               "ALTER TABLE shop.users ALTER name SET DEFAULT 'nobody'")  # fmt: skip
    for change in (*changes, "DROP TABLE shop.child"):
        pair.blue.query(change)

    refused = pair.copy()
    assert (refused["failed"], refused["code"]) == (True, "BG208")
    assert refused["details"]["unmet"] == ["column shop.users.name", "column shop.users.vip", "index shop.late"]
    [changed] = [line for line in refused["details"]["changes"] if "is changed" in line]
    assert "column shop.users.name is changed" in changed
    assert "became" in changed
    assert "table shop.child" in refused["details"]["dropped"]

    for change in changes:
        pair.green.query(change)
    assert pair.copy(check=True)["changed"]
    assert pair.copy()["changed"]
    assert not pair.copy()["changed"]


def test_a_green_that_has_everything_is_taken_as_it_is(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.copy()
    pair.green.query("DROP SCHEMA bluegreen CASCADE")  # as if the run had been killed after the restore

    result = pair.copy()

    assert (result["changed"], len(result["steps"])) == (True, 2)
    assert not pair.copy()["changed"]


def test_a_copy_that_is_killed_leaves_nothing_and_the_next_one_succeeds(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.green.query(
        "CREATE FUNCTION public.die() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END'"
    )
    pair.green.query("CREATE EVENT TRIGGER dying ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION die()")
    pair.green.query("ALTER EXTENSION plpgsql ADD FUNCTION public.die()")  # so that green counts as empty

    killed = pair.copy()
    assert (killed["failed"], killed["code"]) == (True, "BG206")
    assert "terminating connection" in killed["msg"]
    assert relations(pair.green) == []

    pair.green.query("DROP EVENT TRIGGER dying")
    assert pair.copy()["missing"] == []


def test_schemas_and_extensions_that_green_has_already_are_kept(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.blue.query("CREATE EXTENSION pageinspect")
    pair.blue.query("CREATE EXTENSION pg_trgm")
    owner = sql.Identifier(pair.green.roles["owner"].name)
    pair.green.query(sql.SQL("CREATE SCHEMA shop AUTHORIZATION {}").format(owner))

    refused = pair.copy()
    assert (refused["code"], refused["details"]["names"]) == ("BG212", ["pageinspect"])

    for extension in ("pageinspect", "pg_trgm"):
        pair.green.query(f"CREATE EXTENSION {extension}")
    result = pair.copy()
    assert not result.get("failed"), result["msg"]
    assert (result["missing"], result["different"]) == ([], [])


def test_no_password_in_arguments(make_pair: MakePair, tmp_path: Path) -> None:
    pair = make_pair()
    log = tmp_path / "arguments"
    for name in ("pg_dump", "pg_restore"):
        spy = tmp_path / name
        real = shlex.quote(str(pair.green.server.pg_bin / name))
        spy.write_text(f'#!/bin/sh\necho "{name} $@" >> {shlex.quote(str(log))}\nexec {real} "$@"\n', encoding="utf-8")
        spy.chmod(0o755)

    assert pair.copy(pg_bindir=str(tmp_path))["changed"]

    seen = log.read_text(encoding="utf-8")
    assert "pg_dump --schema-only" in seen
    assert pair.blue.roles["migrator"].password not in seen
