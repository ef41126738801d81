# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a module, wherever it runs, when its run is cancelled, and shows on the terminal where things stand then.

A worker of ansible-playbook has its own session. It would live on, and its connection too, when ansible-playbook is
killed: a module on another host would never notice.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ansible.utils.display import Display

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK_SECONDS = 0.1
_WORKERS_SECONDS = 15.0
_LONGEST = 4000  # bytes: a pipe accepts that much in one piece
_BETWEEN = "nothing of it goes on; the playbook status says where things stand"


class Guard:
    """``ended``: whether the run was cancelled while the block ran. Used in a worker's main thread."""

    def __init__(self, host: str) -> None:
        self.ended = False
        self.result: dict[str, Any] | None = None
        self._host = host
        self._handlers: dict[int, Any] = {}
        self._over = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the block runs; if the run was cancelled, report how it ended, then let Ansible end."""
        self._handlers = {number: signal.signal(number, self._end) for number in _SIGNALS}
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            yield
        finally:
            self._over.set()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            if self.ended:
                _TERMINAL.tell(f"{self._host}: {_told_by(self.result)}")
                os.kill(os.getpid(), signal.SIGTERM)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        """Signal the module, or end the connection to it, and wait for its answer."""
        if not self.ended:
            self.ended = True
            _tell_group()

    def _watch(self) -> None:
        started_by = multiprocessing.parent_process()
        parent = started_by.pid if started_by else os.getppid()
        while not self._over.wait(_LOOK_SECONDS):
            if os.getppid() != parent:
                # No message is needed: running modules notice that this worker is gone, and nothing new starts.
                _tell_group()
                os._exit(1)
            if self.ended:
                _tell_group()  # for programs that start only now


def _tell_group() -> None:
    """Send SIGINT to everything that this worker started; PostgreSQL's programs then cancel their statements.

    Below ansible-core 2.19 the group is not the worker's own, and the signal that cancels the run reaches all of it.
    """
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGINT)


class _Terminal:
    """The pipe from a worker to ansible-playbook's last line; created when this is first imported, before the fork."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._told, self._tell = os.pipe()
        os.set_blocking(self._told, False)
        os.set_blocking(self._tell, False)
        atexit.register(self._say)

    def tell(self, line: str) -> None:
        """Keep a line for the end; lines beyond the pipe's capacity are dropped."""
        try:
            os.write(self._tell, " ".join(line.split()).encode()[:_LONGEST] + b"\n")
        except BlockingIOError:
            return

    def _say(self) -> None:
        if os.getpid() != self._process:
            return
        # Otherwise Python would wait for them afterwards, without a limit.
        limit = time.monotonic() + _WORKERS_SECONDS
        for worker in multiprocessing.active_children():
            worker.join(max(0.0, limit - time.monotonic()))
        try:
            lines = os.read(self._told, 1 << 16).decode("utf-8", "replace").splitlines()
        except BlockingIOError:
            # Since 2.19 Ansible removes its own handler when it is interrupted.
            lines = [_BETWEEN] if signal.getsignal(signal.SIGINT) is signal.SIG_DFL else []
        for line in lines:
            Display().display(f"bluegreen: {line}", stderr=True)


def _told_by(result: dict[str, Any] | None) -> str:
    if result is None or result.get("unreachable"):
        return f"its connection was ended; before its point of no return {_BETWEEN}"
    if result.get("failed"):
        return str(result.get("msg", ""))
    serves = f"; {result['in_service']} is in service" if result.get("in_service") else ""
    return f"the step under way was complete{serves}; the playbook status says where things stand"


_TERMINAL = _Terminal()
