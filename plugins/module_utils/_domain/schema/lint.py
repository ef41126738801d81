# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether rows still flow in each direction although the schemas differ, difference by difference.

The rules are those of logical replication as it applies a row: columns are matched by name, values pass as text,
constraints of the target hold, foreign keys and ordinary triggers do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..capabilities import Capability
from ..relations import ORDINARY, TableName
from ..sides import Direction
from .column_types import holds
from .relation_facts import FULL_IDENTITY, Column, Constraint, EnumType, Relation
from .replica_identity import holds_generated

FLOWS = "flows"
LEFT_BEHIND = "left_behind"
VALUE_DEPENDENT = "value_dependent"
STOPS = "stops"
_GRAVITY = (FLOWS, LEFT_BEHIND, VALUE_DEPENDENT, STOPS)
_CHECK = "c"


@dataclass(frozen=True)
class Structure:
    """The parts of a database that decide whether rows can come from it or go into it."""

    major: int
    relations: Mapping[TableName, Relation]
    checks: Mapping[TableName, frozenset[str]]
    enums: Mapping[TableName, tuple[str, ...]]

    @classmethod
    def of(
        cls, major: int, relations: Iterable[Relation], constraints: Iterable[Constraint], enums: Iterable[EnumType]
    ) -> Structure:
        """Arrange the rows read from the catalog."""
        checks: dict[TableName, set[str]] = {}
        for one in constraints:
            if one.kind == _CHECK:
                checks.setdefault(one.table, set()).add(one.name)
        return cls(
            major,
            {one.name: one for one in relations if one.is_table},
            {table: frozenset(names) for table, names in checks.items()},
            {one.name: one.labels for one in enums},
        )


@dataclass(frozen=True)
class Verdict:
    """What one difference means for rows in one direction.

    ``verdict``: ``flows``; ``left_behind``: rows flow without a part of them; ``value_dependent``: the link stops at
    the first value that does not fit; ``stops``. ``column`` is empty if the whole table is meant.
    """

    direction: Direction
    table: TableName
    column: str
    difference: str
    verdict: str
    reason: str
    way_out: str

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "direction": str(self.direction),
            "table": str(self.table),
            "column": self.column or None,
            "difference": self.difference,
            "verdict": self.verdict,
            "reason": self.reason,
            "way_out": self.way_out,
        }


def worst(verdicts: Iterable[Verdict], direction: Direction) -> str:
    """Return the most serious verdict of one direction; ``flows`` if nothing differs."""
    return max((one.verdict for one in verdicts if one.direction is direction), key=_GRAVITY.index, default=FLOWS)


def lint(blue: Structure, green: Structure, excluded: Iterable[TableName]) -> tuple[Verdict, ...]:
    """Return what every difference means for rows from blue to green, and from green to blue."""
    left_out = set(excluded)
    found: list[Verdict] = []
    for direction, source, target in ((Direction.FORWARD, blue, green), (Direction.REVERSE, green, blue)):
        for name in sorted(set(source.relations) - left_out):
            found += _Flow(direction, source, target, name).verdicts()
    return tuple(found)


class _Flow:
    """The rows of one table in one direction."""

    def __init__(self, direction: Direction, source: Structure, target: Structure, name: TableName) -> None:
        self._direction = direction
        self._source, self._target = source, target
        self._here = source.relations[name]
        self._there = target.relations.get(name)

    def verdicts(self) -> Iterator[Verdict]:
        if not self._here.stores_rows:
            return
        if self._there is None or self._there.kind != ORDINARY:
            yield self._without_table()
            return
        theirs = {column.name: column for column in self._there.columns}
        mine = {column.name: column for column in self._here.columns}
        for column in self._here.columns:
            if column.name not in theirs:
                yield from self._only_at_source(column)
            elif column != theirs[column.name]:
                yield from self._differing(column, theirs[column.name])
            yield from self._labels(column, theirs.get(column.name))
        for column in self._there.columns:
            if column.name not in mine:
                yield self._only_at_target(column)
        yield from self._keys(self._there)
        yield from self._constraints(self._there)
        yield from self._column_list(mine, theirs)

    def _say(self, column: str, difference: str, verdict: str, reason: str, way_out: str) -> Verdict:
        return Verdict(self._direction, self._here.name, column, difference, verdict, reason, way_out)

    def _without_table(self) -> Verdict:
        what = "missing" if self._there is None else "partitioned there and not here"
        if self._direction is Direction.FORWARD:
            reason, verdict = "green has no table of that name to take the rows, and no link is made", STOPS
            way_out = "Keep the table's name on green, with a view of the new name; rename after cleanup"
        else:
            reason, verdict = "blue has no such table: rows written here stay behind on a rollback", LEFT_BEHIND
            way_out = "Create it on blue as well where a rollback has to carry its rows"
        return self._say("", f"table {what} at the target", verdict, reason, way_out)

    def _only_at_source(self, column: Column) -> Iterator[Verdict]:
        if column.generated:
            return
        in_key = column.name in self._here.identity_columns
        yield self._say(
            column.name,
            "column missing at the target",
            STOPS if in_key else LEFT_BEHIND,
            "it is part of the key by which rows are found" if in_key else "rows flow without its values",
            "Keep the column on green until after cleanup"
            if self._direction is Direction.FORWARD
            else "Add it to blue as well where a rollback has to carry its values",
        )

    def _only_at_target(self, column: Column) -> Verdict:
        fits = column.fills_itself
        return self._say(
            column.name,
            "column only at the target",
            FLOWS if fits else STOPS,
            "it is filled with NULL, its default or its expression" if fits else "NOT NULL, and nothing fills it",
            "" if fits else "Give it a default, or let it be NULL until after cleanup",
        )

    def _differing(self, here: Column, there: Column) -> Iterator[Verdict]:
        if here.generated or there.generated:
            if bool(here.generated) != bool(there.generated):
                yield self._generated(here, there)
            return
        if here.type != there.type:
            fits = holds(there.type, here.type)
            yield self._say(
                here.name,
                f"type {here.type} becomes {there.type}",
                FLOWS if fits else VALUE_DEPENDENT,
                "every value fits" if fits else "the first value that the target's type does not read stops the link",
                "" if fits else f"Add a column of type {there.type}, fill it by a trigger, change over in two phases",
            )
        if there.not_null and not here.not_null:
            yield self._say(
                here.name,
                "NOT NULL only at the target",
                VALUE_DEPENDENT,
                "the first NULL stops the link",
                "SET NOT NULL on both sides, or after cleanup",
            )

    def _generated(self, here: Column, there: Column) -> Verdict:
        empty = not there.generated and not there.fills_itself
        return self._say(
            here.name,
            "generated on one side only",
            STOPS if empty else LEFT_BEHIND,
            "generated values do not flow, and nothing else fills it" if empty else "its values do not flow",
            "Generate it on both sides or on none; or compute it in a new column",
        )

    def _labels(self, here: Column, there: Column | None) -> Iterator[Verdict]:
        if there is None:
            return
        for name, labels in self._source.enums.items():
            known = self._target.enums.get(name)
            new = [label for label in labels if known is not None and label not in known]
            if new and here.type == there.type and here.type in (name.name, str(name)):
                yield self._say(
                    here.name,
                    f"label {', '.join(map(repr, new))} unknown at the target",
                    VALUE_DEPENDENT,
                    "the first row with such a label stops the link",
                    "ALTER TYPE … ADD VALUE on both sides, or write it after cleanup only",
                )

    def _keys(self, there: Relation) -> Iterator[Verdict]:
        here = self._here
        if here.identity != FULL_IDENTITY and not here.identity_columns:
            if there.identity_columns or self._direction is Direction.REVERSE:
                yield self._say(
                    "",
                    "no replica identity at the source",
                    STOPS,
                    "PostgreSQL refuses UPDATE and DELETE of a published table without one, even for the application",
                    "Keep the primary key, or choose a unique index: ALTER TABLE … REPLICA IDENTITY USING INDEX",
                )
        elif self._holds_generated(here, self._source.major) and not self._holds_generated(there, self._target.major):
            yield self._say(
                "",
                "a generated column in the replica identity of the source",
                STOPS,
                "PostgreSQL refuses UPDATE and DELETE there, or the target cannot find the rows",
                "Choose a unique index over plain columns: ALTER TABLE … REPLICA IDENTITY USING INDEX",
            )
        elif here.identity != FULL_IDENTITY and not set(there.identity_columns) <= set(here.identity_columns):
            yield self._say(
                "",
                f"key ({', '.join(here.identity_columns)}) becomes ({', '.join(there.identity_columns)})",
                STOPS,
                "UPDATE and DELETE come with another key than the target looks for; INSERT flows",
                "Set the same columns as replica identity on both sides, by an index over them",
            )

    def _holds_generated(self, table: Relation, major: int) -> bool:
        generated = {column.name for column in table.columns if column.generated}
        return holds_generated(table.identity, table.identity_columns, generated, major)

    def _constraints(self, there: Relation) -> Iterator[Verdict]:
        stricter = [
            f"UNIQUE ({', '.join(columns)})" for columns in sorted(set(there.uniques) - set(self._here.uniques))
        ]
        checks = [structure.checks.get(there.name, frozenset()) for structure in (self._target, self._source)]
        stricter += [f"CHECK {name}" for name in sorted(checks[0] - checks[1])]
        for constraint in stricter:
            yield self._say(
                "",
                f"{constraint} only at the target",
                VALUE_DEPENDENT,
                "the first row that violates it stops the link",
                "Add it to both sides, or after cleanup",
            )

    def _column_list(self, mine: Mapping[str, Column], theirs: Mapping[str, Column]) -> Iterator[Verdict]:
        carried = [name for name, column in mine.items() if not column.generated]
        if all(name in theirs and not theirs[name].generated for name in carried):
            return
        if self._here.identity == FULL_IDENTITY:
            reason, way_out = "a column list on REPLICA IDENTITY FULL stops UPDATE and DELETE", "Give it a key"
        elif not Capability.COLUMN_LISTS.of(self._source.major):
            reason, way_out = f"PostgreSQL {self._source.major} cannot leave columns out", "Change it after cleanup"
        else:
            return
        yield self._say("", "columns have to be left out", STOPS, reason, way_out)
