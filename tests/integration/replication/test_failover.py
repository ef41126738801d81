# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A side fails over to a standby in the middle of a migration: its links read on where nothing can be missing."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from typing import Any

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import ROWS, SCHEMA, Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.fixtures.standbys import KEEPS_SLOTS, Standby, StandbyFactory

_SECONDS = 30.0
_AT_ONCE = 10.0
_CONFIRMED = "SELECT bool_and(confirmed_flush_lsn >= pg_current_wal_lsn()) FROM pg_replication_slots"
_READ = "SELECT bool_and(active) FROM pg_replication_slots WHERE slot_type = 'logical'"
_LOGS_DDL = {"log_statement": "ddl", "log_min_messages": "notice", "log_error_verbosity": "verbose"}
_KEPT = "SELECT slot_name FROM pg_replication_slots WHERE NOT temporary AND slot_type = 'logical'"


@pytest.fixture
def ready(own_server: ServerFactory, database: DatabaseFactory, run_module: ModuleRunner) -> Pair:
    """Give a pair on servers of its own, with links that live in both directions."""
    blue, green = database(17, server=own_server(17)), database(18, server=own_server(18, **_LOGS_DDL))
    for side in (blue, green):
        side.query(SCHEMA.format(**{kind: role.name for kind, role in side.roles.items()}))
        _let_see(side, allowed=True)
    blue.query(ROWS)
    made = Pair(blue, green, run_module, "migrator", blue.name)
    made.replicate()
    return made


def _let_see(side: Database, *, allowed: bool) -> None:
    """Let our role see, or not see, what has been applied on this side."""
    words = ("GRANT", "TO") if allowed else ("REVOKE", "FROM")
    statement = sql.SQL(f"{words[0]} EXECUTE ON FUNCTION pg_show_replication_origin_status() {words[1]} {{}}")
    side.query(statement.format(sql.Identifier(side.roles["migrator"].name)))


def _wait_for(side: Database, question: str, answer: object) -> None:
    deadline = time.monotonic() + _SECONDS
    while (found := side.query(question)) != answer:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def _names(side: Database) -> list[tuple[str]]:
    return side.query("SELECT name FROM users ORDER BY id")


def _standby(side: Database, new_standby: StandbyFactory, *, keeps_slots: bool = True) -> Standby:
    if not keeps_slots:
        return new_standby(side.server)
    standby = new_standby(side.server, slot="standby", **KEEPS_SLOTS)
    [(slots,)] = side.query("SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'logical'")
    _wait_for(replace(side, server=standby.server), f"SELECT count(*) FROM ({_KEPT}) AS kept", [(slots,)])
    return standby


def _fail_over(side: Database, standby: Standby) -> Database:
    side.server.embedded.stop("immediate")
    standby.promote()
    return replace(side, server=standby.server)


def _take_the_address(over: Database, before: Database) -> None:
    """Let a promoted server answer where the one before it did, as a name does that moves with the primary."""
    over.server.embedded.stop()
    for left in (over.server.embedded.folder / "data").glob(".s.PGSQL.*"):
        left.unlink()  # the base backup has copied the lock of the other's socket
    replace(over.server.embedded, port=before.server.port).start()


def _reasons(pair: Pair) -> set[str]:
    asked = {"target": "green", "routes": [], "comparison_max_age_hours": 0.0}
    found = pair.run("cutover", check=True, **asked)
    return {reason["code"] for reason in found.get("details", {}).get("reasons", [])}


def _at_once(pair: Pair, module: str, **arguments: Any) -> dict[str, Any]:
    begun = time.monotonic()
    failed = pair.run(module, **arguments)
    assert failed.get("failed"), failed
    assert time.monotonic() - begun < _AT_ONCE
    return failed


@pytest.mark.parametrize("state", ["present", "connected"])
def test_rows_flow_on_from_a_standby_that_kept_the_slot(ready: Pair, new_standby: StandbyFactory, state: str) -> None:
    standby = _standby(ready.blue, new_standby)
    over = replace(ready, blue=_fail_over(ready.blue, standby))
    assert over.write(over.blue, "INSERT INTO users (name) VALUES ('after the failover')") is None
    for module in ("canary", "replication_catchup"):
        failed = _at_once(over, module, timeout=60)
        assert failed["code"] == "BG019"
        assert f"127.0.0.1:{standby.server.port}" in str(failed["msg"])
    forward = {"direction": "forward", "state": state}
    before = len(over.green.server.embedded.log.read_text(encoding="utf-8"))
    assert over.run("replication_link", check=True, **forward)["changed"]
    assert over.changes("replication_link", **forward)
    over.succeed("replication_catchup", timeout=60)
    assert _names(over.green) == _names(over.blue)
    assert not over.changes("replication_link", **forward)
    log = over.green.server.embedded.log.read_text(encoding="utf-8")[before:]
    assert over.blue.roles["migrator"].password not in log


def test_a_side_without_the_slot_is_told_at_once(ready: Pair, new_standby: StandbyFactory) -> None:
    standby = _standby(ready.blue, new_standby, keeps_slots=False)
    over = replace(ready, blue=_fail_over(ready.blue, standby))
    assert _at_once(over, "canary", timeout=60)["code"] == "BG019"
    for state in ("present", "connected"):
        failed = _at_once(over, "replication_link", direction="forward", state=state)
        assert failed["code"] == "BG016"
        assert "Run rollback to undo the migration, empty green" in str(failed["msg"])
        assert failed["details"]["slot"] is False
        assert failed["details"]["primary"] == f"127.0.0.1:{standby.server.port}"


def test_what_green_has_and_the_new_primary_lacks_stops_the_link(ready: Pair, new_standby: StandbyFactory) -> None:
    standby = _standby(ready.blue, new_standby)
    standby.server.embedded.stop()
    assert ready.write(ready.blue, "INSERT INTO users (name) VALUES ('never reached the standby')") is None
    ready.succeed("replication_catchup", timeout=60)
    ready.blue.server.embedded.stop("immediate")
    standby.server.embedded.start()
    over = replace(ready, blue=_fail_over(ready.blue, standby))
    for number in range(20):
        assert over.write(over.blue, f"INSERT INTO users (name) VALUES ('taken for known {number}')") is None
    failed = _at_once(over, "replication_link", direction="forward", state="connected")
    assert failed["code"] == "BG017"
    assert "this primary has it only up to" in str(failed["msg"])
    assert failed["details"]["slot"] is True


def test_a_slot_made_after_the_failover_is_no_way_on(ready: Pair, new_standby: StandbyFactory) -> None:
    over = replace(ready, blue=_fail_over(ready.blue, _standby(ready.blue, new_standby, keeps_slots=False)))
    assert over.write(over.blue, "INSERT INTO users (name) VALUES ('before the slot')") is None
    over.blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", over.lane("forward"))
    failed = _at_once(over, "replication_link", direction="forward")
    assert failed["code"] == "BG017"
    assert "after the failover at" in str(failed["msg"])


def test_without_the_right_to_see_what_arrived_nothing_is_resumed(ready: Pair, new_standby: StandbyFactory) -> None:
    _let_see(ready.green, allowed=False)
    over = replace(ready, blue=_fail_over(ready.blue, _standby(ready.blue, new_standby)))
    failed = _at_once(over, "replication_link", direction="forward")
    assert failed["code"] == "BG018"
    assert "GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status()" in str(failed["msg"])
    _let_see(over.green, allowed=True)
    assert over.changes("replication_link", direction="forward")


def test_what_a_green_that_fails_over_has_lost_is_looked_for(ready: Pair, new_standby: StandbyFactory) -> None:
    """Green had confirmed what its standby never got: blue does not send that again, and no link says so."""
    ready.succeed("consistency_check")
    assert "BG709" not in _reasons(ready)
    standby = _standby(ready.green, new_standby, keeps_slots=False)
    standby.server.embedded.stop()
    assert ready.write(ready.blue, "INSERT INTO users (name) VALUES ('lost on green')") is None
    ready.succeed("replication_catchup", timeout=60)
    _wait_for(ready.blue, _CONFIRMED, [(True,)])
    ready.green.server.embedded.stop("immediate")
    standby.server.embedded.start()
    over = replace(ready, green=_fail_over(ready.green, standby))
    over.succeed("replication_link", direction="reverse")
    over.succeed("replication_catchup", timeout=60)
    assert len(_names(over.green)) == len(_names(over.blue)) - 1, "links are well, and a row is missing"
    assert "BG709" in _reasons(over)
    assert not over.succeed("consistency_check")["consistent"]
    assert "BG709" in _reasons(over)
    [(lost,)] = over.blue.query("SELECT id FROM users WHERE name = 'lost on green'")
    over.green.query(
        "SET session_replication_role = replica; INSERT INTO users (id, name) VALUES (%s, 'lost on green')", lost
    )
    assert over.succeed("consistency_check")["consistent"]
    assert "BG709" not in _reasons(over)
    assert _names(over.green) == _names(over.blue)


def test_a_worker_that_follows_a_name_to_the_next_primary_is_doubted(ready: Pair, new_standby: StandbyFactory) -> None:
    """A row that green got and the new primary never had: nobody asked whether the worker read on over a gap."""
    ready.succeed("consistency_check")
    standby = _standby(ready.blue, new_standby)
    standby.server.embedded.stop()
    assert ready.write(ready.blue, "INSERT INTO users (name) VALUES ('lost on blue')") is None
    ready.succeed("replication_catchup", timeout=60)
    assert "BG709" not in _reasons(ready)
    ready.blue.server.embedded.stop("immediate")
    standby.server.embedded.start()
    _take_the_address(_fail_over(ready.blue, standby), ready.blue)
    _wait_for(ready.blue, _READ, [(True,)])
    assert "BG709" in _reasons(ready)


@pytest.mark.parametrize("keeps_slots", [True, False])
def test_the_way_back_follows_a_green_that_fails_over_before_the_cutover(
    ready: Pair, new_standby: StandbyFactory, keeps_slots: bool
) -> None:
    over = replace(ready, green=_fail_over(ready.green, _standby(ready.green, new_standby, keeps_slots=keeps_slots)))
    assert over.changes("replication_link", direction="reverse")
    assert not over.changes("replication_link", direction="reverse")
    assert not over.changes("replication_link", direction="forward", state="connected")
    over.succeed("canary", timeout=60)


class Several(Pair):
    """A pair whose sides are named by several hosts each: a standby or a dead one first, then the primary."""

    def __init__(self, pair: Pair, others: dict[str, int]) -> None:
        super().__init__(pair.blue, pair.green, pair.runner, pair.role, pair.migration)
        self.others = others

    def ends(self) -> dict[str, Any]:
        """Return the parameters that every module has."""
        ends = super().ends()
        for side, port in self.others.items():
            ends[side] |= {"host": "127.0.0.1,127.0.0.1", "port": f"{port},{ends[side]['port']}"}
        return ends


def test_sessions_find_the_primary_among_several_hosts_whatever_the_signpost_says(
    ready: Pair, new_standby: StandbyFactory
) -> None:
    standbys = {name: _standby(side, new_standby) for name, side in (("blue", ready.blue), ("green", ready.green))}
    several = Several(ready, {name: standby.server.port for name, standby in standbys.items()})
    for direction in ("forward", "reverse"):
        assert not several.changes("replication_link", direction=direction), "a link names the one host, as before"
    several.succeed("consistency_check")
    for target in ("green", "blue"):
        done = several.run("cutover", target=target, deadline=60)
        assert done.get("in_service") == target, done
    over = Several(replace(ready, blue=_fail_over(ready.blue, standbys["blue"])), {"blue": ready.blue.server.port})
    assert over.succeed("migration_info")["in_service"] == "blue"
    assert over.changes("replication_link", direction="forward", state="connected")
    over.succeed("replication_catchup", timeout=60)


def test_a_host_that_swallows_packets_does_not_hide_the_primary(ready: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        several = Several(ready, {"blue": silent.getsockname()[1]})
        begun = time.monotonic()
        assert several.succeed("migration_info")["in_service"] == "blue"
        assert time.monotonic() - begun < _AT_ONCE


def test_hosts_that_are_standbys_all_are_named(ready: Pair, new_standby: StandbyFactory) -> None:
    port = _standby(ready.blue, new_standby, keeps_slots=False).server.port
    ready.blue.server.embedded.stop()
    assert _at_once(Several(ready, {"blue": port}), "migration_info")["code"] == "BG708"
