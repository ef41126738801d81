# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One PostgreSQL server in a folder, listening on loopback only."""

from __future__ import annotations

import math
import os
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from .commands import EmbeddedServerError, Run, run_checked
from .identity import ServerIdentity, find_identity

StopMode = Literal["fast", "immediate", "smart"]

SUPERUSER = "postgres"
LOOPBACK = "127.0.0.1"
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "C"
_STATUS_RUNNING, _STATUS_STOPPED, _STATUS_NO_DATA = 0, 3, 4
_STOP_SECONDS = 60
_LOG_LINES_SHOWN = 15
_BASE_SETTINGS = {
    "listen_addresses": LOOPBACK,
    # Relative to the data folder: an absolute path could exceed the 107 bytes of a socket address.
    "unix_socket_directories": ".",
    "password_encryption": "scram-sha-256",
    "wal_level": "logical",
}
_HBA = f"""\
local all         all                scram-sha-256
local replication all                scram-sha-256
host  all         all {LOOPBACK}/32  scram-sha-256
host  replication all {LOOPBACK}/32  scram-sha-256
"""


def free_port() -> int:
    """Return a TCP port on loopback that the kernel says is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class EmbeddedServer:
    """A server in `folder`, run from the installation `binaries`; its whole state is in the folder.

    Another object with the same values, even in another process, controls the same server.
    """

    binaries: Path
    folder: Path
    port: int
    run: Run

    superuser: ClassVar[str] = SUPERUSER

    @property
    def pg_bin(self) -> Path:
        """Folder with psql, pg_dump, pg_restore, pgbench and the server's own programs."""
        return self.binaries / "bin"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "server.log"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def create(self, superuser_password: str, settings: dict[str, str] | None = None) -> None:
        """Create the cluster: UTF-8, C.UTF-8, SCRAM for every connection, wal_level = logical, then `settings`.

        Raises EmbeddedServerError when the folder is in use or initdb fails.
        """
        if self._data.exists():
            raise EmbeddedServerError(
                f"{self.folder} already holds a server", "Name another folder, or remove that server first"
            )
        identity = find_identity(self.run)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        identity.own(self.folder)
        self._require_access(identity.prefix, identity.account or "you")
        self._initdb(identity, superuser_password)
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            for name, value in {**_BASE_SETTINGS, **(settings or {})}.items():
                quoted = value.replace("'", "''")
                configuration.write(f"{name} = '{quoted}'\n")
        (self._data / "pg_hba.conf").write_text(_HBA, encoding="utf-8")

    def start(self, timeout: float = 30.0) -> None:
        """Start the server and wait until it accepts connections, at most `timeout` seconds.

        Raises EmbeddedServerError with the end of the server's log.
        """
        argv = ["start", "--wait", f"--timeout={math.ceil(timeout)}", f"--log={self.log}", f"--options=-p {self.port}"]
        status, stdout, stderr = self._pg_ctl(argv)
        if status != 0:
            raise EmbeddedServerError(
                f"The server in {self.folder} did not start: {stderr or stdout}\n{self._end_of_log()}",
                "Remove the cause that its log names, then run the same command again",
            )

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server, even if another process started it; nothing happens when it is not running.

        Raises EmbeddedServerError when it still runs after 60 seconds.
        """
        if not self.running():
            return
        status, stdout, stderr = self._pg_ctl(["stop", "--wait", f"--timeout={_STOP_SECONDS}", f"--mode={mode}"])
        if status != 0 and self.running():
            raise EmbeddedServerError(
                f"The server in {self.folder} did not stop: {stderr or stdout}",
                f"Find in {self.log} what it waits for, then run the same command again",
                "It still runs, and no other server was touched",
            )

    def running(self) -> bool:
        """Whether a postmaster runs in the folder. Raises EmbeddedServerError when that is unknown."""
        status, stdout, stderr = self._pg_ctl(["status"])
        if status not in (_STATUS_RUNNING, _STATUS_STOPPED, _STATUS_NO_DATA):
            raise EmbeddedServerError(
                f"The state of the server in {self.folder} is unknown: {stderr or stdout}",
                "Remove the cause that pg_ctl names, then run the same command again",
            )
        return status == _STATUS_RUNNING

    def endpoint(self, dbname: str, user: str, password: str) -> dict[str, Any]:
        """Return libpq's keywords for a connection to this server."""
        return {"host": LOOPBACK, "port": self.port, "dbname": dbname, "user": user, "password": password}

    def destroy(self) -> None:
        """Stop the server at once and remove its folder. Raises EmbeddedServerError or OSError."""
        self.stop("immediate")
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _prefix(self) -> tuple[str, ...]:
        return find_identity(self.run).prefix

    def _pg_ctl(self, arguments: list[str]) -> tuple[int, str, str]:
        return self.run(
            [*self._prefix(), str(self.pg_bin / "pg_ctl"), arguments[0], f"--pgdata={self._data}", *arguments[1:]]
        )

    def _require_access(self, prefix: tuple[str, ...], account: str) -> None:
        for path in (self.folder, self.pg_bin / "postgres"):
            status, _stdout, _stderr = self.run([*prefix, "test", "-x", str(path)])
            if status != 0:
                raise EmbeddedServerError(
                    f"The account that the server runs as ({account}) cannot reach {path}",
                    "Use a folder below one that everybody may enter",
                )

    def _initdb(self, identity: ServerIdentity, superuser_password: str) -> None:
        descriptor, name = tempfile.mkstemp(prefix="initdb-", dir=self.folder)
        password_file = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(superuser_password + "\n")
            identity.own(password_file)
            options = ["--encoding=UTF8", f"--locale={_LOCALE}", f"--username={self.superuser}", "--auth=scram-sha-256"]
            argv = [str(self.pg_bin / "initdb"), f"--pgdata={self._data}", f"--pwfile={name}", *options]
            todo = "Remove the cause that initdb names, then run the same command again"
            run_checked(self.run, [*identity.prefix, *argv], f"initdb in {self.folder}", todo)
        finally:
            password_file.unlink()

    def _end_of_log(self) -> str:
        if not self.log.exists():
            return "(no log was written)"
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES_SHOWN:])
