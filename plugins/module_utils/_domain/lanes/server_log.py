# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a lane's worker failed, in the server's own words: its log in PostgreSQL's format csvlog. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..refusal import UNIQUE_VIOLATION

# Places in a line (PostgreSQL's manual, "Using CSV-Format Log Output"); 14 has all of them.
_PID, _SEVERITY, _SQLSTATE, _MESSAGE, _CONTEXT, _BACKEND = 3, 11, 12, 13, 18, 23
_OURS, _PARALLEL = "logical replication", "parallel"
_REFUSALS = ("ERROR", "FATAL", "PANIC")
# Conflicts that stop a worker; the others are only noted.
_STOPPING = ("insert_exists", "update_exists", "multiple_unique_conflicts")


@dataclass(frozen=True)
class Reason:
    """What the server says: ``words`` without values of rows, which stand in the details that are left out."""

    sqlstate: str
    words: str

    @property
    def is_a_row_in_the_way(self) -> bool:
        """Tell whether a row that is there already stops the lane."""
        return self.sqlstate == UNIQUE_VIOLATION


def reason_in(log: str, lane: str, origin: str) -> Reason | None:
    """Return the newest refusal of that lane's worker in the end of a log, ``None`` if there is none.

    :param lane: the subscription's name
    :param origin: its replication origin, which 15 and later name with each error
    """
    lines = [line for line in _lines(log) if len(line) > _BACKEND and line[_BACKEND].startswith(_OURS)]
    marks = (f'"{lane}"', f'"{origin}"')
    workers = {line[_PID] for line in lines if any(mark in line[_MESSAGE] + line[_CONTEXT] for mark in marks)}
    refusals = [line for line in lines if line[_PID] in workers and line[_SEVERITY] in _REFUSALS]
    if not refusals:
        return None
    newest = refusals[-1]
    if len(refusals) > 1 and _PARALLEL in refusals[-2][_BACKEND] and _PARALLEL not in newest[_BACKEND]:
        # A worker that applies beside it has failed before; the newest line only says so.
        newest = refusals[-2]
    context = newest[_CONTEXT].partition("\n")[0]
    return Reason(newest[_SQLSTATE], newest[_MESSAGE] + (f" ({context})" if context else ""))


def reason_counted(before: Mapping[str, int], now: Mapping[str, int]) -> Reason | None:
    """Return the reason that counters of conflicts tell (18 and later): those that have moved."""
    moved = [kind for kind in _STOPPING if kind in now and now[kind] > before.get(kind, 0)]
    return Reason(UNIQUE_VIOLATION, f"conflict {', '.join(moved)}") if moved else None


def _lines(log: str) -> Iterable[list[str]]:
    # The first line of a log's end is only the rest of one.
    return csv.reader(log.partition("\n")[2].splitlines(keepends=True))
