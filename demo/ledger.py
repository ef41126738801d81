# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: the known outcome of each of the writers' commits, in files outside the databases.

A line announces a transaction before its COMMIT is sent; a second line, fsynced, records the outcome. A writer that was
killed in between leaves only the announcement: the outcome is unknown, and either is right.

Only one writer changes each row, and row locks keep its transactions in order, so the last acknowledged change of a row
decides what a database must hold.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

GONE = None
ANNOUNCED = "announced"
ERROR = "error"
SUFFIX = ".ledger"


class LedgerError(Exception):
    """A ledger cannot be read, or proves nothing; the text says why."""


class Outcome(StrEnum):
    """What the client knows about a COMMIT that it sent."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Effect:
    """The effect of a transaction on one row: `revision`, or GONE. `row` is the id of the operation that created the
    row."""

    table: str
    row: str
    revision: int | None


@dataclass(frozen=True)
class WriterError:
    """One failed attempt. `at`: seconds of the monotonic clock; `attempt` counts from 1 within one operation.

    `fatal`: no further attempt will help, as with a sequence value that was given out twice.
    """

    writer: str
    at: float
    during: str
    attempt: int
    sqlstate: str | None
    fatal: bool
    message: str


class LedgerFile:
    """The ledger of one writer, appended to by one process."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def announce(self, operation: str, effects: Iterable[Effect]) -> None:
        """Record that COMMIT is about to be sent; to outlive this process the line needs no fsync."""
        rows = [[effect.table, effect.row, effect.revision] for effect in effects]
        self._append({"kind": ANNOUNCED, "operation": operation, "effects": rows})

    def settle(self, operation: str, outcome: Outcome, at: float) -> None:
        """Record, durably, the outcome of the announced COMMIT."""
        self._append({"kind": outcome.value, "operation": operation, "at": at})
        os.fsync(self._descriptor)

    def note(self, error: WriterError) -> None:
        """Record a failed attempt."""
        self._append({"kind": ERROR, **vars(error)})

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        if os.write(self._descriptor, line) != len(line):
            raise LedgerError("A line of the ledger was cut short: is the disk full?")


def ledger_files(folder: Path) -> list[Path]:
    """Return the ledgers in a folder, one per writer."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a ledger; the last one is skipped if its writer died before the end of the line.

    Raises LedgerError for any other line that is not JSON.
    """
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield json.loads(line)
            except ValueError as error:
                raise LedgerError(f"Line {number} of {path} is not JSON.") from error


@dataclass
class Expectation:
    """What the databases must hold from one writer: for each row of each table the correct revisions (or GONE)."""

    rows: dict[str, dict[str, tuple[int | None, ...]]] = field(default_factory=dict)
    acknowledged: int = 0
    unknown: int = 0

    def apply(self, effects: Iterable[Effect], outcome: Outcome) -> None:
        """Take in a transaction and its known outcome."""
        self.acknowledged += outcome is Outcome.ACKNOWLEDGED
        self.unknown += outcome is Outcome.UNKNOWN
        for effect in effects if outcome is not Outcome.REFUSED else ():
            table = self.rows.setdefault(effect.table, {})
            possible = table.get(effect.row, (GONE,))
            before = () if outcome is Outcome.ACKNOWLEDGED else possible
            table[effect.row] = (*before, effect.revision)


def fold(records: Iterable[dict[str, Any]]) -> Expectation:
    """Return what the databases must hold according to one writer's ledger.

    Raises LedgerError when an outcome has no announcement.
    """
    expectation = Expectation()
    announced: dict[str, list[Effect]] = {}
    for record in records:
        if record["kind"] == ANNOUNCED:
            announced[record["operation"]] = [Effect(*effect) for effect in record["effects"]]
        elif record["kind"] != ERROR:
            effects = announced.pop(record["operation"], None)
            if effects is None:
                raise LedgerError(f"The outcome of {record['operation']} was never announced.")
            expectation.apply(effects, Outcome(record["kind"]))
    for effects in announced.values():
        expectation.apply(effects, Outcome.UNKNOWN)
    return expectation
