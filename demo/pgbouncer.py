# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's own PgBouncer: transaction pooling on loopback, with files prepared for both sides."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from demo.commands import run_command
from demo.listener import ListenerError, find_program, start_listener
from demo.processes import ProcessRegister, RegisteredProcess
from demo.scram import scram_secret

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
        """Whether this machine has PgBouncer."""
        return find_program("pgbouncer") is not None

    def start(self) -> None:
        """Write the configuration, start it and wait until it listens. Raises ListenerError."""
        self._write_configuration()
        self.start_as_it_lies()

    def start_as_it_lies(self) -> None:
        """Start it with the existing files and wait until it listens. Raises ListenerError."""
        program = find_program("pgbouncer")
        if program is None:
            raise ListenerError("pgbouncer is not installed.")
        argv = [*find_identity(run_command).prefix, program, "--quiet", str(self.folder / "pgbouncer.ini")]
        self._process = start_listener(self._register, argv, self.port, self.folder / "output.log")

    def stop(self) -> None:
        """Stop it; nothing happens when it was not started."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _write_configuration(self) -> None:
        self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        find_identity(run_command).own(self.folder)
        main = _MAIN.format(folder=self.folder, host=LOOPBACK, port=self.port, admin=self.admin)
        # With the secret that both servers store, a login does not cost PgBouncer SCRAM's 4096 rounds.
        secret = scram_secret(str(self._blue["password"]))
        passwords = {str(self._blue["user"]): secret, self.admin: self.admin_password}
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


def _databases(side: Mapping[str, str | int]) -> str:
    return f"[databases]\n{side['dbname']} = host={side['host']} port={side['port']} dbname={side['dbname']}\n"
