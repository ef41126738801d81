# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer: a process that does transactions until it is told to stop, and reconnects as a good driver does.

Run as `python -m demo.writer_process`, with its settings as JSON on standard input, because they hold a password.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from demo.ledger import LedgerFile, Outcome, WriterError
from demo.operations import Heartbeats, Operation, OperationSource, Shop

_BACKOFF_SECONDS = (0.002, 0.005)
_CONNECT_TIMEOUT_SECONDS = 2
_FIRST_LINE_LENGTH = 300
# Read-only, lock timeout, deadlock, serialisation failure, too many connections: another attempt may succeed.
_CURED_BY_RETRY = frozenset({"25006", "55P03", "40P01", "40001", "53300"})
# Connection lost, server shut down or crashed.
_CONNECTION_CLASSES = frozenset({"08", "57", "58", "XX"})


@dataclass(frozen=True)
class WriterSettings:
    """A writer's settings.

    `interval`: seconds between two transactions, None for as fast as possible; `parent`: it ends with that process.
    """

    dsn: str
    ledger: str
    writer: str
    interval: float | None
    heartbeats: bool
    parent: int


class VoidOperationError(Exception):
    """A statement reached no row: an acknowledged row is missing."""


def cured_by_retry(sqlstate: str | None) -> bool:
    """Whether a good driver retries after this error; None: the connection broke or was never made."""
    return sqlstate is None or sqlstate in _CURED_BY_RETRY or sqlstate[:2] in _CONNECTION_CLASSES


def outcome_of_failed_commit(sqlstate: str | None, connection_closed: bool) -> Outcome:
    """Only a server that answered on an intact connection has certainly refused the commit."""
    if connection_closed or sqlstate is None or sqlstate[:2] in _CONNECTION_CLASSES:
        return Outcome.UNKNOWN
    return Outcome.REFUSED


class Pace:
    """Says how long to wait for the next turn; missed turns are not made up for."""

    def __init__(self, interval: float | None) -> None:
        self._interval = interval
        self._due: float | None = None

    def delay(self, now: float) -> float:
        """Return the seconds from `now` to the next turn, and take that turn."""
        if self._interval is None:
            return 0.0
        self._due = now if self._due is None else max(self._due + self._interval, now)
        return self._due - now


class Writer:
    """Does operations one after the other, each until its outcome is known or its connection was lost in COMMIT."""

    def __init__(self, settings: WriterSettings, source: OperationSource) -> None:
        self._settings = settings
        self._source = source
        self._ledger = LedgerFile(Path(settings.ledger))
        self._pace = Pace(settings.interval)
        self._connection: Any = None
        self._told_to_stop = False

    def stop(self, *_signal: object) -> None:
        """End after the current operation."""
        self._told_to_stop = True

    def run(self) -> None:
        """Write until told to stop, or until the parent is gone."""
        while self._goes_on():
            time.sleep(self._pace.delay(time.monotonic()))
            self._carry_out(self._source.next_operation())
        self._disconnect()
        self._ledger.close()

    def _goes_on(self) -> bool:
        return not self._told_to_stop and os.getppid() == self._settings.parent

    def _carry_out(self, operation: Operation) -> None:
        attempt = 1
        while self._goes_on() and self._must_try_again(operation, attempt):
            attempt += 1
            time.sleep(random.uniform(*_BACKOFF_SECONDS))

    def _must_try_again(self, operation: Operation, attempt: int) -> bool:
        during = "connect"
        try:
            connection = self._connected()
            during = "statement"
            _execute(connection, operation)
        except (psycopg2.Error, VoidOperationError) as error:
            return self._failed(error, during, attempt)
        return self._commit(connection, operation, attempt)

    def _commit(self, connection: Any, operation: Operation, attempt: int) -> bool:
        self._ledger.announce(operation.id, operation.effects)
        try:
            connection.commit()
        except psycopg2.Error as error:
            outcome = outcome_of_failed_commit(error.pgcode, bool(connection.closed))
            self._ledger.settle(operation.id, outcome, time.monotonic())
            again = self._failed(error, "commit", attempt)
            return again and outcome is Outcome.REFUSED
        self._ledger.settle(operation.id, Outcome.ACKNOWLEDGED, time.monotonic())
        self._source.acknowledged(operation)
        return False

    def _failed(self, error: Exception, during: str, attempt: int) -> bool:
        sqlstate = error.pgcode if isinstance(error, psycopg2.Error) else None
        message = str(error).strip().partition("\n")[0][:_FIRST_LINE_LENGTH]
        fatal = isinstance(error, VoidOperationError) or not cured_by_retry(sqlstate)
        now = time.monotonic()
        self._ledger.note(WriterError(self._settings.writer, now, during, attempt, sqlstate, fatal, message))
        self._disconnect()
        return not fatal

    def _connected(self) -> Any:
        if self._connection is None:
            self._connection = psycopg2.connect(self._settings.dsn, connect_timeout=_CONNECT_TIMEOUT_SECONDS)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _execute(connection: Any, operation: Operation) -> None:
    with connection.cursor() as cursor:
        for statement in operation.statements:
            cursor.execute(statement.text, statement.values)
            if cursor.rowcount < 1:
                raise VoidOperationError(f"{operation.id} reached no row: {statement.text.strip()}")


def main() -> None:
    """Read the settings, then write until SIGTERM."""
    settings = WriterSettings(**json.load(sys.stdin))
    source = Heartbeats(settings.writer) if settings.heartbeats else Shop(settings.writer)
    writer = Writer(settings, source)
    signal.signal(signal.SIGTERM, writer.stop)
    writer.run()


if __name__ == "__main__":
    main()
