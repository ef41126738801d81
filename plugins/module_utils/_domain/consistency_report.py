# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison has found, table by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .consistency import Comparison
from .consistency_buckets import Key
from .relations import TableName
from .sides import Side

UNDECIDED = "undecided"
MISSING_TABLE = "missing_table"
ROW_HASH = "row_hash"

NOT_REACHED = "the timeout came before the table had been compared"
MOVING = "the timeout came while rows were still being written to, or not yet replicated"
COPYING = "the link is still copying the table"


@dataclass
class TableFindings:
    """One table: what is known of it so far."""

    table: TableName
    max_differences: int
    comparison: Comparison | None = None
    rows: dict[Side, int | None] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)
    difference_count: int = 0
    undecided: list[dict[str, str]] = field(default_factory=list)
    undecided_count: int = 0
    reason: str = NOT_REACHED

    @classmethod
    def missing(cls, table: TableName) -> TableFindings:
        """Return the findings for a table that the other side has not at all."""
        findings = cls(table, 1, reason="")
        findings.add_difference(MISSING_TABLE, {}, None)
        return findings

    @property
    def has_room(self) -> bool:
        """Tell whether another difference would still be described."""
        return len(self.differences) < self.max_differences

    def hashed_completely(self) -> None:
        """Take note that every row has been looked at."""
        self.reason = ""

    def add_difference(self, kind: str, key: dict[str, str], columns: Sequence[str] | None) -> None:
        """Count a difference that is proven, and describe it while there is room."""
        self.difference_count += 1
        if self.has_room:
            self.differences.append({"key": key, "kind": kind, "columns": None if columns is None else list(columns)})

    def add_undecided(self, key: dict[str, str]) -> None:
        """Count a row that did not hold still, and name it while there is room."""
        self.undecided_count += 1
        self.reason = self.reason or MOVING
        if len(self.undecided) < self.max_differences:
            self.undecided.append(key)

    def named(self, key: Key) -> dict[str, str]:
        """Return the key as a result shows it: text by column name, or the row's hash where the table has no key."""
        names = [column.name for column in self.comparison.key] if self.comparison else []
        return dict(zip(names or [ROW_HASH], key))

    @property
    def consistent(self) -> bool | str:
        """Return ``True``, ``False`` or ``"undecided"``."""
        if self.difference_count:
            return False
        return UNDECIDED if self.reason else True

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        comparison = self.comparison
        return {
            "table": str(self.table),
            "consistent": self.consistent,
            "reason": self.reason,
            "rows": {str(side): self.rows.get(side) for side in Side},
            "key": [column.name for column in comparison.key] if comparison else [],
            "columns_ignored": {str(side): list(comparison.ignored[side]) if comparison else [] for side in Side},
            "difference_count": self.difference_count,
            "differences": self.differences,
            "undecided_count": self.undecided_count,
            "undecided": self.undecided,
        }

    def as_line(self) -> str:
        """Return it as one line of text."""
        if self.consistent is True:
            return f"{self.table}: consistent"
        what = f"{self.difference_count} differences" if self.difference_count else f"undecided, {self.reason}"
        return f"{self.table}: {what}"


@dataclass(frozen=True)
class ConsistencyReport:
    """All tables of one comparison."""

    reference: Side
    tables: Sequence[TableFindings]

    @property
    def consistent(self) -> bool:
        """Tell whether every table is proven to be consistent."""
        return all(findings.consistent is True for findings in self.tables)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "consistent": self.consistent,
            "reference": str(self.reference),
            "tables": [findings.as_result() for findings in self.tables],
        }

    def as_diff(self) -> str:
        """Return one line a table."""
        return "".join(f"{findings.as_line()}\n" for findings in self.tables)
