# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of a module, which end when its run is cancelled."""

from __future__ import annotations

import signal
import subprocess
from typing import Any, Callable

Run = Callable[..., "tuple[int, str, str]"]
_SECONDS = 1.0


class Commands:
    """AnsibleModule.run_command, and what it has started."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._started: list[subprocess.Popen[bytes]] = []

    def run(self, *arguments: Any, **keywords: Any) -> tuple[int, str, str]:
        """Run a command to its end, as AnsibleModule.run_command does."""
        return self._run(*arguments, before_communicate_callback=self._started.append, **keywords)

    def end(self) -> None:
        """End those that still run, by SIGINT: PostgreSQL's programs then cancel their statements on the server."""
        running = [one for one in self._started if one.poll() is None]
        for one in running:
            one.send_signal(signal.SIGINT)
        for one in running:
            _end(one)


def _end(command: subprocess.Popen[bytes]) -> None:
    try:
        command.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        command.kill()
        command.wait()
