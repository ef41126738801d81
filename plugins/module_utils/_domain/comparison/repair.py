# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows to rewrite, and the outcome for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import MigrationError
from ..relations import TableName
from .buckets import Key
from .pairs import Comparison
from .report import ConsistencyReport, TableFindings
from .verdict import CHANGED, EXTRA, MISSING, Reading, Trial

CHANGED_MEANWHILE = "a side has changed since it was compared"
_ORDER = (EXTRA, CHANGED, MISSING)
# Classes of SQLSTATE: values, constraints, conditions of views, what functions raise.
_ABOUT_A_ROW = ("22", "23", "44", "P0")


@dataclass(frozen=True)
class Repair:
    """One row that is proven different: the readings of both sides that prove it, and the columns to write.

    ``key_shown`` is the key as a result may show it. ``hidden``: why the owner of the table, as whom it would be
    written, may not see it; empty if he does.
    """

    comparison: Comparison
    key: Key
    key_shown: Mapping[str, str]
    kind: str
    columns: tuple[str, ...]
    reference: Reading
    other: Reading
    hidden: str = ""

    @classmethod
    def of(cls, comparison: Comparison, key: Key, key_shown: Mapping[str, str], trial: Trial) -> Repair:
        """Return the repair of a key for which ``trial`` has proven the sides different."""
        written = tuple(column.name for column in comparison.columns if column.writable)
        differing = trial.differing_columns(tuple(column.name for column in comparison.columns))
        columns = written if differing is None else tuple(name for name in written if name in differing)
        return cls(comparison, key, key_shown, trial.kind, columns, trial.reference, trial.other)

    @property
    def obstacle(self) -> str:
        """Return why the row cannot be written by its key, "" if it can."""
        if not self.comparison.key:
            return "the table has no key"
        if max(sum(self.reference.versions.values()), sum(self.other.versions.values())) > 1:
            return "there are several rows with this key"
        if not self.columns:
            return "only generated columns differ"
        return self.hidden

    def still_holds(self, reference: Reading, other: Reading) -> bool:
        """Tell whether both sides still show the readings that proved the row different."""
        return self.reference.versions == reference.versions and self.other.versions == other.versions


@dataclass(frozen=True)
class RepairReport:
    """The findings, and which of them were rewritten. ``statements``: those to run, or that were run.

    ``repaired``: how many rows of each table were. ``to_be_mended``: how many of a table's differences the plan
    removes; the findings are reported all the same.
    """

    comparison: ConsistencyReport
    statements: Sequence[str] = ()
    repaired: Mapping[TableName, int] = field(default_factory=dict)
    not_repaired: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    to_be_mended: Mapping[TableName, int] = field(default_factory=dict)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        found = self.comparison.as_result()
        counts = [self.repaired.get(findings.table, 0) for findings in self.comparison.tables]
        return {
            **found,
            "tables": [{**table, "repaired": count} for table, count in zip(found["tables"], counts)],
            "statements": list(self.statements),
            "repaired": sum(self.repaired.values()),
            "not_repaired": [dict(one) for one in self.not_repaired],
        }

    def as_diff(self) -> str:
        """Return one line per table, as it will be."""
        tables = [self._mended(findings) for findings in self.comparison.tables]
        return replace(self.comparison, tables=tables).as_diff()

    def _mended(self, findings: TableFindings) -> TableFindings:
        left = findings.difference_count - self.to_be_mended.get(findings.table, 0)
        return replace(findings, difference_count=left)


def in_order(repairs: Sequence[Repair]) -> list[Repair]:
    """Return them so that rows which go make room for those which come."""
    return sorted(repairs, key=lambda one: _ORDER.index(one.kind))


def is_about_a_row(sqlstate: str | None) -> bool:
    """Tell whether the server refused the content of a row, so that other rows may be written."""
    return sqlstate is not None and sqlstate.startswith(_ABOUT_A_ROW)


def refusal_of_a_row(sqlstate: str, why: str | None) -> str:
    """Return the reason in words.

    :param why: the server's message where it shows no value
    """
    return f"the server refuses the row: {why or 'it does not say why without a value'} (SQLSTATE {sqlstate})"


def refused(repair: Repair, reason: str) -> dict[str, Any]:
    """Return the row as a result names it when it was not written."""
    return {"table": str(repair.comparison.table), "key": dict(repair.key_shown), "reason": reason}


def with_count(error: MigrationError, repaired: Mapping[TableName, int]) -> MigrationError:
    """Tell, with an error that ended the repair, how many rows of each table had been written before."""
    if repaired:
        told = ", ".join(f"{count} of {table}" for table, count in repaired.items())
        error.stands = f"{error.stands.rstrip('.')}. Rows repaired before: {told}"
    error.details = {**error.details, "repaired": {str(table): count for table, count in repaired.items()}}
    return error


def require_few(number: int, most: int) -> None:
    """Refuse to repair more than a few rows.

    :raises MigrationError: BG408
    """
    if number > most:
        raise MigrationError(
            "BG408",
            f"{number} rows differ, more than max_rows ({most})",
            "Nothing was repaired",
            "Find the cause first; then copy the table again, or raise max_rows",
            {"differences": number},
        )


def by_table(repairs: Sequence[Repair]) -> dict[TableName, list[Repair]]:
    """Return the repairs of each table, in their order."""
    groups: dict[TableName, list[Repair]] = {}
    for repair in repairs:
        groups.setdefault(repair.comparison.table, []).append(repair)
    return groups
