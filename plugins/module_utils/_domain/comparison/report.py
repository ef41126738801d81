# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of a comparison, table by table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..relations import TableName
from ..sides import Side
from .buckets import Key
from .objects import ObjectsFound
from .pairs import Comparison
from .slice import Before

UNDECIDED = "undecided"
MISSING_TABLE = "missing_table"
ROW_HASH = "row_hash"
WITHHELD = "(secret)"

NOT_REACHED = "the timeout came before the table had been compared"
MOVING = "rows were still being written to, or not yet replicated, when their time was over"
TOO_SLOW = "a range took longer than range_timeout"
SAMPLED = "everything compared agrees, but it is only a sample"
COUNTED = "the numbers of rows agree, but nothing else was compared"
COUNTS_DIFFER = "the numbers of rows differ, which proves nothing while rows are written; mode full names them"
COPYING = "the link is still copying the table"


Values = Mapping[str, Mapping[str, "str | None"]]


@dataclass
class TableFindings:
    """One table: what is known about it so far.

    ``ranges``: how many there are; ``ranges_done``: how many of them have been hashed; ``bytes``: the size of those.
    ``reason``: why it is not proven consistent although no row was found different; empty if it is.
    """

    table: TableName
    max_differences: int
    secret: Collection[str] = ()
    comparison: Comparison | None = None
    rows: dict[Side, int | None] = field(default_factory=dict)
    bytes: dict[Side, int] = field(default_factory=dict)
    ranges: int = 0
    ranges_done: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    difference_count: int = 0
    undecided: list[dict[str, str]] = field(default_factory=list)
    undecided_count: int = 0
    reason: str = NOT_REACHED

    @classmethod
    def missing(cls, table: TableName) -> TableFindings:
        """Return the findings for a table that the other side does not have."""
        findings = cls(table, 1, reason="")
        findings.add_difference(MISSING_TABLE, {}, None)
        return findings

    def emptied(self) -> TableFindings:
        """Return findings for the same table with the same knowledge of its rows, but no difference yet."""
        return replace(self, differences=[], difference_count=0, undecided=[], undecided_count=0)

    @property
    def has_room(self) -> bool:
        """Tell whether there is room to describe another difference."""
        return len(self.differences) < self.max_differences

    def add_range(self, rows: Mapping[Side, int], part_of_bytes: Mapping[Side, int]) -> None:
        """Record that another range has been hashed."""
        self.ranges_done += 1
        for side in Side:
            self.rows[side] = (self.rows.get(side) or 0) + rows[side]
            self.bytes[side] = self.bytes.get(side, 0) + part_of_bytes[side]

    def hashed_completely(self, sampled: bool = False) -> None:
        """Record that everything has been compared."""
        self.reason = MOVING if self.undecided_count else SAMPLED if sampled else ""

    def add_difference(
        self, kind: str, key: dict[str, str], columns: Sequence[str] | None, values: Values | None = None
    ) -> None:
        """Count a difference that is proven, and describe it while there is room."""
        self.difference_count += 1
        if self.has_room:
            described: dict[str, Any] = {
                "key": key,
                "kind": kind,
                "columns": None if columns is None else list(columns),
            }
            if values is not None:
                described["shown"] = {name: dict(sides) for name, sides in values.items()}
            self.differences.append(described)

    def add_undecided(self, key: dict[str, str]) -> None:
        """Count a row that kept changing, and name it while there is room."""
        self.undecided_count += 1
        self.reason = self.reason or MOVING
        if len(self.undecided) < self.max_differences:
            self.undecided.append(key)

    def named(self, key: Key) -> dict[str, str]:
        """Return the key as a result shows it: text by column name, or the row's hash where the table has no key."""
        columns = self.comparison.key if self.comparison else ()
        if not columns:
            return dict(zip([ROW_HASH], key))
        return {
            column.name: WITHHELD if {column.name, column.other_name} & set(self.secret) else text
            for column, text in zip(columns, key)
        }

    @property
    def consistent(self) -> bool | str:
        """Return ``True``, ``False`` or ``"undecided"``."""
        if self.difference_count:
            return False
        return UNDECIDED if self.reason or self.undecided_count else True

    @property
    def is_alone(self) -> bool:
        """Tell whether the other side has no such table."""
        return self.comparison is None

    @property
    def agrees(self) -> bool:
        """Tell whether everything that was to be compared, possibly less than all rows, was found equal."""
        return self.consistent is True or (not self.difference_count and self.reason in (SAMPLED, COUNTED))

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        comparison = self.comparison
        return {
            "table": str(self.table),
            "other_table": str(comparison.other_table if comparison else self.table),
            "consistent": self.consistent,
            "agrees": self.agrees,
            "reason": self.reason,
            "rows": {str(side): self.rows.get(side) for side in Side},
            "bytes": {str(side): self.bytes.get(side, 0) for side in Side},
            "ranges": self.ranges,
            "ranges_compared": self.ranges_done,
            "condition": comparison.condition if comparison else None,
            "key": [column.name for column in comparison.key] if comparison else [],
            "columns_ignored": {str(side): list(comparison.ignored[side]) if comparison else [] for side in Side},
            "difference_count": self.difference_count,
            "differences": self.differences,
            "undecided_count": self.undecided_count,
            "undecided": self.undecided,
        }

    def as_state(self) -> dict[str, Any]:
        """Return what a later run needs to continue from here, JSON-ready."""
        return {
            "rows": {str(side): number for side, number in self.rows.items()},
            "bytes": {str(side): number for side, number in self.bytes.items()},
            "ranges": self.ranges,
            "ranges_done": self.ranges_done,
            "differences": self.differences,
            "difference_count": self.difference_count,
        }

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Continue from what :meth:`as_state` returned in an earlier run."""
        self.rows = {Side(side): number for side, number in state["rows"].items()}
        self.bytes = {Side(side): number for side, number in state["bytes"].items()}
        self.ranges, self.ranges_done = state["ranges"], state["ranges_done"]
        self.differences = list(state["differences"])
        self.difference_count = state["difference_count"]

    def as_line(self) -> str:
        """Return it as one line of text."""
        if self.consistent is True:
            return f"{self.table}: consistent"
        what = f"{self.difference_count} differences" if self.difference_count else f"undecided, {self.reason}"
        return f"{self.table}: {what}"


@dataclass(frozen=True)
class RunFacts:
    """When the comparison began (the earlier run's time if it was continued), and how long it was paused.

    ``progress``: how far it is, in words. ``left_to_next``: what the next slice needs, ``None`` at the end.
    """

    started: str = ""
    resumed: bool = False
    paused_seconds: float = 0.0
    progress: tuple[str, ...] = ()
    left_to_next: Before | None = None

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "started": self.started,
            "resumed": self.resumed,
            "paused_seconds": round(self.paused_seconds, 3),
            "progress": list(self.progress),
            **({"resume": self.left_to_next.as_result()} if self.left_to_next else {}),
        }


@dataclass(frozen=True)
class ConsistencyReport:
    """All tables of one comparison."""

    reference: Side
    tables: Sequence[TableFindings]
    mode: str = "full"
    run: RunFacts = RunFacts()
    objects: Mapping[str, ObjectsFound] = field(default_factory=dict)

    @property
    def consistent(self) -> bool:
        """Tell whether every table is proven to be consistent."""
        return all(findings.consistent is True for findings in self.tables) and self._objects_agree

    @property
    def agrees(self) -> bool:
        """Tell whether everything that was to be compared was found equal."""
        return all(findings.agrees for findings in self.tables) and self._objects_agree

    @property
    def proven(self) -> Sequence[TableName]:
        """Return the tables that are proven to hold the same rows."""
        return [findings.table for findings in self.tables if findings.consistent is True]

    @property
    def clean(self) -> bool:
        """Tell whether every table is proven that both sides need to have, as go/no-go asks.

        What only green has, such as the version table, is carried by no link.
        """
        needed = [one for one in self.tables if self.reference is Side.BLUE or not one.is_alone]
        return all(findings.consistent is True for findings in needed) and self._objects_agree

    @property
    def _objects_agree(self) -> bool:
        return all(found.consistent for found in self.objects.values())

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "consistent": self.consistent,
            "agrees": self.agrees,
            "mode": self.mode,
            "reference": str(self.reference),
            **self.run.as_result(),
            "tables": [findings.as_result() for findings in self.tables],
            "objects": {kind: found.as_result() for kind, found in self.objects.items()},
        }

    def as_diff(self) -> str:
        """Return one line per table."""
        return "".join(f"{findings.as_line()}\n" for findings in self.tables)


@dataclass(frozen=True)
class Verdict:
    """How the last comparison ended. ``age``: seconds since it began; ``tables``: those that it found equal.

    ``missed``: how often each lane had not found a row when it began.
    """

    clean: bool
    age: float
    tables: frozenset[str]
    missed: Mapping[str, int] = field(default_factory=dict)

    def missed_since(self, now: Mapping[str, int], tables: Collection[str]) -> dict[str, int]:
        """Return the lanes whose count is another one by now, as long as it looked at these tables and was clean."""
        counts = self.missed if self.clean and self.tables.issuperset(tables) else {}
        return {lane: count for lane, count in now.items() if count != counts.get(lane, 0)}
