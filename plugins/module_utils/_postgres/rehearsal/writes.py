# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes that follow from the structure of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..._domain.relations import TableName
from ..catalog import read_tables
from ..driver import Name
from ..session import Session
from ..sql.rehearsal import writes as sql


@dataclass(frozen=True)
class Shape:
    """A table that can be written to.

    ``values`` says how a new row gets each column, ``None`` where no new row is possible. Rows of a table that is
    ``referenced`` are not deleted, since other rows may be deleted with them. ``alone``: it has its rows itself.
    """

    name: TableName
    key: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[str, ...] | None
    rows: int
    referenced: bool
    alone: bool

    @property
    def touched(self) -> str:
        """Return the column that is rewritten: one outside the key, where there is one."""
        return next((column for column in self.columns if column not in self.key), self.columns[0])

    def names(self, **more: Name) -> dict[str, Name]:
        """Return the identifiers in the table's statements."""
        parts: dict[str, Name] = {"table": self.name.parts}
        parts.update({f"k{n}": name for n, name in enumerate(self.key)})
        parts.update({f"c{n}": name for n, name in enumerate(self.columns)})
        return {**parts, "c": self.touched, **more}


def read_shapes(session: Session, excluded: Iterable[TableName]) -> list[Shape]:
    """Return the tables that have a key and rows, so that similar rows can be written."""
    tables = {table.name: table for table in read_tables(session)}
    left_out = set(excluded)
    shapes = []
    for row in session.rows(sql.SHAPES, {}):
        name = TableName(row["schema"], row["name"])
        table = tables.get(name)
        if name in left_out or table is None or not table.key:
            continue
        alone = table.stores_rows
        rows = session.value(sql.count(alone), None, table=name.parts)
        if rows:
            columns = tuple(row["columns"])
            shapes.append(Shape(name, table.key, columns, _values(row), rows, row["referenced"], alone))
    return shapes


def _values(row: dict[str, Any]) -> tuple[str, ...] | None:
    """Return how a new row gets each column: one column of every unique index gets a new value, the others an existing
    one."""
    new = {
        name: value.replace("{column}", f"{{c{n}}}").replace("{length}", str(row["lengths"][n]))
        for n, name in enumerate(row["columns"])
        for value in [_new_value(row["types"][n], row["categories"][n])]
        if value is not None and not row["refers"][n]
    }
    renewed: set[str] = set()
    for columns in filter(None, row["keys"]):
        able = [name for name in columns if name in new]
        if not able:
            return None
        if not renewed.intersection(able):
            renewed.add(able[-1])
    return tuple(new[name] if name in renewed else f"t.{{c{n}}}" for n, name in enumerate(row["columns"]))


def _new_value(type_name: str, category: str) -> str | None:
    known = "timestamp" if type_name.startswith("timestamp") else type_name
    return sql.NEW_VALUES.get(known) or sql.NEW_VALUES.get(category)


def insert(session: Session, shape: Shape, place: int) -> tuple[str, ...] | None:
    """Insert a copy of the row at ``place`` with a new key and return the key, ``None`` where there is no such row any
    more."""
    statement = sql.insert(shape.values or (), len(shape.columns), len(shape.key), shape.alone)
    row = session.row(statement, {"place": place}, **shape.names())
    return tuple(row["key"]) if row else None


def touch(session: Session, shape: Shape, place: int) -> bool:
    """Rewrite the row at ``place`` unchanged; tell whether it exists."""
    return bool(session.rows(sql.touch(len(shape.key), shape.alone), {"place": place}, **shape.names()))


def delete(session: Session, shape: Shape, key: Sequence[str]) -> bool:
    """Delete the row with that key; tell whether it existed."""
    values = {f"k{n}": value for n, value in enumerate(key)}
    return bool(session.rows(sql.delete(len(key), shape.alone), values, **shape.names()))


def read_alone(session: Session) -> set[TableName]:
    """Return the tables that have their rows themselves."""
    return {table.name for table in read_tables(session) if table.stores_rows}


def read_present(
    session: Session, name: TableName, key: Sequence[str], wanted: Iterable[Sequence[str]], alone: bool
) -> set[tuple[str, ...]]:
    """Return which of the keys ``wanted`` exist."""
    names: dict[str, Name] = {f"k{n}": column for n, column in enumerate(key)}
    keys = session.as_json([list(one) for one in wanted])
    rows = session.rows(sql.present(len(key), alone), {"keys": keys}, table=name.parts, **names)
    return {tuple(row["key"]) for row in rows}
