# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's environment: it starts again after any kind of end, and leaves no process behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql
from psycopg2.extensions import make_dsn

from demo.commands import PROJECT, run_command
from demo.pgbouncer import PgBouncer
from demo.processes import ProcessRegister
from demo.routes import ROUTES, RouteRequest
from demo.scram import scram_secret
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.workplace import own_folder, unavailable

_PATIENCE_SECONDS = 60.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that servers can enter, which a temporary folder of pytest's is not."""
    path = own_folder() / "demo"
    yield path
    shutil.rmtree(path, ignore_errors=True)


def _processes_of(folder: Path) -> list[str]:
    _status, shown, _stderr = run_command(["ps", "-ww", "-eo", "pid,args"])
    return [line for line in shown.splitlines() if str(folder) in line]


def _living_members(group: int) -> list[str]:
    _status, shown, _stderr = run_command(["ps", "-eo", "pgid=,stat=,args="])
    members = [line for line in shown.splitlines() if line.split()[0] == str(group)]
    return [line for line in members if not line.split()[1].startswith("Z")]


def _self_test(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "demo", "self-test", "--folder", str(folder)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS)


@contextlib.contextmanager
def _demo_up(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-u", "-m", "demo", "up", "--folder", str(folder)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        try:
            assert demo.stdout is not None
            for line in demo.stdout:
                if "Writers are at work" in line:
                    break
            yield demo
        finally:
            demo.kill()


def test_an_interrupted_demo_tells_the_ledgers_verdict_and_leaves_no_process(folder: Path) -> None:
    with _demo_up(folder) as demo:
        second = _self_test(folder)
        demo.send_signal(signal.SIGINT)
        output, _none = demo.communicate(timeout=_PATIENCE_SECONDS)
    assert second.returncode == 1
    assert "Another demo is running" in second.stdout
    assert demo.returncode == 0, output
    assert "a row deleted by hand: red, a row doubled by hand: red" in output
    assert _processes_of(folder) == []


@pytest.mark.soak
def test_a_killed_demo_can_be_run_again_at_once(folder: Path) -> None:
    with _demo_up(folder) as demo:
        demo.kill()
        demo.wait()
    assert _processes_of(folder)
    again = _self_test(folder)
    assert again.returncode == 0, again.stdout + again.stderr
    assert _processes_of(folder) == []


def test_a_left_over_process_is_ended_with_its_group_and_a_strangers_is_not(tmp_path: Path) -> None:
    register = ProcessRegister(tmp_path)
    with (tmp_path / "log").open("wb") as log:
        left_over = register.start(["sh", "-c", "sleep 60 & wait"], log, os.environ)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (tmp_path / "recycled.pid").write_text(str(stranger.pid), encoding="utf-8")
        ProcessRegister(tmp_path).end_leftovers()
        assert stranger.poll() is None
        stranger.kill()
    assert left_over.process.wait() == -signal.SIGTERM
    assert _living_members(left_over.process.pid) == []
    assert list(tmp_path.glob("*.pid")) == []


def test_the_bouncer_leads_to_green_when_its_prepared_file_goes_live(database: DatabaseFactory, folder: Path) -> None:
    if not PgBouncer.installed():
        unavailable("PgBouncer is not installed.")
    blue, green = database(17), database(18)
    for side in (blue, green):
        role = side.roles["app"]
        side.query(sql.SQL("ALTER ROLE {} PASSWORD %s").format(sql.Identifier(role.name)), scram_secret(role.password))
    register = ProcessRegister(folder / "processes")
    request = RouteRequest(blue.endpoint("app"), green.endpoint("app"), folder / "route", register)
    route = ROUTES["pgbouncer"](request)
    route.start()
    try:
        assert _server_port(make_dsn(None, **route.keywords)) == blue.server.port
        shutil.copy(folder / "route" / "databases.green.ini", folder / "route" / "databases.ini")
        console = {
            **route.keywords,
            "dbname": "pgbouncer",
            "user": PgBouncer.admin,
            "password": route.environment["BLUEGREEN_PGBOUNCER_PASSWORD"],
        }
        with closing(psycopg2.connect(make_dsn(None, **console))) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute("RELOAD")
        assert _server_port(make_dsn(None, **route.keywords)) == green.server.port
    finally:
        route.stop()
    assert _processes_of(folder) == []


def _server_port(dsn: str) -> int:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT inet_server_port()")
        (port,) = cursor.fetchone() or (0,)
    return int(port)
