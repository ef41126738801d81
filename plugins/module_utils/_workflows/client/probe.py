# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of our own that writes while a switch runs: started, stopped, and asked what it saw."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from ..._domain.client import wording
from ..._domain.client.events import Header, Record
from ..._domain.client.figures import Rows, as_result, figures_of
from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.sides import Side
from ..._postgres.application import Client, RouteFailed, keywords_of
from ..._postgres.client import probe as table
from ..._postgres.service.situation import read_situation
from ..._postgres.sql.client.probe import WHO
from ..ports import Ports
from . import notebook
from .writer import Task, start_writer

_ANSWER_SECONDS = 5.0
_FIRST_SECONDS = 5.0  # for the first acknowledged write
_STOP_SECONDS = 5.0
_POLL = 0.02
_CHECK = "in check mode no client writes, and nothing is measured"
_UNMEASURED = "The switch is not measured by a client, and goes on without it"


class ClientProbe:
    """``started`` or ``stopped``; what prevents it is told and never an error, since a switch goes on without it."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._wanted: str = params["state"]
        self._application: Mapping[str, Any] = params["application"]
        self._interval = 1.0 / params["rate"]
        self._limit: float = params["limit"]
        self._warning: float = params["gap_warning_ms"]
        self._file: str = params["file"]
        self._may_write = ports.may_write
        self._sides = ports.sides
        self._warn = ports.warn

    def probe(self) -> Report:
        """Start or stop it, and return what it saw."""
        if not self._may_write:
            return self._told(why=_CHECK, lines=[_CHECK] if self._wanted == "started" else [])
        try:
            return self._start() if self._wanted == "started" else self._stop()
        except MigrationError as error:
            return self._not_measured(str(error))
        except (OSError, ValueError) as error:
            return self._not_measured(str(_no_file(self._file, error)))

    def _start(self) -> Report:
        if notebook.is_kept(self._file):
            return self._told(running=True)  # of a run that was killed here
        service = read_situation(self._sides).in_service
        if service is None:
            raise MigrationError("BG754", "It is not clear which side is in service", _UNMEASURED, "Run status")
        table.require_carried(self._sides.session(service), self._sides.migration)
        application, role = self._who()
        try:
            for side in Side:
                table.let_in(self._sides.session(side), role)
            run = str(uuid.uuid4())
            book = notebook.Notebook.begun(self._file, Header(run, role, time.monotonic(), time.time()))
            start_writer(Task(run, application, self._interval, self._limit), self._sides, book)
            self._await_first()
        except BaseException:
            self._end()
            notebook.forget(self._file)
            raise
        return self._told(running=True)

    def _who(self) -> tuple[dict[str, str], str]:
        """Return how the application connects, and as which role it arrives."""
        try:
            application = keywords_of(self._application)
            client = Client(application)
            try:
                [row] = client.ask(WHO, None, Deadline(_ANSWER_SECONDS, "The first connection"), lambda: True)
            finally:
                client.close()
        except (ValueError, RouteFailed) as error:
            raise _no_write(str(error)) from None
        return application, str(row["role"])

    def _await_first(self) -> None:
        """Wait for a write that was acknowledged; without one, stop the probe and say why."""
        end = time.monotonic() + _FIRST_SECONDS
        while True:
            writes = notebook.read_running(self._file).writes
            if any(one.acknowledged for one in writes):
                return
            if time.monotonic() >= end or not notebook.is_kept(self._file):
                break
            time.sleep(_POLL)
        said = [one.sqlstate for one in writes if one.sqlstate is not None]
        raise _no_write(f"its writes ended with {said[-1]}" if said else "no write had an answer")

    def _stop(self) -> Report:
        if not self._end():
            return self._told(why="no probe was at work")
        record = notebook.read_taken(self._file)
        seen = self._judged(record)
        notebook.forget(self._file)
        return self._told(seen=seen, lines=wording.lines_of(seen), alarm=wording.alarm_of(seen, self._warning))

    def _end(self) -> bool:
        """Stop it and take back what was given; return whether there was one."""
        ended = notebook.take_away(self._file, _STOP_SECONDS)
        for side in Side:
            self._let_nobody_in(side)
        return ended is not None

    def _let_nobody_in(self, side: Side) -> None:
        try:
            table.let_nobody_in(self._sides.session(side))
        except MigrationError as error:
            self._warn(f"The probe's right to write stays on {side} until cleanup: {error.what}")

    def _judged(self, record: Record) -> dict[str, Any]:
        """Return the figures; a side that does not answer leaves open what only it could tell."""
        read = {side: self._rows_on(side, record.header.run) for side in Side}
        there = {side: rows for side, rows in read.items() if rows is not None}
        service = read_situation(self._sides).in_service if len(there) == len(Side) else None
        return as_result(record, figures_of(record, there, service))

    def _rows_on(self, side: Side, run: str) -> Rows | None:
        try:
            return table.read_rows(self._sides.session(side), run)
        except MigrationError as error:
            self._warn(f"What the probe wrote on {side} is not known: {error.what}")
            return None

    def _not_measured(self, why: str) -> Report:
        self._warn(why)
        return self._told(why=why, lines=[f"no client measured the switch: {why}"])

    def _told(
        self,
        running: bool = False,
        why: str = "",
        seen: Mapping[str, Any] | None = None,
        lines: list[str] | None = None,
        alarm: str = "",
    ) -> Report:
        if alarm:
            self._warn(alarm)
        line = wording.short_line(seen) if seen else ""
        return Report(
            {"running": running, "why": why, "seen": seen, "line": line, "lines": lines or [], "alarm": alarm}
        )


def _no_write(why: str) -> MigrationError:
    return MigrationError(
        "BG755",
        f"The probe could not write through the application's route: {why}",
        _UNMEASURED,
        "Correct bluegreen_application or the route; route_check tries the same without a write",
    )


def _no_file(path: str, error: Exception) -> MigrationError:
    return MigrationError(
        "BG754", f"The probe's file {path} is of no use: {error}", _UNMEASURED, "Choose another bluegreen_probe_file"
    )
