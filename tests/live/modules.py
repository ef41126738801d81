# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts modules and playbooks as processes, follows a switch in them, and finds processes that they left running."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from demo.commands import PROJECT
from tests.fixtures.returned import untrue
from tests.live.stop import Ambush, Event, Stop

MARK = "BLUEGREEN_STARTED_BY"
_POLL = 0.005
_LOOK = 0.05
_SHOWN = 2000


class ModuleFailed(Exception):
    """A module that had to succeed failed; the text is its own."""


class SwitchProcess:
    """A command that switches. `stop`: where to hit the switch, in whichever process of the command it runs.

    `terminal`: used instead of pipes; the command then leads its own process group.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        data: str,
        stop: Stop | None,
        terminal: int | None = None,
    ) -> None:
        self._mark = secrets.token_hex(8)
        self._ambush = Ambush(stop) if stop else None
        self.events: list[Event] = []
        self.process = subprocess.Popen(
            list(argv),
            cwd=PROJECT,
            env={**environment, **(self._ambush.environment if self._ambush else {}), MARK: self._mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
            start_new_session=terminal is not None,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.close()
        self.process.stdin = None

    def await_hit(self) -> Event | None:
        """Wait for the hit; None when the command ended without one."""
        assert self._ambush is not None
        return self._ambush.await_hit(lambda: self.process.poll() is None)

    def go_on(self) -> None:
        """Let the switch continue after the harness has done its part."""
        assert self._ambush is not None
        self._ambush.go_on()

    def kill(self) -> None:
        """Kill the command and wait until it is dead: before that, whoever looks for it still finds it."""
        self.process.kill()
        self.process.wait()

    def wait(self, timeout: float = 60.0) -> dict[str, Any]:
        """Wait for its end and return its result, with `failed` if it failed; a killed command has no result: {}.

        Raises subprocess.TimeoutExpired, after it was killed.
        """
        try:
            output, errors = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return {} if self.process.returncode < 0 else self._result(output, errors)

    def left_running(self) -> list[int]:
        """Return the processes that it started and that are still alive, above all the watchdog."""
        return [pid for pid in left_running(self._mark) if pid != self.process.pid]

    def await_nothing_left(self, timeout: float) -> bool:
        """Wait until no process that it started runs any more; false if one still does."""
        deadline = time.monotonic() + timeout
        while self.left_running():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        if self._ambush is not None:
            self.events = self._ambush.events()
            self._ambush.close()
            self._ambush = None
        return True

    def _result(self, output: str, errors: str) -> dict[str, Any]:
        try:
            result: dict[str, Any] = json.loads(output)
        except ValueError:
            said = (output + errors)[-_SHOWN:]
            return {"failed": True, "msg": f"no result, exit status {self.process.returncode}: {said}"}
        return result


class ModuleProcess(SwitchProcess):
    """One run of a module without Ansible. `caller`: the command that starts it instead of Ansible."""

    def __init__(
        self,
        module: str,
        parameters: dict[str, Any],
        stop: Stop | None = None,
        *,
        check: bool = False,
        caller: Sequence[str] = (),
    ) -> None:
        self._promise = partial(untrue, module, check=check)
        request = json.dumps({"module": module, "parameters": parameters, "check": check})
        super().__init__([*caller, sys.executable, "-m", "tests.live.module_process"], os.environ, request, stop)

    def _result(self, output: str, errors: str) -> dict[str, Any]:
        result = super()._result(output, errors)
        assert self._promise(result) == []
        return result


class PlaybookProcess(SwitchProcess):
    """One run of a playbook, by ansible-playbook."""

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        stop: Stop | None = None,
        terminal: int | None = None,
    ) -> None:
        super().__init__(argv, environment, "", stop, terminal)

    def _result(self, output: str, errors: str) -> dict[str, Any]:
        return {"failed": self.process.returncode != 0, "msg": (output + errors)[-_SHOWN:]}


def run_module(
    module: str, parameters: dict[str, Any], *, check: bool = False, timeout: float = 60.0
) -> dict[str, Any]:
    """Run a module to its end and return its result. Raises ModuleFailed."""
    result = ModuleProcess(module, parameters, check=check).wait(timeout)
    if result.get("failed"):
        raise ModuleFailed(f"{module}: {result['msg']}")
    return result


def run_and_measure(module: str, parameters: dict[str, Any], timeout: float = 60.0) -> tuple[dict[str, Any], int]:
    """Run a module to its end and return its result and its peak memory in bytes."""
    process, peak, end = ModuleProcess(module, parameters), 0, time.monotonic() + timeout
    while process.process.poll() is None and time.monotonic() < end:
        peak = max(peak, _most_memory(process.process.pid))
        time.sleep(_LOOK)
    return process.wait(max(1.0, end - time.monotonic())), peak


def _most_memory(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0  # it has ended meanwhile
    return max((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), default=0)


def left_running(mark: str) -> list[int]:
    """Return the processes that carry this mark in their environment."""
    return [pid for pid in _processes() if _carries(pid, f"{MARK}={mark}")]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _carries(pid: int, variable: str) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False  # it has ended meanwhile
    return variable.encode() in environment.split(b"\0") and state != "Z"
