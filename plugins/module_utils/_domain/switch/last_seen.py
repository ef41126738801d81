# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows of a side out of reach have certainly arrived on the other one, and which may be missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..relations import TableName
from ..sequences import Sequence, counts_up
from ..sides import Side

_EMERGENCY_FACTOR = 100  # as a multiple of the headroom of a switch that has read both sides


@dataclass(frozen=True)
class LaneSeen:
    """One lane according to its subscriber alone.

    ``at``: when the newest kept marker that has arrived was written, by the publisher's clock; ``None`` if none has
    arrived: then nothing is known since the link began. ``lsn``: the publisher's position at that time. ``applied``:
    the publisher's position up to which everything was applied, ``None`` if our role may not read it. ``copying``:
    tables whose first copy has not ended.
    """

    name: str
    tables: tuple[TableName, ...]
    copying: tuple[TableName, ...] = ()
    at: str | None = None
    lsn: str | None = None
    applied: str | None = None

    def in_words(self, lost: Side) -> str:
        """Return in words what the lane has delivered."""
        brought = f"{self.name} has brought "
        if self.at:
            brought += f"everything that {lost} had committed before {self.at} (its own clock; its LSN {self.lsn})"
        else:
            brought += f"nothing that shows how far {lost}'s commits have arrived"
        if self.applied:
            brought += f", and everything up to its LSN {self.applied}"
        if self.copying:
            brought += f"; the first copy of {_some(self.copying)} has not ended"
        return brought


@dataclass(frozen=True)
class Loss:
    """What may be missing on the remaining side.

    ``lost``: the side out of reach. ``since``: when the other side was fenced, by its own clock: without any
    information from a lane, losses count from there. ``elsewhere``: tables that no lane carries. ``proofs``: how we
    know that it is out of reach. ``not_advanced``: sequences that our role could not set. ``roots``: the table that
    each partition belongs to.
    """

    migration: str
    lost: Side
    address: str
    since: str
    lanes: tuple[LaneSeen, ...]
    elsewhere: tuple[TableName, ...]
    proofs: tuple[str, ...]
    not_advanced: tuple[TableName, ...] = ()
    roots: Mapping[TableName, TableName] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """Return it as sentences."""
        told = []
        for lane in self.lanes:
            after, clock = self._begin(lane.at)
            where = f" (from LSN {lane.applied or lane.lsn} of {self.lost})" if lane.applied or lane.lsn else ""
            told.append(
                f"{len(lane.tables) - len(lane.copying)} tables of {lane.name}: whatever {self.lost} committed from "
                f"{after} by {clock}'s clock on{where} may be missing, everything before it is there"
            )
            if lane.copying:
                names = _some(lane.copying)
                told.append(f"the first copy of {names} had not ended: everything since {self.since} may be missing")
        if self.elsewhere:
            names = _some(self.elsewhere)
            told.append(f"{len(self.elsewhere)} tables that no link carries ({names}): everything since {self.since}")
        return told

    @property
    def not_known(self) -> list[str]:
        """Return what cannot be known while the side is out of reach."""
        lost, here = self.lost, self.lost.other
        sentences = [
            "which of the rows were written, and how many: the file names tables and times, not rows",
            f"what was written to columns and tables that {here} does not have: all of it has stayed on {lost}",
            f"which values {lost} has drawn from sequences: those of {here} go on far beyond what can be seen",
            f"large objects, and what applications still write to {lost} where they reach it",
        ]
        if self.not_advanced:
            names = ", ".join(map(str, self.not_advanced))
            sentences.append(f"how far these sequences have to be advanced, which our role may not set: {names}")
        return sentences

    def as_document(self) -> dict[str, Any]:
        """Return it JSON-ready, table by table; every missing write is covered by it."""
        entries = [self._entry(table, lane) for lane in self.lanes for table in sorted(lane.tables)]
        entries += [self._entry(table, None) for table in self.elsewhere]
        return {
            "migration": self.migration,
            "out_of_reach": str(self.lost),
            "address": self.address,
            "how_that_is_known": list(self.proofs),
            "may_be_missing": entries,
            "not_known": self.not_known,
        }

    def _begin(self, at: str | None) -> tuple[str, Side]:
        return (at, self.lost) if at else (self.since, self.lost.other)

    def _entry(self, table: TableName, lane: LaneSeen | None) -> dict[str, Any]:
        arrived = lane if lane is not None and table not in lane.copying else None
        after, clock = self._begin(arrived.at if arrived else None)
        root = self.roots.get(table, table)
        return {
            "table": str(root),
            "partition": None if root == table else str(table),
            "lane": lane.name if lane else None,
            "committed_from": after,
            "by_the_clock_of": str(clock),
            "from_lsn": (arrived.applied or arrived.lsn) if arrived else None,
        }


def _some(tables: tuple[TableName, ...], most: int = 5) -> str:
    return ", ".join(map(str, tables[:most])) + (", …" if len(tables) > most else "")


def emergency_targets(
    sequences: Iterable[Sequence], seen: Mapping[TableName, int | None], headroom: int
) -> list[tuple[TableName, int]]:
    """Return the values for sequences when the side that used them last cannot be asked.

    A hundred times the usual headroom beyond the farthest known value, but at most half of what is left.

    :param seen: the farthest value in the columns that a sequence fills
    """
    targets = []
    for one in sequences:
        known = [value for value in (one.last, seen.get(one.name)) if value is not None]
        if not known:
            continue
        base = max(one.minimum, min(one.maximum, max(known) if counts_up(one.increment) else min(known)))
        skipped = min(headroom * _EMERGENCY_FACTOR, one.left_beyond(base) // 2)
        targets.append((one.name, base + skipped * one.increment))
    return targets
