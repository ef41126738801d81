# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program between applications and servers: found, started, and waited for until it listens."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from demo.processes import ProcessRegister, RegisteredProcess

_START_SECONDS = 10.0
_POLL_SECONDS = 0.02


class ListenerError(Exception):
    """The program is not installed or did not start; the text holds its output."""


def find_program(name: str) -> str | None:
    """Return the path of a program; Debian installs such programs where only root's PATH finds them."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def start_listener(
    register: ProcessRegister, argv: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> RegisteredProcess:
    """Start it and return when it listens on `port` of loopback. Raises ListenerError.

    :param environment: what it finds in its environment beside ours
    """
    with log.open("wb") as stream:
        started = register.start(argv, stream, {**os.environ, "LC_ALL": "C", **(environment or {})})
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and started.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return started
        time.sleep(_POLL_SECONDS)
    started.end()
    raise ListenerError(log.read_text(encoding="utf-8", errors="replace"))
