# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of each row that green took and blue never received. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..comparison.buckets import Key
from ..comparison.pairs import Comparison
from ..comparison.repair import Repair
from ..comparison.verdict import CHANGED, EXTRA, MISSING, Reading
from ..errors import MigrationError

ASK, OURS, THEIRS, NEWEST = "ask", "ours", "theirs", "newest"
RULES = (ASK, OURS, THEIRS, NEWEST)
_TRANSACTIONS = 1 << 32
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d+)?(\+00)?)?")
_NUMBER = re.compile(r"-?\d+")


class Fate(Enum):
    """What becomes of a row: nothing to do, green's is brought, blue's stays, or nobody has decided."""

    EQUAL = "equal"
    BROUGHT = "brought"
    KEPT = "kept"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Row:
    """One key on both sides. ``was_there``: blue had the row when the last change of green's arrived.

    ``both``: blue has changed it as well, since the emergency opened blue.
    """

    comparison: Comparison
    key: Key
    green: Reading
    blue: Reading
    both: bool
    fate: Fate

    @classmethod
    def of(
        cls, comparison: Comparison, key: Key, *, was_there: bool, green: Reading, blue: Reading, opened: int
    ) -> Row:
        """Return the row with what becomes of it before any rule is asked.

        :param opened: the transaction that opened blue in the emergency
        """
        if green.hashes == blue.hashes:
            return cls(comparison, key, green, blue, both=False, fate=Fate.EQUAL)
        mine = [is_newer(xmin, opened) for _hash, xmin in blue.versions]
        both = any(mine) if mine else was_there
        return cls(comparison, key, green, blue, both, Fate.UNDECIDED if both else Fate.BROUGHT)

    @property
    def key_shown(self) -> dict[str, str]:
        """Return the key by the names of its columns."""
        return {column.name: text for column, text in zip(self.comparison.key, self.key)}

    @property
    def kind(self) -> str:
        """Return what bringing it over means for blue: a row that is missing there, one too many, one that changes."""
        if not self.green.versions:
            return EXTRA
        return CHANGED if self.blue.versions else MISSING

    def as_repair(self) -> Repair:
        """Return what makes blue's row equal to green's."""
        columns = [column.name for column in self.comparison.columns if column.writable]
        if self.kind == CHANGED:
            names = (column.name for column in self.comparison.columns)
            differing = {
                name for name, mine, theirs in zip(names, self.green.columns, self.blue.columns) if mine != theirs
            }
            columns = [name for name in columns if name in differing]
        return Repair(self.comparison, self.key, self.key_shown, self.kind, tuple(columns), self.green, self.blue)

    def values(self, reading: Reading) -> dict[str, str | None] | None:
        """Return the values of one side, ``None`` where it has no such row."""
        if not reading.versions:
            return None
        return {column.name: text for column, text in zip(self.comparison.columns, reading.values)}

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, without values other than the key's."""
        fate = {"table": str(self.comparison.other_table), "key": self.key_shown, "fate": self.fate.value}
        return {**fate, "both_changed": self.both}

    def as_document(self) -> dict[str, Any]:
        """Return it JSON-ready with both sides' values."""
        return {**self.as_result(), "blue": self.values(self.blue), "green": self.values(self.green)}


def is_newer(transaction: int, than: int) -> bool:
    """Tell whether a transaction's id was given after another one's; ids wrap around."""
    return 0 < (transaction - than) % _TRANSACTIONS < _TRANSACTIONS // 2


@dataclass(frozen=True)
class Rule:
    """What decides about rows that both sides changed. ``column``: for ``newest``. ``decisions``: for single rows."""

    name: str
    column: str = ""
    decisions: Mapping[tuple[str, Key], str] | None = None

    @classmethod
    def of(cls, name: str, column: str, decisions: Iterable[Mapping[str, Any]], rows: Sequence[Row]) -> Rule:
        """Return the rule that a user has given; where no row is left to decide about, decisions are past.

        :raises MigrationError: BG771 for a decision about a row that nobody asked about
        """
        given = {(str(row.comparison.other_table), _sorted(row.key_shown)): (row, row.key) for row in rows}
        decided = {}
        for one in decisions if rows else ():
            table, key = one["table"], {name: str(text) for name, text in one["key"].items()}
            if (table, _sorted(key)) not in given:
                raise MigrationError(
                    "BG771",
                    f"A decision names the row {key} of {table}, which is none of those that differ",
                    "Nothing was changed",
                    "Take table and key from the report, in the same words; leave out rows that it does not name",
                )
            decided[table, given[table, _sorted(key)][1]] = one["take"]
        return cls(name, column, decided)

    def decide(self, row: Row) -> Fate:
        """Return what becomes of a row that both sides changed."""
        taken = (self.decisions or {}).get((str(row.comparison.other_table), row.key), self.name)
        if taken == NEWEST:
            taken = _newest(row, self.column)
        return {OURS: Fate.KEPT, THEIRS: Fate.BROUGHT}.get(taken, Fate.UNDECIDED)


def _sorted(key: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(key.items()))


def _newest(row: Row, column: str) -> str:
    green, blue = (row.values(reading) or {} for reading in (row.green, row.blue))
    order = later(green.get(column), blue.get(column))
    return ASK if order is None else THEIRS if order else OURS


def later(one: str | None, other: str | None) -> bool | None:
    """Tell whether one value of a column is beyond the other, ``None`` where that cannot be told: equal, absent, or
    neither two whole numbers nor two moments as we read them."""
    if one is None or other is None or one == other:
        return None
    if _NUMBER.fullmatch(one) and _NUMBER.fullmatch(other):
        return int(one) > int(other)
    if _MOMENT.fullmatch(one) and _MOMENT.fullmatch(other):
        return one > other
    return None
