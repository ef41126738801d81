# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the demo needs, created at the beginning and removed at the end: two servers, a shop, a route,
playbooks."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg2
from psycopg2.extensions import make_dsn

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import EmbeddedServer, free_port
from demo.client import RATE
from demo.commands import run_command
from demo.installations import find_installation
from demo.playbooks import PlaybookResult, PlaybookRunner
from demo.processes import ProcessRegister
from demo.prometheus import Prometheus
from demo.routes import ROUTES, Route, RouteRequest
from demo.shop import MIGRATIONS, Passwords, ShopSide

_LOCK = "lock"


class DemoEnvironmentError(Exception):
    """The environment cannot be created; the text says why."""


class DemoEnvironment:
    """Blue with the shop, green with its roles and an empty database, the application's route.

    `folder` is emptied first, and processes that a killed run left below it are ended. `route`: a key of ROUTES.
    `majors`: of blue and of green. `metrics`: a Prometheus watches both sides, and reads what monitor writes.
    Raises DemoEnvironmentError when another process uses the folder.
    """

    blue: ShopSide
    green: ShopSide
    route: Route
    playbooks: PlaybookRunner

    prometheus: Prometheus | None = None

    def __init__(self, folder: Path, route: str, majors: tuple[int, int] = (17, 18), *, metrics: bool = False) -> None:
        self.folder = folder.resolve()
        self.ledger = self.folder / "ledger"
        self.reports = self.folder / "reports"
        self._route_name = route
        self._majors = majors
        self._metrics = metrics
        self._register = ProcessRegister(self.folder / "processes")
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._lock(stack)
            self._clear_away_leftovers()
            self._make_sides(stack)
            self._make_prometheus(stack)
            self._make_route(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def fetch(self) -> None:
        """Download missing servers, which entering would do too. Raises EmbeddedServerError."""
        for major in self._majors:
            find_installation(major)

    @property
    def dsn(self) -> str:
        """The application's connection string."""
        return make_dsn(None, **self.route.keywords)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment that the example inventory reads; it holds passwords."""
        return {
            "BLUEGREEN_BLUE_HOST": str(self.blue.migrator()["host"]),
            "BLUEGREEN_BLUE_PORT": str(self.blue.server.port),
            "BLUEGREEN_GREEN_HOST": str(self.green.migrator()["host"]),
            "BLUEGREEN_GREEN_PORT": str(self.green.server.port),
            "BLUEGREEN_PASSWORD": self.blue.passwords.migrator,
            "BLUEGREEN_PG_BINDIR": str(self.green.server.pg_bin),
            "BLUEGREEN_SCHEMA_MIGRATIONS": str(MIGRATIONS),
            "BLUEGREEN_REPORT_DIR": str(self.reports),
            **self.route.environment,
        }

    @property
    def environment_script(self) -> Path:
        """A file to source in a shell, so that playbooks can be run by hand."""
        return self.folder / "environment.sh"

    def run_playbook(self, name: str, *arguments: str) -> PlaybookResult:
        """Run `bluegreen.postgresql.<name>` with the example inventory."""
        return self.playbooks.run(name, *arguments)

    def side_in_service(self) -> ShopSide:
        """Return the side that the application's route leads to. Raises psycopg2.Error when it leads nowhere."""
        connection = psycopg2.connect(self.dsn)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT inet_server_port()")
                (port,) = cursor.fetchone() or (None,)
        finally:
            connection.close()
        return next(side for side in (self.blue, self.green) if side.server.port == port)

    def _lock(self, stack: ExitStack) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = stack.enter_context((self.folder / _LOCK).open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoEnvironmentError(f"Another demo is running in {self.folder}.") from error

    def _clear_away_leftovers(self) -> None:
        self._register.end_leftovers()
        for data in self.folder.glob("*/data/PG_VERSION"):
            self._server(int(data.read_text(encoding="utf-8")), data.parent.parent).destroy()
        for entry in self.folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != _LOCK:
                entry.unlink()

    def _make_sides(self, stack: ExitStack) -> None:
        passwords = Passwords()
        servers = [
            self._server(major, self.folder / name) for major, name in zip(self._majors, ("blue", "green"), strict=True)
        ]
        psql = servers[1].pg_bin / "psql"
        self.blue, self.green = (ShopSide(server, passwords, psql) for server in servers)
        for server in servers:
            stack.callback(server.stop)
        with ThreadPoolExecutor() as threads:
            for started in [threads.submit(_start, side) for side in (self.blue, self.green)]:
                started.result()
        self.blue.load()

    def _make_prometheus(self, stack: ExitStack) -> None:
        if self._metrics:
            databases = {"blue": self.blue.application(), "green": self.green.application()}
            self.prometheus = Prometheus(self.folder / "prometheus", databases, self._register)
            stack.callback(self.prometheus.stop)
            self.prometheus.start()

    def _make_route(self, stack: ExitStack) -> None:
        request = RouteRequest(self.blue.application(), self.green.application(), self.folder / "route", self._register)
        self.route = ROUTES[self._route_name](request)
        stack.callback(self.route.stop)
        self.route.start()
        self.playbooks = PlaybookRunner(
            self.environment, self._inventory_arguments(), self.folder / "logs", self._register
        )
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.environment.items())
        _write_private(self.environment_script, exports)

    def _inventory_arguments(self) -> list[str]:
        variables: dict[str, Any] = {}
        if self.route.settings is not None:
            variables["bluegreen_routes"] = self.route.settings
        if self.prometheus is not None:
            variables["bluegreen_metrics_file"] = str(self.prometheus.textfiles / "shop.prom")
            variables["bluegreen_free_disk_command"] = ["df", "--output=avail", "--block-size=1", str(self.folder)]
        if not variables:
            return []
        values = self.folder / "variables.json"
        _write_private(values, json.dumps(variables))
        return ["-e", f"@{values}"]

    def measuring(self) -> list[str]:
        """Return arguments for a playbook that switches, so that the collection's own client measures it."""
        values = self.folder / "client.json"
        client = {"bluegreen_probe": True, "bluegreen_probe_rate": RATE, "bluegreen_application": {"dsn": self.dsn}}
        _write_private(values, json.dumps(client))
        return ["-e", f"@{values}"]

    def _server(self, major: int, folder: Path) -> EmbeddedServer:
        binaries = find_installation(major)
        return EmbeddedServer(binaries, folder, free_port(), run_command)


def _start(side: ShopSide) -> None:
    side.server.create(side.passwords.superuser)
    side.server.start()
    side.create_roles()


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
