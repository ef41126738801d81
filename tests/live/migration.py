# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration of the demo's shop that is ready to switch, for benchmarks and kill tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg2
from psycopg2.extensions import connection, make_dsn

from demo.commands import PROJECT
from demo.environment import DemoEnvironment, DemoEnvironmentError
from demo.processes import RegisteredProcess
from demo.shop import ShopSide
from tests.fixtures.chosen import BLUE
from tests.live.job import Job
from tests.live.modules import ModuleProcess, PlaybookProcess, run_module
from tests.live.stop import Stop

SIDES = ("blue", "green")
_PLAYBOOKS = {"green": "cutover", "blue": "rollback"}
# Modules created everything, without a comparison and without the shop's versioned migrations.
_AS_IT_STANDS = '{"bluegreen_comparison_max_age_hours": 0, "bluegreen_schema_migrations": ""}'
_COPY_SECONDS = 600.0
_ROOT = PROJECT / ".work" / "live"


class LiveMigration:
    """Servers, shop, route, gate and both links, all created by the collection's own modules.

    `route`: a key of demo.routes.ROUTES. `prepare`: changes blue before anything of ours exists there. `links`: whether
    to create them. `settings`: of both servers, which are restarted for them. `majors`: their versions.
    """

    def __init__(
        self,
        route: str,
        prepare: Callable[[LiveMigration], object] | None = None,
        settings: Mapping[str, str] | None = None,
        *,
        links: bool = True,
        majors: tuple[int, int] = (BLUE, 18),
    ) -> None:
        _ROOT.mkdir(parents=True, exist_ok=True)
        _clear_away_leftovers()
        self._scratch = tempfile.TemporaryDirectory(prefix=f"{route}-", dir=_ROOT)
        Path(self._scratch.name).chmod(0o755)
        self.environment = DemoEnvironment(Path(self._scratch.name), route, majors)
        self.route = route
        self._prepare = prepare
        self._settings = settings or {}
        self._links = links
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._scratch)
            stack.enter_context(self.environment)
            if self._settings:
                self._configure()
            if self._prepare is not None:
                self._prepare(self)
            self._set_up()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of every module."""
        blue, green = self.environment.blue, self.environment.green
        return {"migration": "shop", "blue": blue.migrator(), "green": green.migrator()}

    @property
    def routes(self) -> list[dict[str, Any]]:
        """The value of the parameter `routes`."""
        settings = self.environment.route.settings
        return settings if settings is not None else [self._pgbouncer()]

    def side(self, name: str) -> ShopSide:
        """Return `blue` or `green`."""
        return self.environment.blue if name == "blue" else self.environment.green

    def run(self, module: str, **parameters: Any) -> dict[str, Any]:
        """Run a module and return its result. Raises ModuleFailed."""
        return run_module(module, {**self.parameters, **parameters})

    def start_switch(self, target: str, stop: Stop | None = None, **parameters: Any) -> ModuleProcess:
        """Start a switch to `target` (`green` or `blue`)."""
        return ModuleProcess("cutover", {**self._switch_parameters(target), **parameters}, stop)

    def start_playbook(self, target: str, stop: Stop | None = None, terminal: int | None = None) -> PlaybookProcess:
        """Start the playbook that switches to `target`, which asks for statistics there."""
        self.execute(target, "ANALYZE")
        playbooks = self.environment.playbooks
        command = playbooks.command(_PLAYBOOKS[target], "-e", _AS_IT_STANDS)
        return PlaybookProcess(command, playbooks._full_environment(), stop, terminal)

    def start_job(self, playbook: str, stop: Stop | None = None, *extra: str) -> Job:
        """Start a playbook under ansible-runner."""
        playbooks = self.environment.playbooks
        words = playbooks.command(playbook, "-e", _AS_IT_STANDS, *extra)[1:]
        words.remove(f"bluegreen.postgresql.{playbook}")
        return Job(playbook, words, playbooks._full_environment(), stop)

    def switch(self, target: str, **parameters: Any) -> dict[str, Any]:
        """Switch and return the module's result. Raises ModuleFailed."""
        return run_module("cutover", {**self._switch_parameters(target), **parameters})

    def info(self) -> dict[str, Any]:
        """Return the result of migration_info. Raises ModuleFailed."""
        return self.run("migration_info", exclude_tables=[])

    def connect(self, name: str) -> connection:
        """Open a connection of the superuser to one side, autocommit, past the signpost; the caller closes it."""
        options = "-c default_transaction_read_only=off"
        opened: connection = psycopg2.connect(make_dsn(None, **self.side(name).superuser(), options=options))
        opened.autocommit = True
        return opened

    def execute(self, name: str, *statements: Any) -> list[Any]:
        """Run statements as the superuser on one side and return the rows of the last one."""
        with closing(self.connect(name)) as opened, opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def bouncer(self) -> RegisteredProcess:
        """Return PgBouncer's process."""
        process: RegisteredProcess = self.environment.route._bouncer._process  # type: ignore[attr-defined]
        return process

    def restart_bouncer(self, down_seconds: Callable[[], None]) -> None:
        """Kill PgBouncer like a crash, run the given action, and start it with its existing files."""
        bouncer = self.bouncer()
        bouncer.process.kill()
        bouncer.wait()
        down_seconds()
        self.environment.route._bouncer.start_as_it_lies()  # type: ignore[attr-defined]

    def _switch_parameters(self, target: str) -> dict[str, Any]:
        # A crash loses the servers' counters, and nobody analyses tables that are minutes old.
        return {**self.parameters, "target": target, "routes": self.routes, "require_statistics": False}

    def _pgbouncer(self) -> dict[str, Any]:
        told = self.environment.route.environment
        folder = told["BLUEGREEN_PGBOUNCER_FOLDER"]
        return {
            "type": "pgbouncer",
            "console": {
                "host": told["BLUEGREEN_PGBOUNCER_HOST"],
                "port": int(told["BLUEGREEN_PGBOUNCER_PORT"]),
                "user": "bluegreen_pooler",
                "password": told["BLUEGREEN_PGBOUNCER_PASSWORD"],
            },
            "databases": ["shop"],
            "live_file": f"{folder}/databases.ini",
            "blue_file": f"{folder}/databases.blue.ini",
            "green_file": f"{folder}/databases.green.ini",
        }

    def _configure(self) -> None:
        for name in SIDES:
            self.execute(name, *[f"ALTER SYSTEM SET {key} = {value}" for key, value in self._settings.items()])
            server = self.side(name).server
            server.stop()
            server.start()

    def _set_up(self) -> None:
        self.run("schema_copy", pg_bindir=str(self.environment.green.server.pg_bin))
        self.run("write_gate", state="present")
        if self._links:
            self.run("replication_link", direction="forward", state="present", timeout=_COPY_SECONDS)
            self.run("replication_catchup", direction="forward", timeout=_COPY_SECONDS)
            self.run("replication_link", direction="reverse", state="present")
            self.run("materialized_views")
            self.execute("green", "ANALYZE")


def _clear_away_leftovers() -> None:
    """End and remove what killed runs left; a living run's things are locked."""
    for folder in _ROOT.iterdir():
        leftover = DemoEnvironment(folder, "multihost")
        with ExitStack() as stack:
            try:
                leftover._lock(stack)
            except DemoEnvironmentError:
                continue
            leftover._clear_away_leftovers()
            shutil.rmtree(folder)
