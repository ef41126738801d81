# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's own processes: each is registered, so that the next run can end what a killed run left behind.

A process holds a lock on its entry as long as it lives. A process id alone could be somebody else's by now.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

_TERM_SECONDS = 10.0
_KILL_SECONDS = 2.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class RegisteredProcess:
    """A process that leads a group, and the entry that it has locked."""

    process: subprocess.Popen[bytes]
    entry: Path

    def wait(self) -> int:
        """Wait for its end and return its exit status."""
        status = self.process.wait()
        self.entry.unlink(missing_ok=True)
        return status

    def end(self) -> None:
        """End it with its whole group, gently first."""
        _end_group(self.process.pid, lambda: self.process.poll() is None)
        self.entry.unlink(missing_ok=True)


class ProcessRegister:
    """The processes that were started below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, argv: Sequence[str], log: BinaryIO, environment: Mapping[str, str]) -> RegisteredProcess:
        """Start a process that Ctrl-C does not reach. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock, name = tempfile.mkstemp(suffix=".pid", dir=self._folder)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                pass_fds=[lock],
            )
            os.write(lock, str(process.pid).encode())
        finally:
            os.close(lock)
        return RegisteredProcess(process, Path(name))

    def end_leftovers(self) -> None:
        """End what an earlier run started and could not end."""
        for entry in self._folder.glob("*.pid"):
            number = entry.read_text(encoding="utf-8")
            if number and _locked(entry):
                _end_group(int(number), partial(_locked, entry))
            entry.unlink()


def _locked(entry: Path) -> bool:
    with entry.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _end_group(group: int, alive: Callable[[], bool]) -> None:
    for signal_number, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
        # The second signal is also for members of the group that outlive their leader.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal_number)
        deadline = time.monotonic() + seconds
        while alive() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
