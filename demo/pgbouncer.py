# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PgBouncer of the demo's own: transaction pooling on loopback, with the entries of both sides prepared as files."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from demo.commands import run_command
from demo.processes import ProcessRegister, RegisteredProcess

_START_SECONDS = 10.0
_POLL_SECONDS = 0.02
_MAIN = """\
%include {folder}/databases.ini

[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
auth_type = scram-sha-256
auth_file = {folder}/users.txt
admin_users = {admin}
ignore_startup_parameters = extra_float_digits
; A login that fails while the database moves must not close the pool for the usual 15 seconds.
server_login_retry = 0.1
logfile = {folder}/pgbouncer.log
"""


class PgBouncerError(Exception):
    """PgBouncer did not start; the text holds the end of its log."""


class PgBouncer:
    """One PgBouncer in a folder. `blue` and `green`: the application's connection to each side, in libpq's keywords."""

    admin = "bluegreen_pooler"

    def __init__(
        self,
        folder: Path,
        blue: Mapping[str, str | int],
        green: Mapping[str, str | int],
        register: ProcessRegister,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.admin_password = secrets.token_urlsafe(18)
        self._blue = blue
        self._green = green
        self._register = register
        self._process: RegisteredProcess | None = None

    @staticmethod
    def installed() -> bool:
        """Whether this machine has PgBouncer; Debian keeps it where only root's PATH looks."""
        return _program() is not None

    def start(self) -> None:
        """Write the configuration, start it and wait until it listens. Raises PgBouncerError."""
        program = _program()
        if program is None:
            raise PgBouncerError("pgbouncer is not installed.")
        self._write_configuration()
        environment = {**os.environ, "LC_ALL": "C"}
        argv = [*find_identity(run_command).prefix, program, "--quiet", str(self.folder / "pgbouncer.ini")]
        with (self.folder / "output.log").open("wb") as log:
            self._process = self._register.start(argv, log, environment)
        self._wait_until_listening(self._process)

    def stop(self) -> None:
        """Stop it; nothing happens when it was not started."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _write_configuration(self) -> None:
        self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        find_identity(run_command).own(self.folder)
        main = _MAIN.format(folder=self.folder, host=LOOPBACK, port=self.port, admin=self.admin)
        passwords = {str(self._blue["user"]): str(self._blue["password"]), self.admin: self.admin_password}
        self._write("pgbouncer.ini", main)
        self._write("users.txt", "".join(f'"{user}" "{password}"\n' for user, password in passwords.items()))
        self._write("databases.blue.ini", _databases(self._blue))
        self._write("databases.green.ini", _databases(self._green))
        self._write("databases.ini", _databases(self._blue))

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        find_identity(run_command).own(path)

    def _wait_until_listening(self, started: RegisteredProcess) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and started.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, self.port)) == 0:
                    return
            time.sleep(_POLL_SECONDS)
        self.stop()
        raise PgBouncerError((self.folder / "output.log").read_text(encoding="utf-8", errors="replace"))


def _databases(side: Mapping[str, str | int]) -> str:
    return f"[databases]\n{side['dbname']} = host={side['host']} port={side['port']} dbname={side['dbname']}\n"


def _program() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
