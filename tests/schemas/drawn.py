# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drawn schema: its statements, and the tables that may be written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.schemas.kinds import Kind
from tests.schemas.words import quoted

# Any row will do, so long as the seed finds the same one again.
_NTH = '(SELECT {what} FROM {table} x ORDER BY x::text COLLATE "C" LIMIT 1 OFFSET {number})'
_LARGEST_OFFSET = 15


@dataclass(frozen=True)
class Column:
    """A column. `given`: INSERT states its value; otherwise the server does."""

    name: str
    kind: Kind
    given: bool = True
    not_null: bool = False
    refers_to: tuple[str, str] | None = None  # table and column, as SQL writes them

    def value(self, chance: Random) -> str:
        """Return an expression."""
        if self.refers_to:
            table, column = self.refers_to
            return _NTH.format(what=f"x.{column}", table=table, number=chance.randint(0, _LARGEST_OFFSET))
        if not self.not_null and chance.random() < 0.15:
            return "NULL"
        return self.kind.value(chance)


@dataclass
class Table:
    """A table, or a view that can be written to."""

    schema: str
    name: str
    columns: list[Column]
    key: list[str] = field(default_factory=list)
    partitioned: bool = False

    @property
    def title(self) -> str:
        """Its name in SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def changeable(self) -> list[Column]:
        """The columns that an UPDATE may set."""
        return [each for each in self.columns if each.given and each.name not in self.key]

    def insert(self, chance: Random) -> str:
        """Return a statement that adds one row or a few."""
        given = [each for each in self.columns if each.given]
        if not given:
            return f"INSERT INTO {self.title} DEFAULT VALUES"
        names = ", ".join(quoted(each.name) for each in given)
        rows = [
            "(" + ", ".join(each.value(chance) for each in given) + ")" for _time in range(chance.choice((1, 1, 1, 3)))
        ]
        return f"INSERT INTO {self.title} ({names}) VALUES {', '.join(rows)}"

    def update(self, chance: Random) -> str:
        """Return a statement that changes a row, if there is one."""
        columns = self.changeable
        if not columns:
            return self.delete(chance)
        chosen = chance.sample(columns, min(len(columns), chance.randint(1, 3)))
        values = ", ".join(f"{quoted(each.name)} = {each.value(chance)}" for each in chosen)
        return f"UPDATE {self.title} SET {values} WHERE {self._one_row(chance)}"

    def delete(self, chance: Random) -> str:
        """Return a statement that removes a row, if there is one."""
        return f"DELETE FROM {self.title} WHERE {self._one_row(chance)}"

    def _one_row(self, chance: Random) -> str:
        if not self.key:
            number = chance.randint(0, _LARGEST_OFFSET)
            return "(tableoid, ctid) = " + _NTH.format(what="x.tableoid, x.ctid", table=self.title, number=number)
        columns = ", ".join(f"x.{quoted(name)}" for name in self.key)
        names = ", ".join(quoted(name) for name in self.key)
        number = chance.randint(0, _LARGEST_OFFSET)
        return f"({names}) = " + _NTH.format(what=columns, table=self.title, number=number)


@dataclass
class Drawn:
    """A schema: its owner's statements."""

    seed: str
    statements: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def rows(self, chance: Random, number: int) -> list[str]:
        """Return statements that fill the tables; those that others refer to first."""
        return [table.insert(chance) for table in self.tables for _time in range(chance.randint(0, number))]

    def writes(self, chance: Random, number: int) -> list[list[str]]:
        """Return transactions of an application."""
        return [[self._write(chance) for _time in range(chance.choice((1, 1, 2, 4)))] for _time in range(number)]

    def _write(self, chance: Random) -> str:
        table = chance.choice(self.tables)
        if chance.random() < 0.01:
            return f"TRUNCATE {table.title} CASCADE" if table.columns else table.insert(chance)
        return chance.choice((table.insert, table.insert, table.update, table.update, table.delete))(chance)
