# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's callers: the processes up to Ansible's or sshd's own, and the pipe that takes our answer.

Ansible starts a module in a session of its own: no signal that ends ansible-playbook reaches it.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STARTS_RUNS = "ansible"  # ansible-playbook and its workers, ansible-runner
_LETS_IN = "sshd"  # its process for a connection ends with the connection; the daemon may be restarted meanwhile
_ANSWERS = 1  # standard output
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL
_DEAD = "ZX"


@dataclass(frozen=True)
class _Process:
    """A process as /proc shows it; its number and start time together identify it."""

    pid: int
    parent: int
    started: str
    name: str

    def lives(self) -> bool:
        found = _stat(self.pid)
        return found is not None and found[1] == self.started


class Caller:
    """``gone()`` costs some 50 µs, so it may be called while clients are held."""

    def __init__(self) -> None:
        """Find the present callers."""
        chain = list(_up_to_the_start())
        self._chain = chain or list(_ancestors())[:1]
        # A module is started by a worker of ansible-playbook: a worker alone has lost it before we looked.
        self._orphan = [one.name.startswith(_STARTS_RUNS) for one in chain].count(True) == 1
        self._answers = select.poll()
        self._answers.register(_ANSWERS, 0)

    def gone(self) -> str | None:
        """Return what has cancelled the run, ``None`` while all callers live."""
        if self._orphan:
            return f"the end of {self._chain[-1].name} before it began"
        for process in self._chain:
            if not process.lives():
                return f"the end of {process.name} (process {process.pid})"
        if any(event & _GONE for _descriptor, event in self._answers.poll(0)):
            return "its caller, which has exited"
        return None


def _up_to_the_start() -> Iterator[_Process]:
    """Yield our ancestors up to the process that started the run; none if it is unknown."""
    passed: list[_Process] = []
    started = False
    for process in _ancestors():
        if started and not process.name.startswith(_STARTS_RUNS):
            return
        passed.append(process)
        if process.name.startswith((_STARTS_RUNS, _LETS_IN)):
            yield from passed
            passed, started = [], True
        if process.name.startswith(_LETS_IN):
            return


def _ancestors() -> Iterator[_Process]:
    pid = os.getppid()
    while pid > 1:
        found = _stat(pid)
        if found is None:
            return
        yield _Process(pid, found[0], found[1], _name(pid))
        pid = found[0]


def _stat(pid: int) -> tuple[int, str] | None:
    """Return the parent and the start time of a living process, ``None`` if there is none or it is unknown."""
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    state, parent, *others = told.rpartition(b")")[2].decode().split()
    return None if state in _DEAD else (int(parent), others[17])


def _name(pid: int) -> str:
    """Return the program's name; for an interpreter, the name of the script that it runs."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return "a process"
    names = [word.rpartition("/")[2].partition(":")[0] for word in words[:3]]
    return next((name for name in names if name.startswith((_STARTS_RUNS, _LETS_IN))), names[0])
