# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker against real servers: it drops a link before the publisher's disk is full."""

from __future__ import annotations

import time
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import early_slot
from tests.fixtures.databases import Database, DatabaseFactory, run_statement
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.integration.conftest import Migration

SLOT = "bluegreen_shop_forward_1"
ANOTHERS = "bluegreen_shop_eu_forward_1"  # of the migration shop_eu


def slots(side: Database) -> list[str]:
    return [name for (name,) in side.query("SELECT slot_name FROM pg_replication_slots WHERE database = %s", side.name)]


@pytest.fixture
def linked(database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner) -> dict[str, Any]:
    """Give blue, green on a server of its own, the parameters, and a forward link between them."""
    blue, green = database(17), database(server=own_server(18))
    for each in (blue, green):
        each.query("CREATE TABLE users (id int PRIMARY KEY)", role="owner")
    parameters = {"migration": "shop", "blue": blue.endpoint(), "green": green.endpoint()}
    for module, more in (
        ("migration_journal", {"phase": "prepare", "state": "done"}),
        ("migration_journal", {"phase": "setup", "state": "done"}),
        ("write_gate", {"state": "present"}),
        ("replication_link", {"direction": "forward", "state": "present"}),
        ("replication_catchup", {"direction": "forward"}),
    ):
        result = run_module(module, {**parameters, **more})
        assert not result.get("failed"), result
    return {"blue": blue, "green": green, "parameters": parameters}


def test_a_dead_green_costs_its_slot_and_not_blue(linked: dict[str, Any], run_module: ModuleRunner) -> None:
    blue, green, parameters = (linked[name] for name in ("blue", "green", "parameters"))
    limit = {**parameters, "retained_wal": "1MB"}
    assert run_module("circuit_breaker", limit)["reasons"] == {}
    blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", ANOTHERS)
    green.server.embedded.stop()
    blue.query("SELECT pg_logical_emit_message(false, 'x', repeat('x', 2 * 1024 * 1024))")
    would = run_module("circuit_breaker", limit, check=True)
    assert (would["changed"], sorted(slots(blue))) == (True, [ANOTHERS, SLOT])
    did = run_module("circuit_breaker", limit)
    assert did["changed"], did
    assert "of WAL on blue, 1.0 MB are allowed" in did["reasons"]["blue"]
    assert "green cannot be read" in str(did["unknown"])
    assert slots(blue) == [ANOTHERS]
    again = run_module("circuit_breaker", limit)
    assert (again["changed"], again["reasons"]) == (False, {})
    blue.query("INSERT INTO users VALUES (1)", role="app")
    green.server.embedded.start()
    told = run_module("migration_info", parameters)["start_again"]
    assert (told["slots"], told["reason"]) == ([SLOT], did["reasons"]["blue"])
    refused = run_module("replication_link", {**parameters, "direction": "forward", "state": "present"})
    assert refused["code"] == "BG305"


def test_what_a_killed_switch_left_costs_no_link(linked: dict[str, Any], run_module: ModuleRunner) -> None:
    blue, parameters = linked["blue"], linked["parameters"]
    blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", early_slot(SLOT))
    limit = {**parameters, "retained_wal": "1MB"}
    assert not run_module("circuit_breaker", limit)["changed"]
    blue.query("SELECT pg_logical_emit_message(false, 'x', repeat('x', 2 * 1024 * 1024))")
    _await_confirmed(blue, SLOT)
    would = run_module("circuit_breaker", limit, check=True)
    assert (would["changed"], len(slots(blue))) == (True, 2)
    did = run_module("circuit_breaker", limit)
    assert (did["changed"], did["reasons"], slots(blue)) == (True, {}, [SLOT])
    assert not run_module("circuit_breaker", limit)["changed"]
    assert run_module("migration_info", parameters)["start_again"] is None


def test_a_disk_that_fills_costs_the_slot_of_a_link_that_works(
    linked: dict[str, Any], run_module: ModuleRunner
) -> None:
    blue, green, parameters = (linked[name] for name in ("blue", "green", "parameters"))

    def look(*command: str) -> dict[str, Any]:
        return run_module("circuit_breaker", {**parameters, "free_disk": 1000, "free_disk_command": list(command)})

    for command in (["echo", "1000"], ["false"], ["echo", "much"], ["echo", "-5"], []):
        found = look(*command)
        assert (found["changed"], slots(blue)) == (False, [SLOT])
        assert bool(found["unknown"]) is (found["free_bytes"] is None)
    seen = run_module(
        "replication_watch",
        {**parameters, "duration": 300, "interval": 0.1, "free_disk": 1000, "free_disk_command": ["echo", "999"]},
    )
    assert list(seen["reasons_to_break"]) == ["blue"]
    assert seen["seconds_left"] > 0
    did = look("echo", "999")
    assert did["reasons"] == {"blue": "999 bytes are free on blue's disk, 1000 bytes have to stay free"}
    assert slots(blue) == []
    assert green.query("SELECT subenabled FROM pg_subscription WHERE subname = %s", SLOT) == [(False,)]


def test_an_open_transaction_is_named_and_costs_no_slot_until_the_disk_is_full(
    linked: dict[str, Any], run_module: ModuleRunner
) -> None:
    blue, parameters = linked["blue"], linked["parameters"]
    limit = {**parameters, "retained_wal": "1MB", "free_disk": 1000}
    open_one = blue.connect("app", autocommit=False)
    run_statement(open_one, "SET application_name = 'nightly'; INSERT INTO users VALUES (1)")
    blue.query("SELECT pg_logical_emit_message(false, 'x', repeat('x', 2 * 1024 * 1024))")
    _await_confirmed(blue, SLOT)
    found = run_module("circuit_breaker", {**limit, "free_disk_command": ["echo", "1000"]})
    assert (found["changed"], found["reasons"], slots(blue)) == (False, {}, [SLOT])
    [line] = found["held_up"]
    culprit = f"pid {open_one.info.backend_pid}: {blue.roles['app'].name} in {blue.name} (nightly)"
    assert culprit in line
    assert "since 20" in line
    did = run_module("circuit_breaker", {**limit, "free_disk_command": ["echo", "999"]})
    assert "999 bytes are free on blue's disk" in did["reasons"]["blue"]
    assert culprit in did["reasons"]["blue"]
    assert slots(blue) == []
    open_one.close()


def _await_confirmed(blue: Database, slot: str) -> None:
    """Return when the reader has confirmed everything, although the slot must retain the WAL."""
    behind = "SELECT pg_current_wal_lsn() - confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = %s"
    end = time.monotonic() + 60
    while blue.query(behind, slot)[0][0] > 1000:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_nobody_answers(linked: dict[str, Any], run_module: ModuleRunner) -> None:
    blue, parameters = linked["blue"], linked["parameters"]
    nobody = {**blue.endpoint(), "password": "wrong"}
    result = run_module("circuit_breaker", {**parameters, "blue": nobody, "green": nobody, "retained_wal": 1})
    assert (result["failed"], result["code"]) == (True, "BG331")


@pytest.mark.soak
def test_monitor_fails_and_names_who_holds_a_slot_whose_reader_is_not_behind(migration: Migration) -> None:
    migration.advance("prepare", "setup", "replicate")
    [slot] = slots(migration.blue)
    open_one = migration.blue.connect("app", autocommit=False)
    run_statement(open_one, "INSERT INTO users (name) VALUES ('open')")
    migration.blue.query("SELECT pg_logical_emit_message(false, 'x', repeat('x', 2 * 1024 * 1024))")
    _await_confirmed(migration.blue, slot)
    held = migration.play("monitor", bluegreen_breaker_retained_wal="1MB")
    assert held.status == 2
    assert "BG913: An open transaction makes slots" in held.output
    assert f"pid {open_one.info.backend_pid}: " in held.output
    assert slots(migration.blue) == [slot]
    open_one.close()
    assert migration.play("monitor", bluegreen_breaker_retained_wal="100MB").status == 0


@pytest.mark.soak
def test_monitor_breaks_tells_and_the_migration_starts_again(migration: Migration) -> None:
    migration.advance("prepare", "setup", "replicate")
    limits = {"bluegreen_breaker_retained_wal": "1MB"}
    [slot] = slots(migration.blue)
    migration.green.query(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(sql.Identifier(slot)))
    migration.blue.query("SELECT pg_logical_emit_message(false, 'x', repeat('x', 2 * 1024 * 1024))")
    assert "BG330: The circuit breaker would drop" in migration.play("monitor", "--check", **limits).output
    assert len(slots(migration.blue)) == 1
    broken = migration.play("monitor", **limits)
    assert (broken.status, broken.count("failed", migration.host)) == (2, 1)
    assert "BG330: The circuit breaker has dropped" in broken.output
    assert slots(migration.blue) == []
    assert "BG330" in (migration.reports / "runbook.md").read_text(encoding="utf-8")
    assert "start again: the circuit breaker dropped the slots at" in migration.play("status").output
    assert "BG305" in migration.play("replicate").output
    migration.advance("rollback")
    migration.blue.query("INSERT INTO users (name) VALUES ('stays in service')", role="app")
