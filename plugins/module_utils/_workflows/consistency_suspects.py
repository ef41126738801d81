# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that looked different, of all tables together, tried until they agree or are proven different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_buckets import Key
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_verdict import (
    ABSENT,
    Outcome,
    Reading,
    Trial,
)

from .consistency_pair import Link
from .consistency_table import ComparedTable

CAPACITY = 2000


@dataclass
class _Suspect:
    """A key on trial, with the last readings of it."""

    table: ComparedTable
    key: Key
    is_new: bool = True
    other: Reading = ABSENT
    reference: Reading = ABSENT


class Suspects:
    """A bounded number of keys on trial; one wait for the link serves them all."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._open: list[_Suspect] = []

    def take_in(self, table: ComparedTable, mask: int) -> None:
        """Take in a table's suspects; when there are many, try them all until there is room again."""
        for key in table.suspects(mask):
            self._open.append(_Suspect(table, key))
            while len(self._open) >= CAPACITY:
                self._try_all()

    def settle(self) -> None:
        """Try all until none is left; ends only so, or with an error such as the deadline's."""
        while self._open:
            self._try_all()

    def give_up(self) -> None:
        """Report those that are left as undecided."""
        for suspect in self._open:
            findings = suspect.table.findings
            findings.add_undecided(findings.named(suspect.key))
        self._open.clear()

    def _try_all(self) -> None:
        # The order of these readings is what the proof rests on.
        new = [suspect for suspect in self._open if suspect.is_new]
        for suspect, reading in zip(new, self._read_other(new)):
            suspect.other = reading
        for suspect, reading in zip(new, self._read_reference(new)):
            suspect.reference, suspect.is_new = reading, False
        self._link.wait_until_applied()
        other = self._read_other(self._open)
        reference = self._read_reference(self._open)
        still_open = []
        for suspect, theirs, mine in zip(self._open, other, reference):
            trial = Trial(suspect.other, suspect.reference, theirs, mine)
            if self._is_open(suspect, trial):
                suspect.other, suspect.reference = theirs, mine
                still_open.append(suspect)
        self._open = still_open

    def _is_open(self, suspect: _Suspect, trial: Trial) -> bool:
        comparison, findings = suspect.table.comparison, suspect.table.findings
        outcome = trial.outcome(settled_only=not comparison.key or not self._link.exists)
        if outcome is Outcome.DIFFERS:
            columns = trial.differing_columns(tuple(column.name for column in comparison.columns))
            findings.add_difference(trial.kind, findings.named(suspect.key), columns)
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


def _by_table(suspects: Sequence[_Suspect]) -> list[list[_Suspect]]:
    groups: dict[int, list[_Suspect]] = {}
    for suspect in suspects:
        groups.setdefault(id(suspect.table), []).append(suspect)
    return list(groups.values())
