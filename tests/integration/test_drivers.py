# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications with real drivers through a cutover and a rollback: nothing acknowledged is lost, and they continue."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from demo.gaps import longest_gap
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.workplace import unavailable
from tests.integration.routes.rigs import Ground, bouncer_entry, give_ground

__all__ = ["give_ground"]
_DRIVERS = Path(__file__).resolve().parents[1] / "live" / "drivers"
_JDBC = Path("/usr/share/java/postgresql.jar")
_PATIENCE_SECONDS = 30.0
_CALM_SECONDS = 1.0


@dataclass
class Client:
    """An application that writes without a pause, and its output."""

    name: str
    process: subprocess.Popen[str]
    output: Path

    def said(self, outcome: str, start: float = 0.0, end: float = float("inf")) -> list[tuple[float, str]]:
        """Return what was acknowledged (`ack`) or failed (`error`) in a window, in order."""
        lines = [line.split(" ", 2) for line in self.output.read_text(encoding="utf-8").splitlines(keepends=True)]
        whole = [line for line in lines if line[-1].endswith("\n") and line[0] == outcome]
        return [(float(line[1]), line[2].strip()) for line in whole if start <= float(line[1]) < end]

    def goes_on(self) -> None:
        """Wait until ten more writes are acknowledged."""
        seen, deadline = len(self.said("ack")), time.monotonic() + _PATIENCE_SECONDS
        while len(self.said("ack")) < seen + 10:
            assert time.monotonic() < deadline, f"{self.name} does not go on: {self.said('error')[-3:]}"
            assert self.process.poll() is None, f"{self.name} has ended"
            time.sleep(0.05)

    def row(self, start: float, end: float) -> tuple[float, int]:
        """Return the longest gap between two acknowledged writes of a window, in milliseconds, and its errors."""
        moments = [moment for moment, _name in self.said("ack")]
        return longest_gap(moments, start, end) * 1000, len(self.said("error", start, end))


def _jdbc_command() -> list[str]:
    if shutil.which("javac") is None or not _JDBC.exists():
        unavailable(f"There is no JDK, or no {_JDBC}.")
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", str(_JDBC), str(_DRIVERS / "JdbcClient.java")]


def _multihost_urls(made: Pair) -> Mapping[str, str]:
    sides = [made.blue.endpoint("app"), made.green.endpoint("app")]
    user, password = sides[0]["user"], quote(sides[0]["password"], safe="")
    places = [f"{side['host']}:{side['port']}" for side in sides]
    listed, hosts = ",".join(places), "&".join(f"host={place}" for place in places)
    attrs = "target_session_attrs=read-write"
    return {
        "sqlalchemy": f"postgresql+psycopg://{user}:{password}@/{made.blue.name}?{hosts}&{attrs}",
        "asyncpg": f"postgresql://{user}:{password}@{listed}/{made.blue.name}?{attrs}",
        "jdbc": f"jdbc:postgresql://{listed}/{made.blue.name}?user={user}&password={password}"
        "&targetServerType=primary&hostRecheckSeconds=0",
    }


def _bouncer_urls(end: Mapping[str, Any]) -> Mapping[str, str]:
    user, password = end["user"], quote(end["password"], safe="")
    place = f"{end['host']}:{end['port']}/{end['dbname']}"
    return {
        "sqlalchemy": f"postgresql+psycopg://{user}:{password}@{place}",
        "asyncpg": f"postgresql://{user}:{password}@{place}",
        "jdbc": f"jdbc:postgresql://{place}?user={user}&password={password}&prepareThreshold=0",
    }


_COMMANDS: Mapping[str, Callable[[], list[str]]] = {
    "sqlalchemy": lambda: [sys.executable, str(_DRIVERS / "sqlalchemy_client.py")],
    "asyncpg": lambda: [sys.executable, str(_DRIVERS / "asyncpg_client.py")],
    "jdbc": _jdbc_command,
}


@contextmanager
def _clients(urls: Mapping[str, str], folder: Path) -> Iterator[list[Client]]:
    started: list[Client] = []
    try:
        for name, command in _COMMANDS.items():
            output = folder / f"{name}.out"
            with output.open("wb") as stream, (folder / f"{name}.err").open("wb") as errors:
                environment = {**os.environ, "CLIENT_URL": urls[name]}
                process = subprocess.Popen(command(), stdout=stream, stderr=errors, text=True, env=environment)
            started.append(Client(name, process, output))
        for client in started:
            client.goes_on()
        yield started
    finally:
        for client in started:
            client.process.kill()
            client.process.wait()


def _there_and_back(made: Pair, clients: list[Client], routes: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """Switch to green and to blue again, and return each window; one without a switch comes first."""
    windows = {}
    for name, target in (("control", None), ("cutover", "green"), ("rollback", "blue")):
        begun = time.time()
        time.sleep(_CALM_SECONDS)
        if target:
            made.succeed("cutover", target=target, routes=routes)
        for client in clients:
            client.goes_on()
        time.sleep(_CALM_SECONDS)
        windows[name] = (begun, time.time())
    return windows


def _names(side: Database) -> list[str]:
    return [row[0] for row in side.query("SELECT name FROM users")]


def _assert_nothing_is_lost_or_doubled(made: Pair, clients: list[Client]) -> None:
    there = _names(made.blue)
    assert len(there) == len(set(there))
    for client in clients:
        missing = {name for _moment, name in client.said("ack")} - set(there)
        assert not missing, f"{client.name} lost {sorted(missing)[:5]}"


def _show(title: str, clients: list[Client], windows: Mapping[str, tuple[float, float]]) -> None:
    for client in clients:
        rows = {name: client.row(*window) for name, window in windows.items()}
        cells = " | ".join(f"{gap:.0f} ms, {errors}" for gap, errors in rows.values())
        print(f"| {title} | {client.name} | {cells} |")


def test_clients_that_know_both_servers_follow(pair: PairFactory, tmp_path: Path) -> None:
    made = pair()
    made.replicate()
    with _clients(_multihost_urls(made), tmp_path) as clients:
        windows = _there_and_back(made, clients, [{"type": "multihost"}])
    _show("multihost", clients, windows)

    _assert_nothing_is_lost_or_doubled(made, clients)
    assert all(client.row(*windows["cutover"])[1] > 0 for client in clients), "no client has met the fence"


@pytest.mark.soak
def test_clients_behind_pgbouncer_see_no_error(pair: PairFactory, ground: Ground, tmp_path: Path) -> None:
    made = pair()
    made.replicate()
    bouncer = ground.pgbouncer({"shop": made.blue})
    routes = [bouncer_entry(bouncer, replace(ground, blue=made.blue, green=made.green), "shop")]
    with _clients(_bouncer_urls(bouncer.endpoint("shop", made.blue)), tmp_path) as clients:
        windows = _there_and_back(made, clients, routes)
    _show("pgbouncer", clients, windows)

    _assert_nothing_is_lost_or_doubled(made, clients)
    assert [client.said("error") for client in clients] == [[], [], []]
