# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything of ours dies while clients are held: a process on PgBouncer's own host releases them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.dead_man import SILENCE_SECONDS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_fleet
from demo.commands import run_command
from tests.fixtures.bouncers import PgBouncer
from tests.fixtures.ssh import SshFactory, SshServer
from tests.integration.routes.rigs import Ground, bouncer_entry, give_ground, shown, soon
from tests.live.migration import LiveMigration
from tests.live.stop import Act, Moment, Stop

__all__ = ["give_ground"]

_RESTARTED = 2.0  # seconds for a login there and a word to the console


@pytest.fixture
def host(ground: Ground) -> SshServer:
    return ground.ssh_server()


@pytest.fixture
def bouncer(ground: Ground) -> PgBouncer:
    return ground.pgbouncer({"shop": ground.blue})


def _paused(bouncer: PgBouncer) -> bool:
    return any(row["paused"] for row in shown(bouncer, "DATABASES"))


def _hold_in_a_process(entries: Sequence[dict[str, Any]]) -> int:
    """Fork a process that holds the clients, with a dead man's switch on their host, and return it."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            fleet = build_fleet(entries, run_command)
            fleet.arm(soon())
            fleet.guard(soon())
            fleet.hold(soon())
            os.write(tell, b"held")
            time.sleep(60.0)
        finally:
            os._exit(1)
    os.close(tell)
    assert os.read(told, 4) == b"held"
    os.close(told)
    return pid


def _retry(bouncer: PgBouncer) -> str:
    return str({row["key"]: row["value"] for row in shown(bouncer, "CONFIG")}["server_login_retry"])


def _wait(happened: Callable[[], bool], what: str, limit: float) -> None:
    end = time.monotonic() + limit
    while not happened():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "limit"),
    [
        (signal.SIGKILL, _RESTARTED),
        pytest.param(signal.SIGSTOP, SILENCE_SECONDS + _RESTARTED, marks=pytest.mark.soak),
    ],
)
def test_clients_are_released_when_nothing_is_heard_of_us(
    bouncer: PgBouncer, host: SshServer, ground: Ground, number: signal.Signals, limit: float
) -> None:
    usual = _retry(bouncer)
    pid = _hold_in_a_process([{**bouncer_entry(bouncer, ground, "shop"), "ssh": host.entry}])
    assert _paused(bouncer)
    os.kill(pid, number)
    try:
        _wait(lambda: not _paused(bouncer), "its clients are still held", limit)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    _wait(lambda: _retry(bouncer) == usual, "the usual wait between logins is not back", _RESTARTED)


def test_whoever_was_told_to_go_releases_nobody(bouncer: PgBouncer, host: SshServer, ground: Ground) -> None:
    fleet = build_fleet([{**bouncer_entry(bouncer, ground, "shop"), "ssh": host.entry}], run_command)
    with closing(fleet):
        fleet.arm(soon())
        fleet.guard(soon())
        fleet.hold(soon())
        fleet.stand_down()
        time.sleep(0.5)
        assert _paused(bouncer)
        fleet.release(soon())


@pytest.mark.parametrize(("limit", "remote", "found"), [("0", False, True), ("120", False, False), ("0", True, False)])
def test_a_wait_without_a_limit_is_named(ground: Ground, limit: str, *, remote: bool, found: bool) -> None:
    bouncer = ground.pgbouncer({"shop": ground.blue}, query_wait_timeout=limit)
    entry = bouncer_entry(bouncer, ground, "shop")
    fleet = build_fleet([{**entry, "ssh": ground.ssh_server().entry} if remote else entry], run_command)
    with closing(fleet):
        [facts] = fleet.observe(soon())
        assert ("BG571" in {problem.code for problem in facts.problems}) == found


@pytest.fixture
def migration() -> Iterator[LiveMigration]:
    with LiveMigration("pgbouncer") as ready:
        yield ready


def _longest_wait(migration: LiveMigration, started: float) -> float:
    """Write through PgBouncer until that succeeds, and return how long it took since then."""
    with closing(psycopg2.connect(migration.environment.dsn)) as opened, opened.cursor() as cursor:
        cursor.execute("UPDATE users SET email = email WHERE id = 1")
        opened.commit()
    return time.monotonic() - started


@pytest.mark.soak
@pytest.mark.parametrize("remote", [True, False])
def test_everything_is_killed_at_once_inside_the_hold(
    migration: LiveMigration, ssh_server: SshFactory, *, remote: bool
) -> None:
    """Without ssh the limit is PgBouncer's own: the client gets its error."""
    routes = [{**migration.routes[0], "ssh": ssh_server().entry}] if remote else migration.routes
    with closing(psycopg2.connect(**_console(migration))) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute("SET query_wait_timeout = '30'")
    switch = migration.start_switch("green", Stop("drain into green", Moment.BEFORE, Act.ASK), routes=routes)
    assert switch.await_hit() is not None, switch.wait()
    with ThreadPoolExecutor(1) as client:
        started = time.monotonic()
        waiting = client.submit(_longest_wait, migration, started)
        time.sleep(0.2)
        for pid in [*switch.left_running(), switch.process.pid]:
            with suppress(ProcessLookupError):  # it has ended with its parent
                os.kill(pid, signal.SIGKILL)
        switch.wait()
        if remote:
            print(f"longest wait of a client: {waiting.result():.2f} s")
            assert waiting.result() < SILENCE_SECONDS + _RESTARTED
        else:
            assert _held_by_nobody(migration)
            with pytest.raises(psycopg2.Error, match="query_wait_timeout"):
                waiting.result()
            print(f"longest wait of a client: {time.monotonic() - started:.2f} s")
    assert migration.switch("green")["in_service"] == "green"
    assert not _held_by_nobody(migration)


def _held_by_nobody(migration: LiveMigration) -> bool:
    found = migration.run("migration_info", routes=migration.routes)["findings"]
    return "BG572" in {finding["code"] for finding in found}


def _console(migration: LiveMigration) -> dict[str, Any]:
    return {**migration.routes[0]["console"], "dbname": "pgbouncer"}
