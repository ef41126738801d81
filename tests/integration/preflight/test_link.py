# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight finds on an existing link, and its forecast for a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import forecast, forecast_checks
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from demo.commands import run_command
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import PostgresServer, ServerFactory

Look = Callable[..., list[str]]
_NEAR_THE_END = 2**31 - 3_000_000 - 10_000  # transactions from the oldest one
_PAGE_OF_COMMITS = 8192 * 4  # transactions a page of pg_xact tells about


@pytest.fixture
def look(run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Give `look(blue, green, **parameters)`: what is found, WAL being measured from the first moment on."""
    monkeypatch.setattr(forecast, "SHORTEST_PACE", 0.0)

    def run(blue: Database, green: Database, migration: str = "shop", **parameters: Any) -> list[str]:
        arguments = {"migration": migration, "blue": blue.endpoint(), "green": green.endpoint(), **parameters}
        arguments |= {"trial_restore": False, "backup_waived": "a test"}
        result = run_module("preflight_info", arguments)
        assert not result.get("failed"), result
        return [f"{each['code']} {each['side']}" for each in result["findings"]]

    return run


def _large_table(blue: Database) -> None:
    blue.query("CREATE TABLE big (id int PRIMARY KEY, x text)", role="owner")
    blue.query("INSERT INTO big SELECT n, repeat('x', 500) FROM generate_series(1, 4000) n", role="owner")
    blue.query("ANALYZE big", role="owner")


def test_a_disk_a_slot_and_a_vacuum_that_the_copy_takes_too_long_for(
    own_server: ServerFactory, database: DatabaseFactory, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    blue, green = database(server=own_server(17)), database(18)
    _large_table(blue)
    assert look(blue, green, free_disk_command=["echo", str(10**15)]) == []
    assert look(blue, green, free_disk_command=["echo", "0"]) == ["BG100 blue"]
    blue.query("ALTER SYSTEM SET max_slot_wal_keep_size = '0'")
    blue.query("SELECT pg_reload_conf()")
    assert look(blue, green, free_disk_command=["echo", str(10**15)]) == ["BG101 blue", "BG115 blue"]
    blue.query("ALTER SYSTEM RESET max_slot_wal_keep_size")
    blue.query("SELECT pg_reload_conf()")
    monkeypatch.setattr(forecast_checks, "LONG_COPY", 0.0)
    assert look(blue, green) == ["BG920 blue"]
    assert look(blue, green, copy="native") == []


def _age(server: PostgresServer) -> None:
    """Set the stopped server's next transaction id close to the limit, as after years without vacuum."""
    data = server.embedded.folder / "data"
    identity = find_identity(run_command)
    segment = data / "pg_xact" / f"{_NEAR_THE_END // (_PAGE_OF_COMMITS * 32):04X}"
    segment.write_bytes(b"\0" * 8192 * 32)
    identity.own(segment)
    command = [*identity.prefix, str(server.pg_bin / "pg_resetwal"), "-x", str(_NEAR_THE_END), str(data)]
    status, _output, complaint = run_command(command)
    assert status == 0, complaint


def test_a_database_near_its_last_transaction(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    server = own_server(17, autovacuum="off")
    blue, green = database(server=server), database(18)
    # A slot that stands still prevents the catalogs from being frozen, whatever autovacuum does.
    blue.query("SELECT pg_create_logical_replication_slot('bluegreen_shop_forward_1', 'pgoutput')")
    server.embedded.stop()
    _age(server)
    server.embedded.start()
    for _number in range(20):
        blue.query("SELECT pg_current_xact_id()")
    assert look(blue, green) == ["BG129 blue", "BG117 blue", "BG118 blue"]


def _linked(pair: PairFactory) -> Pair:
    made = pair()
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    return made


def test_a_table_that_came_after_the_link(pair: PairFactory, look: Look) -> None:
    made = _linked(pair)
    for side in (made.blue, made.green):
        side.query("SET default_transaction_read_only = off; CREATE TABLE late (id int PRIMARY KEY)", role="owner")
    assert look(made.blue, made.green, made.migration) == ["BG901 blue", "BG159 blue"]
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    assert look(made.blue, made.green, made.migration) == ["BG159 blue"]


def test_a_change_that_meets_no_row(pair: PairFactory, look: Look) -> None:
    made = _linked(pair)
    made.green.query(
        "SET default_transaction_read_only = off; SET session_replication_role = replica;DELETE FROM users WHERE id = 7"
    )
    made.blue.query("UPDATE users SET name = 'nobody there' WHERE id = 7", role="owner")
    wait_for(lambda: made.green.query("SELECT sum(confl_update_missing) FROM pg_stat_subscription_stats") != [(0,)])
    assert look(made.blue, made.green, made.migration) == ["BG904 green", "BG159 blue"]
