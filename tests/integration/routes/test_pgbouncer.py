# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PgBouncer under clients: held without an error, released by whichever process is left, never stuck."""

from __future__ import annotations

import multiprocessing
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import blocking
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError, Router
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import build_fleet, build_routers
from demo.commands import run_command
from tests.fixtures.bouncers import PgBouncer
from tests.integration.routes.clients import clients_of, connect
from tests.integration.routes.rigs import Ground, bouncer_entry, give_ground, shown, side_of, soon

__all__ = ["give_ground"]
_USUAL_RETRY = "15"


@pytest.fixture
def bouncer(ground: Ground) -> PgBouncer:
    """Give a bouncer with one entry that leads to blue, and prepared files."""
    started = ground.pgbouncer({"shop": ground.blue})
    bouncer_entry(started, ground, "shop")
    return started


@pytest.fixture
def router(bouncer: PgBouncer, ground: Ground) -> Iterator[Router]:
    """Give the router of that bouncer."""
    (made,) = build_routers([bouncer_entry(bouncer, ground, "shop")], run_command)
    yield made
    made.close()


def _retry(bouncer: PgBouncer) -> str:
    return next(str(row["value"]) for row in shown(bouncer, "CONFIG") if row["key"] == "server_login_retry")


def _paused(bouncer: PgBouncer) -> bool:
    return any(row["paused"] for row in shown(bouncer, "DATABASES"))


def _await(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_clients_see_no_error_there_and_back(bouncer: PgBouncer, router: Router, ground: Ground) -> None:
    with clients_of(bouncer, ground) as clients:
        for target in (Side.GREEN, Side.BLUE) * 3:
            router.arm(soon())
            router.hold(soon())
            router.switch(target, soon())
            router.release(soon())
            assert clients.go_on()
            assert router.observe(soon()).serves(target)
    assert clients.errors == []
    assert _retry(bouncer) == _USUAL_RETRY


def test_what_stands_in_the_file_is_what_is_in_memory_and_nothing_else_changes(
    bouncer: PgBouncer, router: Router, ground: Ground
) -> None:
    settings, before = shown(bouncer, "CONFIG"), bouncer.databases_file.stat()
    router.hold(soon())
    assert float(_retry(bouncer)) < 1.0
    router.switch(Side.GREEN, soon())
    assert float(_retry(bouncer)) < 1.0
    router.release(soon())

    after = bouncer.databases_file.stat()
    assert bouncer.databases_file.read_text() == (bouncer.folder / "databases.green.ini").read_text()
    assert stat.filemode(after.st_mode) == stat.filemode(before.st_mode)
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert shown(bouncer, "CONFIG") == settings
    bouncer.kill()
    bouncer.start()
    assert side_of(connect(bouncer, ground)) is Side.GREEN


def test_a_transaction_that_does_not_end_is_waited_for_no_longer_than_the_deadline(
    bouncer: PgBouncer, router: Router, ground: Ground
) -> None:
    owner = psycopg2.connect(**bouncer.endpoint("shop", ground.blue))
    with owner.cursor() as cursor, clients_of(bouncer, ground) as clients:
        cursor.execute("SELECT 1")
        begun = time.monotonic()
        with pytest.raises(RouteError) as raised:
            router.hold(soon(0.5))

        assert 0.4 < time.monotonic() - begun < 2.5
        assert (raised.value.code, raised.value.stands) == ("BG603", "Its clients were released again")
        assert clients.go_on()
        cursor.execute("SELECT 2")
        owner.commit()
    assert clients.errors == []
    assert not _paused(bouncer)
    assert _retry(bouncer) == _USUAL_RETRY
    router.hold(soon())
    assert _paused(bouncer)
    router.release(soon())
    owner.close()


def test_nothing_is_paused_while_a_server_login_is_in_flight(bouncer: PgBouncer, router: Router) -> None:
    deaf = socket.create_server((LOOPBACK, 0))
    port = deaf.getsockname()[1]
    bouncer.databases_file.write_text(f"[databases]\nshop = host={LOOPBACK} port={port} user=nobody password=x\n")
    bouncer.console("RELOAD")
    client = threading.Thread(target=_try_to_connect, args=(bouncer,))
    client.start()
    _await(lambda: any(row["sv_login"] for row in shown(bouncer, "POOLS")))

    with pytest.raises(RouteError, match="BG603"):
        router.hold(soon(0.3))

    assert not _paused(bouncer)
    deaf.close()
    bouncer.kill()
    client.join()


def _try_to_connect(bouncer: PgBouncer) -> None:
    endpoint = {**bouncer.console_endpoint(), "dbname": "shop"}
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(**endpoint)


def test_one_of_two_is_killed_in_hold_and_the_other_is_undone(ground: Ground) -> None:
    well, doomed = ground.pgbouncer({"shop": ground.blue}), ground.pgbouncer({"shop": ground.blue})
    fleet = build_fleet([bouncer_entry(each, ground, "shop") for each in (well, doomed)], run_command)
    fleet.arm(soon())
    waiting = psycopg2.connect(**doomed.endpoint("shop", ground.blue))
    with waiting.cursor() as cursor, clients_of(well, ground) as clients, ThreadPoolExecutor(1) as holder:
        cursor.execute("SELECT 1")
        held = holder.submit(fleet.hold, soon(20.0))
        _await(lambda: _paused(well))
        doomed.kill()
        with pytest.raises(RouteError, match="BG602"):
            held.result(timeout=5)

        assert clients.go_on()
    assert clients.errors == []
    assert not _paused(well)
    assert _retry(well) == _USUAL_RETRY
    dead = fleet.observe(soon())[1]
    assert (dead.held, [problem.code for problem in dead.problems]) == (None, ["BG602"])
    fleet.close()


def _hold_and_never_return(entry: dict[str, Any], told: Any) -> None:
    (router,) = build_routers([entry], run_command)
    router.hold(soon())
    told.set()
    time.sleep(60)


@pytest.mark.parametrize("armed_before", [True, False], ids=["watchdog", "next run"])
def test_clients_of_a_killed_process_are_let_go_by_another(
    bouncer: PgBouncer, router: Router, ground: Ground, armed_before: bool
) -> None:
    if armed_before:
        router.arm(soon())
    forked = multiprocessing.get_context("fork")
    held = forked.Event()
    holder = forked.Process(target=_hold_and_never_return, args=(bouncer_entry(bouncer, ground, "shop"), held))
    holder.start()
    assert held.wait(10)
    holder.kill()
    holder.join()
    assert router.observe(soon()).held is True

    router.release(soon())

    assert not _paused(bouncer)
    assert _retry(bouncer) == _USUAL_RETRY
    assert side_of(connect(bouncer, ground)) is Side.BLUE


def test_an_interrupted_switch_is_seen_and_finished(bouncer: PgBouncer, router: Router, ground: Ground) -> None:
    green = (bouncer.folder / "databases.green.ini").read_text()
    bouncer.databases_file.write_text(green)
    facts = router.observe(soon())
    assert facts.side is None
    assert [problem.code for problem in facts.problems] == ["BG608"]
    assert blocking(facts.problems) == []

    router.switch(Side.GREEN, soon())
    router.release(soon())

    assert router.observe(soon()).serves(Side.GREEN)
    assert side_of(connect(bouncer, ground)) is Side.GREEN


def test_entries_that_pgbouncer_does_not_take_are_no_success(bouncer: PgBouncer, router: Router) -> None:
    bouncer.config.write_text("nonsense\n" + bouncer.config.read_text())
    with pytest.raises(RouteError, match="BG610") as raised:
        router.switch(Side.GREEN, soon())

    assert "its memory has not" in raised.value.stands
    assert router.observe(soon()).side is None
