# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's own HAProxy: one backend with both sides, checked as PostgreSQL servers, green in maintenance."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from demo.listener import ListenerError, find_program, start_listener
from demo.processes import ProcessRegister, RegisteredProcess

BACKEND = "postgresql"
_CONFIGURATION = """\
global
  stats socket {socket} mode 600 level admin
  server-state-file {state}
defaults
  mode tcp
  load-server-state-from-file global
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend applications
  bind {host}:{port}
  default_backend {backend}
backend {backend}
  option pgsql-check user {user}
  server blue {blue[host]}:{blue[port]} check
  server green {green[host]}:{green[port]} check disabled
"""


class HAProxy:
    """One HAProxy in a folder. `blue` and `green`: the application's connection to each side, in libpq's keywords."""

    def __init__(
        self,
        folder: Path,
        blue: Mapping[str, str | int],
        green: Mapping[str, str | int],
        register: ProcessRegister,
    ) -> None:
        self.port = free_port()
        self.state_file = folder / "server-state"
        # The address of a Unix socket holds 107 bytes, fewer than the path of a clone may have.
        self._run_folder = Path(tempfile.mkdtemp(prefix="bluegreen-demo-"))
        self.socket = self._run_folder / "admin.sock"
        self._folder = folder
        self._sides = {"blue": blue, "green": green}
        self._register = register
        self._process: RegisteredProcess | None = None

    def start(self) -> None:
        """Write the configuration, start it and wait until it listens. Raises ListenerError."""
        program = find_program("haproxy")
        if program is None:
            raise ListenerError("haproxy is not installed.")
        self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        configuration = self._folder / "haproxy.cfg"
        text = _CONFIGURATION.format(
            socket=self.socket,
            state=self.state_file,
            host=LOOPBACK,
            port=self.port,
            backend=BACKEND,
            user=self._sides["blue"]["user"],
            **self._sides,
        )
        configuration.write_text(text, encoding="utf-8")
        argv = [program, "-db", "-f", str(configuration)]
        self._process = start_listener(self._register, argv, self.port, self._folder / "output.log")

    def stop(self) -> None:
        """Stop it; nothing happens when it was not started."""
        if self._process is not None:
            self._process.end()
            self._process = None
        shutil.rmtree(self._run_folder, ignore_errors=True)
