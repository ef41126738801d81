# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook under ansible-runner, as AWX runs it, that can be cancelled as AWX cancels it."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ansible_runner

from demo.commands import PROJECT
from tests.live.modules import MARK, left_running
from tests.live.stop import Ambush, Event, Stop

_EXAMPLES = PROJECT / "docs" / "examples" / "awx"
_SECONDS = 120.0
_POLL = 0.005


class Job:
    """One job. `ended`: when it reported its end, in seconds of the wall clock."""

    def __init__(
        self, playbook: str, arguments: Sequence[str], environment: Mapping[str, str], stop: Stop | None = None
    ) -> None:
        self._mark = secrets.token_hex(8)
        self._folder = Path(tempfile.mkdtemp(prefix="bluegreen-job-"))
        self._ambush = Ambush(stop) if stop else None
        shutil.copytree(_EXAMPLES, self._folder / "project")
        self._cancelled = threading.Event()
        self._begun: set[str] = set()
        self._runner: Any = None
        self.ended = 0.0
        told = self._ambush.environment if self._ambush else {}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        variables = {**environment, **told, MARK: self._mark, "PATH": path}
        self._thread = threading.Thread(target=self._run, args=(playbook, shlex.join(arguments), variables))
        self._thread.start()

    def _run(self, playbook: str, arguments: str, variables: dict[str, str]) -> None:
        self._runner = ansible_runner.run(
            private_data_dir=str(self._folder),
            playbook=f"{playbook}.yml",
            envvars=variables,
            cmdline=arguments,
            quiet=True,
            settings={"pexpect_timeout": 0.05},
            cancel_callback=self._cancelled.is_set,
            event_handler=self._hear,
        )
        self.ended = time.time()

    def _hear(self, event: dict[str, Any]) -> bool:
        if event["event"] == "playbook_on_task_start":
            self._begun.add(event["event_data"]["name"].rpartition(" : ")[2])
        return False

    @property
    def over(self) -> bool:
        """Tell whether the job has ended."""
        return not self._thread.is_alive()

    def await_task(self, name: str) -> None:
        """Wait until the task of that name begins, or the job ends."""
        deadline = time.monotonic() + _SECONDS
        while name not in self._begun and self._thread.is_alive():
            assert time.monotonic() < deadline, f"{name} does not begin: {sorted(self._begun)}"
            time.sleep(_POLL)

    def cancel(self) -> None:
        """Let ansible-runner find it cancelled at its next check."""
        self._cancelled.set()

    def await_hit(self) -> Event:
        """Wait until the switch has reached the place to be hit."""
        assert self._ambush is not None
        hit = self._ambush.await_hit(self._thread.is_alive)
        assert hit is not None, self.wait()
        return hit

    def go_on(self) -> None:
        """Let the switch continue."""
        assert self._ambush is not None
        self._ambush.go_on()

    def wait(self) -> tuple[str, str]:
        """Wait for the job's end; return its status and its output."""
        self._thread.join(_SECONDS)
        assert not self._thread.is_alive(), "the job does not end"
        with self._runner.stdout as stream:
            return str(self._runner.status), stream.read()

    def await_nothing_left(self, seconds: float) -> list[int]:
        """Return the processes of the job that still run after that time; returns at once if there are none."""
        deadline = time.monotonic() + seconds
        while (left := left_running(self._mark)) and time.monotonic() < deadline:
            time.sleep(_POLL)
        return left

    def close(self) -> None:
        """Remove its folder, with the passwords that its environment holds."""
        if self._ambush is not None:
            self._ambush.close()
        shutil.rmtree(self._folder)
