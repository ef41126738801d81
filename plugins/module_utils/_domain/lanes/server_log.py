# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a lane's worker failed, in the server's own words: its log in any format that it writes. Pure.

Source: PostgreSQL's manual, "Using CSV-Format Log Output" and "Using JSON-Format Log Output", and for the format stderr
`src/backend/utils/error/elog.c` and `apply_error_callback` in `src/backend/replication/logical/worker.c`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..refusal import UNIQUE_VIOLATION

# Places in a line of csvlog; 14 has all of them.
_PID, _SEVERITY, _SQLSTATE, _MESSAGE, _CONTEXT, _BACKEND = 3, 11, 12, 13, 18, 23
_OURS, _PARALLEL = "logical replication", "parallel"
_APPLYING = "processing remote data"
_DURING = (
    r'during message type "[A-Z0-9? ()]+"( for replication target relation ".*"( column ".*")?)?'
    r"( in transaction \d+(, finished at [0-9A-F]+/[0-9A-F]+)?)?"
)
_REFUSALS = ("ERROR", "FATAL", "PANIC")
# Conflicts that stop a worker; the others are only noted.
_STOPPING = ("insert_exists", "update_exists", "multiple_unique_conflicts")
# A line of stderr begins with log_line_prefix, which is the user's choice; every line that continues one, with a tab.
_DETAILS = ("DETAIL", "HINT", "QUERY", "CONTEXT", "LOCATION", "STATEMENT")
_KINDS = (r"DEBUG\d?", "LOG", "INFO", "NOTICE", "WARNING", *_REFUSALS, *_DETAILS)
_PART = re.compile(rf"(?:^|(?<=\W))(?P<kind>{'|'.join(_KINDS)}):  (?P<text>.*)")


@dataclass(frozen=True)
class Reason:
    """What the server says: ``words`` without values of rows, which stand in the details that are left out.

    ``sqlstate`` is ``None`` where the log's format has none.
    """

    sqlstate: str | None
    words: str

    @property
    def is_a_row_in_the_way(self) -> bool | None:
        """Tell whether a row that is there already stops the lane; ``None`` where the log does not say."""
        return None if self.sqlstate is None else self.sqlstate == UNIQUE_VIOLATION


@dataclass(frozen=True)
class _Entry:
    pid: str
    severity: str
    sqlstate: str
    message: str
    context: str
    backend: str

    @property
    def is_parallel(self) -> bool:
        return _PARALLEL in self.backend

    @property
    def words(self) -> str:
        return _words(self.message, self.context.split("\n"))


def reason_in(log: str, format_: str, lane: str, origin: str) -> Reason | None:
    """Return the newest refusal of that lane's worker in the end of a log, ``None`` if there is none.

    :param log: begins with the rest of a line
    :param format_: ``csvlog``, ``jsonlog`` or ``stderr``
    :param lane: the subscription's name
    :param origin: its replication origin, which 15 and later name with each error
    """
    whole = log.partition("\n")[2]
    if format_ in _STRUCTURED:
        return _newest(list(_STRUCTURED[format_](whole)), lane, origin)
    return _newest_in_text(whole, origin)


def reason_counted(before: Mapping[str, int], now: Mapping[str, int]) -> Reason | None:
    """Return the reason that counters of conflicts tell (18 and later): those that have moved."""
    moved = [kind for kind in _STOPPING if kind in now and now[kind] > before.get(kind, 0)]
    return Reason(UNIQUE_VIOLATION, f"conflict {', '.join(moved)}") if moved else None


def _newest(entries: list[_Entry], lane: str, origin: str) -> Reason | None:
    ours = [entry for entry in entries if entry.backend.startswith(_OURS)]
    marks = (f'"{lane}"', f'"{origin}"')
    workers = {entry.pid for entry in ours if any(mark in entry.message + entry.context for mark in marks)}
    refusals = [entry for entry in ours if entry.pid in workers and entry.severity in _REFUSALS]
    if not refusals:
        return None
    newest = refusals[-1]
    if len(refusals) > 1 and refusals[-2].is_parallel and not newest.is_parallel:
        # A worker that applies beside it has failed before; the newest line only says so.
        newest = refusals[-2]
    return Reason(newest.sqlstate, newest.words)


def _from_csv(log: str) -> Iterator[_Entry]:
    for line in csv.reader(log.splitlines(keepends=True)):
        if len(line) > _BACKEND:
            yield _Entry(*(line[place] for place in (_PID, _SEVERITY, _SQLSTATE, _MESSAGE, _CONTEXT, _BACKEND)))


def _from_json(log: str) -> Iterator[_Entry]:
    keys = ("pid", "error_severity", "state_code", "message", "context", "backend_type")
    for line in log.split("\n"):
        try:
            told = json.loads(line)
        except ValueError:
            continue  # the last line is not whole yet
        if isinstance(told, dict):
            yield _Entry(*(str(told.get(key, "")) for key in keys))


_STRUCTURED: dict[str, Callable[[str], Iterator[_Entry]]] = {"csvlog": _from_csv, "jsonlog": _from_json}


def _newest_in_text(log: str, origin: str) -> Reason | None:
    # The worker's own line is a context's last one; lines before it hold names that others have chosen.
    ours = re.compile(rf'{_APPLYING} for replication origin "{re.escape(origin)}" {_DURING}')
    newest = None
    for report in _reports(log.splitlines()):
        (severity, message), *details = report
        context = next((text.split("\n") for kind, text in details if kind == "CONTEXT"), [""])
        if severity in _REFUSALS and ours.fullmatch(context[-1]):
            newest = Reason(None, _words(message, context))
    return newest


def _reports(lines: Iterable[str]) -> Iterator[list[tuple[str, str]]]:
    """Yield each report as its parts, kind and text; the server writes the lines of one report together."""
    report: list[tuple[str, str]] = []
    for line in lines:
        part = _PART.search(line)
        if line.startswith("\t") and report:
            kind, text = report[-1]
            report[-1] = (kind, f"{text}\n{line[1:]}")
        elif part is None:
            continue
        elif part["kind"] in _DETAILS and report:
            report.append((part["kind"], part["text"]))
        else:
            if report:
                yield report
            report = [(part["kind"], part["text"])] if part["kind"] not in _DETAILS else []
    if report:
        yield report


def _words(message: str, context: list[str]) -> str:
    # The lines before it are those of triggers and functions, whose statements may hold values.
    return message + (f" ({context[-1]})" if context[-1].startswith(_APPLYING) else "")
