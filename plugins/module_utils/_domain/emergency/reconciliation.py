# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reconciliation has found, whether it may begin, and its result. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import MigrationError
from ..lanes.positions import lsn_number
from ..relations import TableName
from ..sequences import Sequence as NumberSequence
from ..sequences import counts_up
from ..service.journal import RECONCILED, Entry
from ..service.situation import Situation
from ..sides import Side
from .merge import Fate, Row

Targets = Sequence["tuple[TableName, int]"]
_UNTOUCHED = "Nothing was changed: blue is in service, and green as it was"
_NAMED = 5


@dataclass(frozen=True)
class Reconciliation:
    """Every row that green changed and blue never received, with what becomes of it.

    ``ends``: for each lane, green's position up to which its changes are in ``rows``. ``refused``: tables of which a
    change cannot be brought over by key, with the reason. ``sequences``: those that stand behind green's, with the
    value to continue from. ``not_carried``: tables that no lane carries, of which nothing is known here.
    """

    opening: Entry
    rows: tuple[Row, ...] = ()
    ends: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[TableName, str] = field(default_factory=dict)
    sequences: Targets = ()
    not_carried: tuple[TableName, ...] = ()
    file: str = ""

    def with_fate(self, fate: Fate) -> list[Row]:
        """Return the rows of which that becomes."""
        return [row for row in self.rows if row.fate is fate]

    @property
    def is_done(self) -> bool:
        """Tell whether there is nothing left to do."""
        return not self.ends and not self.sequences

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, without values other than keys."""
        counts = {fate.value: len(self.with_fate(fate)) for fate in Fate}
        return {
            **counts,
            "rows": [row.as_result() for row in self.rows if row.fate is not Fate.EQUAL],
            "sequences": [str(name) for name, _value in self.sequences],
            "not_carried": [str(name) for name in self.not_carried],
            "file": self.file if self.rows else None,
        }

    def as_document(self) -> dict[str, Any]:
        """Return it JSON-ready with the values of both sides."""
        return {**self.as_result(), "rows": [row.as_document() for row in self.rows if row.fate is not Fate.EQUAL]}

    def as_diff(self) -> str:
        """Return one fact per line."""
        lines = [f"green's changes are dealt with up to {lsn} of {lane}" for lane, lsn in sorted(self.ends.items())]
        return "".join(f"{line}\n" for line in lines)


def require_emergency(situation: Situation) -> Entry:
    """Return the emergency's opening of blue, whose green is back and fenced.

    :raises MigrationError: BG547
    """
    opening, green = situation.opened_alone, situation.gates.get(Side.GREEN)
    if opening is None or opening.target is not Side.BLUE or situation.in_service is not Side.BLUE:
        raise MigrationError(
            "BG547",
            "No emergency has opened blue without green: there is nothing to reconcile",
            "Nothing was changed",
            "Run status, which says where the migration stands",
        )
    if green is None or not green.fenced:
        raise MigrationError(
            "BG547",
            "Green is back without a fence: it could take writes while its rows are brought over",
            _UNTOUCHED,
            "Run rollback, which fences it; then run the same command again",
        )
    return opening


def dealt_with(entries: Iterable[Entry], epoch: int, lane: str, applied: str) -> str:
    """Return green's position up to which blue has everything of a lane, or has dealt with it in an earlier run."""
    earlier: list[str | None] = [
        one.details.get("ends", {}).get(lane)
        for one in entries
        if one.event == RECONCILED and one.epoch == epoch and one.side is Side.BLUE
    ]
    return max((applied, *(lsn for lsn in earlier if lsn)), key=lsn_number)


def sequences_behind(green: Iterable[NumberSequence], blue: Iterable[NumberSequence]) -> Targets:
    """Return blue's sequences that green has drawn farther from, with green's value; none ever goes back."""
    there = {one.name: one for one in blue}
    targets = []
    for one in green:
        mine = there.get(one.name)
        if one.last is None or mine is None or counts_up(one.increment) is not counts_up(mine.increment):
            continue
        ahead = mine.last is None or (one.last > mine.last if counts_up(one.increment) else one.last < mine.last)
        if ahead and mine.minimum <= one.last <= mine.maximum:
            targets.append((one.name, one.last))
    return targets


def require_possible(found: Reconciliation, most: int) -> None:
    """Refuse what cannot be brought over as a whole.

    :raises MigrationError: BG549 for tables whose changes are not told by key, BG772 for too many rows
    """
    if found.refused:
        told = "; ".join(f"{table}: {why}" for table, why in sorted(found.refused.items()))
        raise MigrationError(
            "BG549",
            f"Changes of green cannot be brought over by key: {told}",
            _UNTOUCHED,
            "Copy what you need of them by hand, name them in exclude_tables, and run the same command again",
            found.as_result(),
        )
    if len(found.rows) > most:
        raise MigrationError(
            "BG772",
            f"Green changed {len(found.rows)} rows that blue never received, more than max_rows ({most})",
            _UNTOUCHED,
            "Look whether that can be right; then raise max_rows",
        )


def undecided(found: Reconciliation) -> MigrationError:
    """Return the error for rows that both sides changed and that no rule decides."""
    rows = found.with_fate(Fate.UNDECIDED)
    return MigrationError(
        "BG548",
        f"Both sides changed {_some(rows)}, and nobody has decided which version stays",
        f"{_UNTOUCHED}. Both versions of each row are in {found.file}, unless this was check mode",
        "Set a rule (ours: blue's, theirs: green's, newest: by a column) or decisions for single rows, then run the "
        "same command again",
        found.as_result(),
    )


def not_taken(refusals: Sequence[tuple[Row, str]]) -> MigrationError:
    """Return the error for rows that blue's server refuses."""
    told = "; ".join(f"{row.comparison.other_table} {row.key_shown}: {why}" for row, why in refusals[:_NAMED])
    more = f", and {len(refusals) - _NAMED} more" if len(refusals) > _NAMED else ""
    rows = [{**row.as_result(), "reason": why} for row, why in refusals]
    return MigrationError("BG549", f"Blue does not take these rows: {told}{more}", _UNTOUCHED, _MEND, {"refused": rows})


def orphaned(constraint: str, child: TableName, parent: TableName, keys: Sequence[Sequence[str]]) -> MigrationError:
    """Return the error for rows that would refer to nothing."""
    named = ", ".join(f"({', '.join(key)})" for key in keys)
    what = f"Rows of {child} would refer to rows of {parent} that are not there ({constraint}): {named}"
    return MigrationError("BG549", what, _UNTOUCHED, _MEND, {"constraint": constraint, "keys": [list(k) for k in keys]})


def not_told(why: str) -> MigrationError:
    """Return the error where nobody can say any more what green took."""
    return MigrationError(
        "BG770",
        f"What green took cannot be told: {why}",
        _UNTOUCHED,
        "Copy what you need by hand: consistency_check with at_rest names the rows that differ",
    )


_MEND = (
    "Decide otherwise about the rows that are in the way (decisions), or mend them on blue; then run the same command "
    "again"
)


def _some(rows: Sequence[Row]) -> str:
    named = ", ".join(f"{row.comparison.other_table} {row.key_shown}" for row in rows[:_NAMED])
    return f"{len(rows)} rows ({named}{', …' if len(rows) > _NAMED else ''})"
