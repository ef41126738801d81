# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of the same statements on both sides: what got worse, what is missing, what could not be known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from ..findings import INFORMS, WARNS, Finding
from ..relations import TableName, quoted
from ..sides import Side
from .shape import Shape

WORSE, NOT_COMPARED, FAILS = "BG216", "BG217", "BG248"
LACKS_INDEXES, LACKS_STATISTICS = "BG218", "BG219"
_NAMED = 5
# Below this difference plans of tiny tables differ for no reason that anybody could feel.
_LEAST_COST = 20.0


@dataclass(frozen=True)
class Statement:
    """A statement as pg_stat_statements counts it. ``text`` goes to servers only, and nowhere else."""

    queryid: str
    role: str
    calls: int
    milliseconds: float
    text: str = field(repr=False)


@dataclass(frozen=True)
class Unknown:
    """Why a side shows no plan, in words without values. ``refused``: the server's SQLSTATE, if it refused it."""

    why: str
    refused: str = ""


Explained = Union[Shape, Unknown]


@dataclass(frozen=True)
class Index:
    """``form``: everything of its definition but its name."""

    table: TableName
    name: str
    form: str
    valid: bool


@dataclass(frozen=True)
class Differences:
    """What may explain a difference. ``indexes``: used on the old side, missing on the new one. ``statistics``:
    columns and tables whose statistics the new side lacks. ``others``: settings, extensions, collations; each with
    its values on both sides."""

    indexes: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    others: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Compared:
    """One statement, explained on both sides."""

    statement: Statement
    old: Explained
    new: Explained

    def verdict(self, factor: float) -> str:
        """Return ``worse``, ``changed``, ``same``, ``fails`` on the new side only, or ``unknown``.

        :param factor: by how much the estimated cost may grow
        """
        if isinstance(self.old, Shape) and isinstance(self.new, Unknown) and self.new.refused:
            return "fails"
        if isinstance(self.old, Unknown) or isinstance(self.new, Unknown):
            return "unknown"
        grown = self.new.cost - self.old.cost
        if grown > _LEAST_COST and self.new.cost > factor * self.old.cost:
            return "worse"
        return "same" if self.old.root == self.new.root else "changed"

    @property
    def became_sequential(self) -> tuple[TableName, ...]:
        """Return the tables that only the new side reads from end to end."""
        if isinstance(self.old, Unknown) or isinstance(self.new, Unknown):
            return ()
        return tuple(sorted(self.new.sequential - self.old.sequential))

    @property
    def why_unknown(self) -> str:
        """Return why it could not be compared; nothing if it was."""
        return next((one.why for one in (self.old, self.new) if isinstance(one, Unknown)), "")

    def in_words(self) -> str:
        """Return what got worse."""
        if isinstance(self.old, Unknown) or isinstance(self.new, Unknown):
            return f"{self.statement.queryid} ({self.why_unknown})"
        tables = ", ".join(map(str, self.became_sequential))
        read = f", {tables} read from end to end" if tables else ""
        return f"{self.statement.queryid} (estimated cost {self.old.cost:.0f} to {self.new.cost:.0f}{read})"

    def as_result(self, factor: float) -> dict[str, Any]:
        """Return it JSON-ready, without the statement's text."""
        old, new = (one if isinstance(one, Shape) else None for one in (self.old, self.new))
        return {
            "queryid": self.statement.queryid,
            "role": self.statement.role,
            "calls": self.statement.calls,
            "total_milliseconds": round(self.statement.milliseconds, 3),
            "verdict": self.verdict(factor),
            "why": self.why_unknown,
            "cost_before": old.cost if old else None,
            "cost_after": new.cost if new else None,
            "sequential": [str(name) for name in self.became_sequential],
            "indexes_before": _index_names(old),
            "indexes_after": _index_names(new),
        }


def _index_names(shape: Shape | None) -> list[str]:
    return sorted({name for _table, name in shape.indexes}) if shape else []


@dataclass(frozen=True)
class Comparison:
    """All of it. ``not_read``: why statements could not be read at all; ``hidden``: how many our role may not see.

    ``as_unknown``: the sides on which a subquery stands for each parameter.
    """

    old: Side
    factor: float
    compared: tuple[Compared, ...] = ()
    not_read: tuple[str, str] | None = None
    hidden: int = 0
    differences: Differences = Differences()
    as_unknown: tuple[Side, ...] = ()

    def findings(self, severity: str = WARNS) -> list[Finding]:
        """Return what speaks against the new side.

        :param severity: of what is known to be worse; what is not known informs, or blocks as well
        """
        unknown = INFORMS if severity == WARNS else severity
        return [*self._of_plans(severity), *self._of_causes(severity), *self._of_gaps(unknown)]

    def _with(self, verdict: str) -> list[Compared]:
        return [one for one in self.compared if one.verdict(self.factor) == verdict]

    def _of_plans(self, severity: str) -> Iterator[Finding]:
        new = str(self.old.other)
        worse, fails = self._with("worse"), self._with("fails")
        if worse:
            what = f"statements get a worse plan there than on {self.old}: {_some(one.in_words() for one in worse)}"
            fix = f"Look them up in pg_stat_statements of {self.old} by these ids, and EXPLAIN them on both sides"
            told = [f"{kind} {name}: {a} and {b}" for kind, name, a, b in self.differences.others if kind == "setting"]
            fix += f"; settings differ: {_some(told)}" if told else ""
            yield Finding(WORSE, severity, new, what, fix, _ids(worse))
        if fails:
            what = f"statements that {self.old} plans are refused there: {_some(one.in_words() for one in fails)}"
            fix = f"Look them up in pg_stat_statements of {self.old} by these ids; if a versioned migration is to "
            yield Finding(FAILS, severity, new, what, fix + "change them, accept each by its id", _ids(fails))

    def _of_causes(self, severity: str) -> Iterator[Finding]:
        new = str(self.old.other)
        if self.differences.indexes:
            what = f"indexes that {self.old} reads for its top statements are missing there, or not valid"
            yield Finding(LACKS_INDEXES, severity, new, what, "Create them there", self.differences.indexes)
        if self.differences.statistics:
            what = f"statistics that {self.old} has, of what its top statements read, are missing there"
            fix = "Run sync, which analyzes tables without any; ANALYZE the others"
            yield Finding(LACKS_STATISTICS, severity, new, what, fix, self.differences.statistics)

    def _of_gaps(self, severity: str) -> Iterator[Finding]:
        old, gap = str(self.old), "plans are not compared"
        if self.not_read is not None:
            why, fix = self.not_read
            yield Finding(NOT_COMPARED, severity, old, f"{gap}: {why}", fix)
            return
        if self.hidden:
            fix = "Grant pg_read_all_stats (or pg_monitor) to our role"
            yield Finding(NOT_COMPARED, severity, old, f"{gap} of {self.hidden} statements that we may not see", fix)
        by_reason: dict[str, list[Compared]] = {}
        for one in self._with("unknown"):
            by_reason.setdefault(one.why_unknown, []).append(one)
        for why, ones in by_reason.items():
            fix = "docs/plans.md says what a comparison of plans needs; or accept each by its id"
            yield Finding(NOT_COMPARED, severity, old, f"{gap} of statements: {why}", fix, _ids(ones))
        if not self.compared and not self.hidden:
            what = f"{gap}: pg_stat_statements has no statement of this database that has a plan, or only superusers'"
            yield Finding(NOT_COMPARED, severity, old, what, "Let the application work there, then run it again")

    def lines(self) -> list[str]:
        """Return for people how many plans were compared, and what was found."""
        known = [one for one in self.compared if one.verdict(self.factor) != "unknown"]
        told = f"plans of the top {len(self.compared)} statements of {self.old}: {len(known)} compared"
        counts = [(word, len(self._with(word))) for word in ("same", "changed", "worse", "fails")]
        told += "".join(f", {count} {word}" for word, count in counts if count)
        words = [finding.as_line() for finding in self.findings()]
        return [*([told] if self.compared else []), *words]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, without any statement's text."""
        return {
            "side": str(self.old.other),
            "statements": [one.as_result(self.factor) for one in self.compared],
            "findings": [finding.as_result() for finding in self.findings()],
            "differences": [
                {"kind": kind, "name": name, str(self.old): before, str(self.old.other): after}
                for kind, name, before, after in self.differences.others
            ],
            "unknown_values_by_subquery": [str(side) for side in self.as_unknown],
            "lines": self.lines(),
        }


def _ids(ones: Iterable[Compared]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.statement.queryid for one in ones))


def _some(words: Iterable[str]) -> str:
    every = list(words)
    more = len(every) - _NAMED
    return "; ".join(every[:_NAMED]) + (f"; and {more} more" if more > 0 else "")


def missing_indexes(compared: Iterable[Compared], old: Iterable[Index], new: Iterable[Index]) -> tuple[str, ...]:
    """Return the indexes that the old side's plans use, and of which the new side has no valid one of the same form.

    :param old: the indexes of the tables in these plans; ``new``: those of the other side
    """
    used = {index for one in compared if isinstance(one.old, Shape) for index in one.old.indexes}
    there = {(index.table, index.form) for index in new if index.valid}
    return tuple(
        sorted(
            f"{quoted(index.table.schema)}.{quoted(index.name)}"
            for index in old
            if (index.table, index.name) in used and (index.table, index.form) not in there
        )
    )


def other_differences(kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield what differs, with both values; ``absent`` where a side does not have it."""
    for name in sorted({*old, *new}):
        before, after = old.get(name, "absent"), new.get(name, "absent")
        if before != after:
            yield (kind, name, before, after)
