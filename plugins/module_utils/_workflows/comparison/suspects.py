# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of all tables that looked different: read again until they agree or are proven different."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ..._domain.comparison.buckets import Key
from ..._domain.comparison.report import Values
from ..._domain.comparison.verdict import ABSENT, Outcome, Reading, Trial
from .pair import Link
from .table import ComparedTable

OnDifference = Callable[[ComparedTable, Key, Trial], None]
CAPACITY = 2000
_LEAST_TRIES = 5


@dataclass
class _Suspect:
    """A key on trial, with its last readings; ``is_new``: this run has not read it yet."""

    table: ComparedTable
    key: Key
    since: float
    tries: int = 0
    is_new: bool = True
    other: Reading = ABSENT
    reference: Reading = ABSENT

    def as_state(self) -> dict[str, Any]:
        """Return what a later run needs to continue with it, JSON-ready."""
        return {"key": list(self.key), "seconds": round(time.monotonic() - self.since, 3), "tries": self.tries}


class Suspects:
    """A bounded number of keys on trial; one wait for the link serves them all.

    :param row_timeout: seconds after which a row that keeps changing is given up
    :param on_difference: is called with each row that is proven different, and the trial that proved it
    """

    def __init__(self, link: Link, row_timeout: float, on_difference: OnDifference) -> None:
        self._link = link
        self._on_difference = on_difference
        self._row_timeout = row_timeout
        self._open: list[_Suspect] = []
        self._given_up: list[_Suspect] = []

    @property
    def number(self) -> int:
        """Return how many keys are on trial."""
        return len(self._open)

    def take_in(self, table: ComparedTable, number: int) -> None:
        """Take in the suspects of one range; when there are many, try them all until there is room again."""
        for key in table.suspects(number):
            self._open.append(_Suspect(table, key, time.monotonic()))
            while len(self._open) >= CAPACITY:
                self._try_all()

    def put_on_trial(self, table: ComparedTable, keys: Sequence[Key]) -> None:
        """Take in keys that are known to look different."""
        self._open += [_Suspect(table, key, time.monotonic()) for key in keys]

    def take_up(self, table: ComparedTable, states: Sequence[Mapping[str, Any]]) -> None:
        """Take in what :meth:`state_of` has returned in an earlier run."""
        now = time.monotonic()
        self._open += [_Suspect(table, tuple(one["key"]), now - one["seconds"], one["tries"]) for one in states]

    def state_of(self, table: ComparedTable) -> list[dict[str, Any]]:
        """Return a table's undecided keys, including those given up: a later run tries them again."""
        return [suspect.as_state() for suspect in (*self._open, *self._given_up) if suspect.table is table]

    def settle(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Try all until none is left or the slice is over; errors such as the deadline's pass through."""
        while self._open and not is_over():
            self._try_all()

    def give_up(self) -> None:
        """Report those that are left as undecided."""
        for suspect in self._open:
            self._give_up(suspect)
        self._open.clear()

    def _try_all(self) -> None:
        # The proof depends on the order of these readings.
        new = [suspect for suspect in self._open if suspect.is_new]
        for suspect, reading in zip(new, self._read_other(new)):
            suspect.other = reading
        for suspect, reading in zip(new, self._read_reference(new)):
            suspect.reference = reading
        self._link.wait_until_applied()
        other = self._read_other(self._open)
        reference = self._read_reference(self._open)
        still_open = []
        for suspect, theirs, mine in zip(self._open, other, reference):
            trial = Trial(suspect.other, suspect.reference, theirs, mine)
            suspect.tries += 1
            suspect.is_new = False
            if not self._is_open(suspect, trial):
                continue
            suspect.other, suspect.reference = theirs, mine
            if self._had_its_time(suspect):
                self._give_up(suspect)
            else:
                still_open.append(suspect)
        self._open = still_open

    def _had_its_time(self, suspect: _Suspect) -> bool:
        return suspect.tries >= _LEAST_TRIES and time.monotonic() - suspect.since > self._row_timeout

    def _give_up(self, suspect: _Suspect) -> None:
        findings = suspect.table.findings
        findings.add_undecided(findings.named(suspect.key))
        self._given_up.append(suspect)

    def _is_open(self, suspect: _Suspect, trial: Trial) -> bool:
        comparison, findings = suspect.table.comparison, suspect.table.findings
        outcome = trial.outcome(settled_only=not comparison.key or not self._link.exists)
        if outcome is Outcome.DIFFERS:
            self._on_difference(suspect.table, suspect.key, trial)
            columns = trial.differing_columns(tuple(column.name for column in comparison.columns))
            findings.add_difference(trial.kind, findings.named(suspect.key), columns, _values(suspect, trial, columns))
        return outcome is Outcome.OPEN

    def _read_other(self, suspects: Sequence[_Suspect]) -> list[Reading]:
        return self._read(suspects, of_reference=False)

    def _read_reference(self, suspects: Sequence[_Suspect]) -> list[Reading]:
        return self._read(suspects, of_reference=True)

    def _read(self, suspects: Sequence[_Suspect], of_reference: bool) -> list[Reading]:
        readings: dict[int, Reading] = {}
        for group in _by_table(suspects):
            table = group[0].table
            reader = table.reference if of_reference else table.other
            found = reader.read([suspect.key for suspect in group], table.findings.has_room)
            readings.update({id(suspect): found[suspect.key] for suspect in group})
        return [readings[id(suspect)] for suspect in suspects]


def say_nothing(_table: ComparedTable, _key: Key, _trial: Trial) -> None:
    """Only count and describe a row that is proven different."""


def _values(suspect: _Suspect, trial: Trial, columns: tuple[str, ...] | None) -> Values | None:
    """Return the values that differ, if they were read; of rows that one side lacks, all values."""
    sides = {suspect.table.comparison.reference: trial.reference, suspect.table.comparison.reference.other: trial.other}
    if not any(reading.values for reading in sides.values()):
        return None
    shown = suspect.table.shown
    return {
        column.name: {str(side): reading.values[number] for side, reading in sides.items() if reading.values}
        for number, column in enumerate(suspect.table.comparison.columns)
        if column.name in shown and (columns is None or column.name in columns)
    }


def _by_table(suspects: Sequence[_Suspect]) -> list[list[_Suspect]]:
    groups: dict[int, list[_Suspect]] = {}
    for suspect in suspects:
        groups.setdefault(id(suspect.table), []).append(suspect)
    return list(groups.values())
