# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue and green, large enough for a copy, for benchmarks of links."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import (
    SUPERUSER,
    EmbeddedServer,
    free_port,
)
from demo.commands import PROJECT, run_command
from demo.installations import find_installation
from tests.live.modules import ModuleProcess, run_module

DATABASE = "shop"
_SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "max_worker_processes": "32",
    "max_logical_replication_workers": "16",
    "max_sync_workers_per_subscription": "4",
}


class Servers:
    """Blue (17) and green (18) on loopback, with fsync on."""

    def __init__(self, folder: Path) -> None:
        self._password = secrets.token_urlsafe(12)
        self.blue, self.green = self._start(17, folder / "blue"), self._start(18, folder / "green")

    def _start(self, major: int, folder: Path) -> EmbeddedServer:
        server = EmbeddedServer(find_installation(major), folder, free_port(), run_command)
        server.create(self._password, _SETTINGS)
        server.start()
        return server

    def run(self, server: EmbeddedServer, statement: str, database: str = DATABASE) -> Any:
        """Run statements as superuser, and return the first value of the last one, None if it has none."""
        opened = psycopg2.connect(
            **server.endpoint(database, SUPERUSER, self._password), options="-c default_transaction_read_only=off"
        )
        opened.autocommit = True
        try:
            with opened.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0] if cursor.description else None
        finally:
            opened.close()

    def module(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Run a module that must not fail on the pair."""
        return run_module(name, {**self._ends(), **arguments})

    def attempt(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Run a module that may fail on the pair."""
        return ModuleProcess(name, {**self._ends(), **arguments}).wait()

    def _ends(self) -> dict[str, Any]:
        pair = (("blue", self.blue), ("green", self.green))
        ends = {side: server.endpoint(DATABASE, SUPERUSER, self._password) for side, server in pair}
        return {"migration": "bench", **ends}

    def uri(self, server: EmbeddedServer) -> str:
        """Return the address for programs that take one."""
        ends = server.endpoint(DATABASE, SUPERUSER, self._password)
        return f"postgresql://{ends['user']}:{self._password}@{ends['host']}:{ends['port']}/{DATABASE}"

    def environment(self, server: EmbeddedServer) -> dict[str, str]:
        """Return an environment for programs that connect to it."""
        ends = server.endpoint(DATABASE, SUPERUSER, self._password)
        names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
        return {**os.environ, **{names[key]: str(value) for key, value in ends.items() if key in names}}

    def empty_green(self, schema: str) -> None:
        """Recreate green's database."""
        self.run(self.green, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", "postgres")
        self.run(self.green, f"CREATE DATABASE {DATABASE}", "postgres")
        if schema:
            self.run(self.green, schema)
        self.run(self.green, "CHECKPOINT", "postgres")


@contextmanager
def servers(blue: str) -> Iterator[Servers]:
    """Start both servers, and run statements in blue's database."""
    root = PROJECT / ".work" / "bench"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        Path(folder).chmod(0o755)
        pair = Servers(Path(folder))
        try:
            pair.run(pair.blue, f"CREATE DATABASE {DATABASE}", "postgres")
            pair.run(pair.blue, blue)
            pair.run(pair.blue, "VACUUM ANALYZE")
            yield pair
        finally:
            pair.blue.destroy()
            pair.green.destroy()
