# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe's process: it writes as the application does, until it is told to stop or its time is over."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from ..._domain.client import events
from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.sides import Side
from ..._postgres.application import Client, RouteFailed
from ..._postgres.client.probe import let_nobody_in
from ..._postgres.sides import Sides
from ..._postgres.sql.client.probe import WRITE
from ..detached import detach
from .notebook import Notebook

_ANSWER_SECONDS = 30.0  # for one write; a client that is held waits so long
_PATIENCE = 0.005  # before the next attempt, where the interval is shorter
_MANY = 100  # failures in a row, after which a route that is down is asked less often
_REST = 0.5


@dataclass(frozen=True)
class Task:
    """What to do. ``interval``: seconds from one write to the next; ``limit``: those until it ends by itself."""

    run: str
    application: Mapping[str, str]
    interval: float
    limit: float


def start_writer(task: Task, sides: Sides, book: Notebook) -> None:
    """Fork the process, which outlives this one, and leave the file to it."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            detach(keep=(book.descriptor,))
            _Writer(task, book).work()
            _leave(sides, book)
            status = 0
        finally:
            os._exit(status)
    book.close()


def _leave(sides: Sides, book: Notebook) -> None:
    """Take back the application's right where nobody has stopped us, who would do it: that run may be dead."""
    if not book.is_wanted():
        return
    own = sides.fresh()
    for side in Side:
        with suppress(MigrationError):  # the next start, stop or cleanup does it
            let_nobody_in(own.session(side))


class _Writer:
    def __init__(self, task: Task, book: Notebook) -> None:
        self._task = task
        self._book = book
        self._client: Client | None = None

    def work(self) -> None:
        """Write row after row; missed turns are not made up for."""
        end = time.monotonic() + self._task.limit
        due, number, failed = time.monotonic(), 0, 0
        while self._book.is_wanted() and time.monotonic() < end:
            number += 1
            failed = 0 if self._write(number) else failed + 1
            if failed:
                time.sleep(max(_REST if failed > _MANY else _PATIENCE, self._task.interval))
            due = max(due + self._task.interval, time.monotonic())
            time.sleep(due - time.monotonic() if due > time.monotonic() else 0.0)
        by = events.LIMIT if self._book.is_wanted() else events.STOPPED
        self._book.put_down(events.end_line(time.monotonic(), by))

    def _write(self, number: int) -> bool:
        self._book.put_down(events.sent_line(number, time.monotonic()))
        outcome, certain = self._outcome(number)
        self._book.put_down(events.answer_line(number, time.monotonic(), outcome, certain=certain))
        return outcome == events.DONE

    def _outcome(self, number: int) -> tuple[str, bool]:
        """Try it once; after any failure the connection is made anew, which finds the side in service."""
        try:
            self._client = self._client or Client(self._task.application)
        except RouteFailed:
            return events.NO_CONNECTION, True
        try:
            deadline = Deadline(_ANSWER_SECONDS, "A write of the probe")
            self._client.ask(WRITE, {"run": self._task.run, "number": number}, deadline, self._book.is_wanted)
        except RouteFailed as failed:
            self._client.close()
            self._client = None
            certain = events.is_certain(failed.sqlstate, failed.connected)
            return failed.sqlstate or events.NO_CONNECTION, certain
        return events.DONE, False
