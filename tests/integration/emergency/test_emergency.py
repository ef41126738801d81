# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worst day: green is killed while it serves under writers, blue is opened without it, and green comes back."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from demo.ledger import ANNOUNCED, SUFFIX, Outcome, fold, ledger_files, read_records
from demo.ledger_check import LEDGERED_TABLES, judge_table
from demo.pgbouncer import PgBouncer
from demo.writers import WriterPool
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.migrations import ROWS, SCHEMA, Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.fixtures.workplace import unavailable
from tests.integration.conftest import UP_TO_SYNC, MigrationFactory
from tests.live.migration import LiveMigration

REFUSED = "25006"


@pytest.fixture
def moved(own_server: ServerFactory, database: DatabaseFactory, run_module: ModuleRunner) -> Pair:
    """Give a pair whose green has a server of its own and is in service."""
    blue, green = database(17, "blue"), database(18, server=own_server(18))
    for side in (blue, green):
        side.query(SCHEMA.format(**{kind: role.name for kind, role in side.roles.items()}))
    blue.query(ROWS)
    made = Pair(blue, green, run_module, "migrator", blue.name)
    made.replicate()
    made.succeed("cutover", target="green")
    return made


@pytest.mark.soak
def test_it_takes_a_green_that_is_gone_and_the_word_and_green_comes_back_fenced(moved: Pair, tmp_path: Path) -> None:
    wish: dict[str, Any] = {"file": str(tmp_path / "reports" / "missing.json"), "patience": 0.0}
    drawn = moved.green.query("SELECT nextval('users_id_seq') FROM generate_series(1, 500)")
    moved.succeed("canary")
    refuses_a_green_that_answers(moved, wish)
    moved.green.server.embedded.stop("immediate")
    tells_what_stands_without_green(moved, wish)
    opens_blue_once(moved, wish)
    moved.green.server.embedded.start()
    brings_nothing_of_green(moved)
    keeps_green_out(moved, wish)
    brings_nothing_of_green(moved)
    assert moved.blue.query("SELECT max(id) FROM users")[0][0] > max(drawn)[0], "no value is drawn twice"


def refuses_a_green_that_answers(moved: Pair, wish: dict[str, Any]) -> None:
    """A wrong password is an answer, too."""
    assert moved.run("emergency_rollback", **wish, accept_loss=True)["code"] == "BG551", "green answers"
    wrong = {**moved.ends(), "green": {**moved.green.endpoint("migrator"), "password": "wrong"}}
    refused = moved.runner("emergency_rollback", {**wrong, **wish, "accept_loss": True})
    assert (refused["code"], "refused the password" in refused["msg"]) == ("BG551", True), "it lives, then"


def tells_what_stands_without_green(moved: Pair, wish: dict[str, Any]) -> None:
    """Status and refusals say what blue has, and nothing is opened or stopped by any of them."""
    stands = moved.succeed("migration_info")
    assert (stands["in_service"], stands["lost"]["side"]) == (None, "green")
    assert "bluegreen_emergency" in stands["lost"]["todo"]
    assert moved.run("cutover", target="blue")["code"] == "BG550"
    without = moved.run("emergency_rollback", **wish)
    assert without["code"] == "BG552"
    assert "may be missing, everything before it is there" in without["msg"]
    would = moved.succeed("emergency_rollback", check=True, **wish, accept_loss=True)
    assert (would["changed"], would["in_service"]) == (True, "blue")
    nowhere = moved.run("emergency_rollback", **{**wish, "file": "/proc/nowhere/file"}, accept_loss=True)
    assert nowhere["code"] == "BG554"
    assert (moved.write(moved.blue), Path(wish["file"]).exists()) == (REFUSED, False)
    assert moved.blue.query("SELECT subenabled FROM pg_subscription WHERE subname LIKE '%%reverse%%'") == [(True,)]


def opens_blue_once(moved: Pair, wish: dict[str, Any]) -> None:
    """Nothing flows to green any more, and a second run changes nothing."""
    done = moved.succeed("emergency_rollback", **wish, accept_loss=True)
    assert (done["changed"], done["in_service"]) == (True, "blue")
    assert moved.write(moved.blue) is None
    assert stat.S_IMODE(Path(wish["file"]).stat().st_mode) == 0o600
    assert moved.blue.query("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == [(0,)]
    again = moved.succeed("emergency_rollback", **wish, accept_loss=True)
    assert (again["changed"], again["may_be_missing"]) == (False, [])
    assert moved.succeed("migration_info")["in_service"] == "blue"


def brings_nothing_of_green(moved: Pair) -> None:
    """Nothing creates or enables a lane between the two sides again: green's rows are older than blue's."""
    moved.green.query("SET session_replication_role = replica; UPDATE users SET name = 'older' WHERE id = 1")
    moved.blue.query("UPDATE users SET name = 'newer' WHERE id = 1")
    for direction in ("reverse", "forward"):
        for state in ("present", "enabled"):
            refused = moved.run("replication_link", direction=direction, state=state)
            assert refused.get("code") == "BG555", (direction, state)
            assert "switch 2" in refused["msg"]
    assert moved.succeed("replication_link", direction="reverse", state="disabled")["changed"] is False
    with pytest.raises(psycopg2.Error, match="slot name"):
        moved.blue.query(sql.SQL("ALTER SUBSCRIPTION {} ENABLE").format(sql.Identifier(moved.lane("reverse"))))
    assert moved.blue.query("SELECT name FROM users WHERE id = 1") == [("newer",)]


def keeps_green_out(moved: Pair, wish: dict[str, Any]) -> None:
    """No run calls the green that came back open the side in service, and the rollback fences it."""
    assert moved.write(moved.green) is None, "nobody could fence it"
    stands = moved.succeed("migration_info")
    assert stands["in_service"] == "blue"
    assert "green is back and open" in stands["contradiction"]
    refused = moved.run("cutover", target="green")
    assert {"BG503", "BG504"} <= {reason["code"] for reason in refused["details"]["reasons"]}
    assert moved.run("emergency_rollback", **wish, accept_loss=True)["code"] == "BG551"
    fenced = moved.succeed("cutover", target="blue")
    assert moved.succeed("cutover", target="blue", check=True)["steps"] == []
    assert (fenced["changed"], fenced["in_service"]) == (True, "blue")
    assert (moved.write(moved.blue), moved.write(moved.green)) == (None, REFUSED)
    stands = moved.succeed("migration_info")
    assert (stands["in_service"], stands["contradiction"]) == ("blue", None)
    reasons = moved.run("cutover", target="green")["details"]["reasons"]
    assert [reason["code"] for reason in reasons if reason["code"] in ("BG510", "BG511", "BG556")] == ["BG556"]
    left = [one for one in stands["findings"] if one["code"] == "BG556"]
    assert wish["file"] in left[0]["fix"], "what remains to be done is said"


@pytest.mark.soak
def test_the_playbook_opens_blue_and_every_playbook_says_what_stands(
    new_migration: MigrationFactory, own_server: ServerFactory, database: DatabaseFactory
) -> None:
    green = database(18, server=own_server(18))
    made = new_migration()
    made = replace(made, green=green, variables={**made.variables, "bluegreen_green": green.endpoint()})
    made.advance(*UP_TO_SYNC, "cutover")
    green.server.embedded.stop("immediate")
    for playbook in ("status", "rollback", "cutover"):
        refused = made.play(playbook)
        assert refused.status == 2
        assert "BG550: Green cannot be reached" in refused.output, playbook
    wish = {"bluegreen_emergency": "accept_loss", "bluegreen_emergency_patience": 0}
    assert made.changed_by("rollback", "--check", **wish) > 0
    made.changed_by("rollback", **wish)
    made.blue.query("INSERT INTO users (name) VALUES ('on blue again')", role="app")
    assert json.loads((made.reports / "may-be-missing.json").read_text(encoding="utf-8"))["out_of_reach"] == "green"
    assert "In service now: blue" in (made.reports / "post-mortem.md").read_text(encoding="utf-8")
    assert made.changed_by("rollback", **wish) == 0
    green.server.embedded.start()
    made.changed_by("rollback")
    with pytest.raises(Exception, match=r"fenced by bluegreen|read-only"):
        green.query("INSERT INTO users (name) VALUES ('nowhere')", role="app")


Missing = dict[tuple[str, str], float]


def acknowledged(path: Path) -> Missing:
    """Return when each row of one writer's ledger was last changed and acknowledged, in seconds since the epoch."""
    effects: dict[str, list[list[Any]]] = {}
    moments: Missing = {}
    to_epoch = time.time() - time.monotonic()
    for record in read_records(path):
        if record["kind"] == ANNOUNCED:
            effects[record["operation"]] = record["effects"]
        elif record["kind"] == Outcome.ACKNOWLEDGED:
            for table, row, _revision in effects[record["operation"]]:
                moments[table, row] = record["at"] + to_epoch
    return moments


def missing_on_blue(migration: LiveMigration, folder: Path) -> Iterator[tuple[str, float]]:
    """Yield table and time of each write that was acknowledged and is not on blue."""
    for path in ledger_files(folder):
        moments, expected = acknowledged(path), fold(read_records(path)).rows
        for table, name in LEDGERED_TABLES.items():
            query = sql.SQL("SELECT operation_id, revision FROM {} WHERE operation_id LIKE {}").format(
                sql.Identifier(*name), sql.Literal(f"{path.name.removesuffix(SUFFIX)}-%")
            )
            for row, fault in judge_table(expected.get(table, {}), migration.execute("blue", query)):
                if fault.missing:
                    yield str(TableName(*name)), moments[table, row]


@pytest.mark.soak
def test_the_file_names_more_than_the_ledger_misses_and_the_application_goes_on(tmp_path: Path) -> None:
    if not PgBouncer.installed():
        unavailable("PgBouncer is not installed.")
    with LiveMigration("pgbouncer") as migration:
        migration.switch("green")
        writers = WriterPool(migration.environment.dsn, tmp_path / "ledger", 2, 100.0)
        writers.start()
        writers.wait_until_writing()
        migration.run("canary")
        before = time.time()
        migration.run("replication_link", direction="reverse", state="disabled")
        time.sleep(0.5)
        migration.environment.green.server.stop("immediate")
        writers.stop()
        file = tmp_path / "missing.json"
        done = migration.run(
            "emergency_rollback", accept_loss=True, file=str(file), patience=0.0, routes=migration.routes
        )
        assert (done["in_service"], set(done["routes"].values())) == ("blue", {"blue"})
        missing = list(missing_on_blue(migration, tmp_path / "ledger"))
        assert len(missing) > 10, "it proves nothing when nothing is missing"
        told = json.loads(file.read_text(encoding="utf-8"))
        begins = {
            one["table"]: datetime.fromisoformat(one["committed_from"]).timestamp() for one in told["may_be_missing"]
        }
        assert all(at >= begins[table] for table, at in missing)
        assert max(begins[table] for table, _at in missing) <= before, "not later than the last row that has arrived"
        assert all(one["from_lsn"] for one in told["may_be_missing"] if one["lane"])
        assert any("which of the rows" in sentence for sentence in told["not_known"])
        later = WriterPool(migration.environment.dsn, tmp_path / "later", 2, 100.0)
        later.start()
        later.wait_until_writing()
        later.stop()
        assert later.results().fatal_errors == []
