# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of blue in a throw-away database: roles, rows with their parents, positions of sequences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..._domain.errors import MigrationError
from ..._domain.rehearsal.sample import THROW_AWAY, ForeignKey
from ..._domain.relations import Table, TableName
from ..catalog import read_tables
from ..driver import Name
from ..sequences import advance_sequences, read_sequences
from ..session import Session
from ..sql.rehearsal import sample as sql

# A chain of rows that refer to each other may be as long as its table.
_MOST_GENERATIONS = 100


def require_throw_away(session: Session) -> None:
    """Check that the session's server is a throw-away one.

    :raises MigrationError: BG724 when it is not: only embedded servers, and databases that somebody has marked with a
        comment, are ever filled with a sample
    """
    if not session.value(sql.IS_THROW_AWAY, {"mark": THROW_AWAY}):
        raise MigrationError(
            "BG724",
            f"The server at {session.endpoint.address} is not a throw-away server",
            "Nothing was changed",
            "Give the endpoint of a server that the module embedded_server has created, or of a database that nobody "
            f"misses and whose comment says so: COMMENT ON DATABASE … IS '{THROW_AWAY}'",
        )


def is_untouched(session: Session) -> bool:
    """Tell whether the database holds nothing of an earlier rehearsal."""
    things = (sql.SUBSCRIPTIONS, sql.SLOTS, sql.PUBLICATIONS, sql.LEFT)
    return not any(session.rows(query, {}) for query in things)


def empty(session: Session) -> None:
    """Drop everything in a throw-away database, beginning with what an interrupted rehearsal left."""
    for row in session.rows(sql.SUBSCRIPTIONS, {}):
        for statement in sql.DROP_SUBSCRIPTION:
            session.run(statement, None, name=row["name"])
    for row in session.rows(sql.SLOTS, {}):
        session.run(sql.END_SLOT, {"name": row["name"]})
        session.run(sql.DROP_SLOT, {"name": row["name"]})
    for query, statement in ((sql.PUBLICATIONS, sql.DROP_PUBLICATION), (sql.EVENT_TRIGGERS, sql.DROP_EVENT_TRIGGER)):
        for row in session.rows(query, {}):
            session.run(statement, None, name=row["name"])
    for row in session.rows(sql.LEFT, {}):
        session.run(sql.DROP_SCHEMA if row["kind"] == "schema" else sql.DROP_EXTENSION, None, name=row["name"])
    session.run(sql.MAKE_PUBLIC)
    session.run(sql.NO_SIGNPOST, None, database=database_of(session))


def database_of(session: Session) -> str:
    """Return the name of the session's database."""
    return str(session.value(sql.DATABASE))


def only_read(session: Session) -> None:
    """Make the session read-only."""
    session.run(sql.READ_ONLY)


def unknown_roles(session: Session, names: Iterable[str]) -> list[str]:
    """Return those of the roles that the session's server does not have."""
    return [row["name"] for row in session.rows(sql.UNKNOWN_ROLES, {"names": sorted(set(names))})]


def create_role(session: Session, name: str) -> None:
    """Create a role that cannot log in and has no privileges of its own."""
    session.run(sql.CREATE_ROLE, None, name=name)


def count_rows(session: Session) -> dict[TableName, int]:
    """Return how many rows each table or partition of the session's database has."""
    return {
        table.name: int(session.value(sql.COUNT, None, table=table.name.parts))
        for table in read_tables(session)
        if table.stores_rows
    }


class Sampler:
    """Copies rows of one snapshot of blue to the throw-away database; one transaction on each."""

    def __init__(self, blue: Session, copy: Session, excluded: Collection[TableName]) -> None:
        self._blue = blue
        self._copy = copy
        self._tables = {table.name: table for table in read_tables(copy) if table.name not in excluded}
        self._keys = [key for key in _read_foreign_keys(copy) if {key.child, key.parent} <= self._tables.keys()]
        self._taken: dict[TableName, int] = {}

    def take(self, limit: int) -> dict[TableName, int]:
        """Copy at most ``limit`` rows of each table and partition, and the parents that they refer to.

        A row whose parents are not found within 100 generations is left out.

        :returns: how many rows of each table or partition the copy has, in the order of reading
        """
        self._blue.run(sql.PIN_BLUE)
        self._copy.run(sql.PIN_COPY)
        self._copy.run(sql.NO_TRIGGERS)
        with self._blue.transaction(sql.BEGIN), self._copy.transaction():
            for table in self._tables.values():
                if table.stores_rows:
                    self._put(table, self._lines(sql.SAMPLE, {"limit": limit}, table=table.name.parts))
            self._complete()
            self._leave_out_orphans()
            positions = [(one.name, one.last) for one in read_sequences(self._blue) if one.last is not None]
            advance_sequences(self._copy, positions)
        return self._taken

    def _complete(self) -> None:
        for _generation in range(_MOST_GENERATIONS):
            if not sum(self._fetch_parents(key) for key in self._keys):
                return

    def _fetch_parents(self, key: ForeignKey) -> int:
        width = len(key.child_columns)
        wanted = [row["key"] for row in self._copy.rows(sql.wanted(width), {}, **_names(key))]
        if not wanted:
            return 0
        columns = {f"k{n}": [values[n] for values in wanted] for n in range(width)}
        lines = self._lines(sql.parents(width), columns, **_names(key))
        self._put(self._tables[key.parent], lines)
        return len(lines)

    def _leave_out_orphans(self) -> None:
        gone = -1
        while gone:
            gone = 0
            for key in self._keys:
                deleted = len(self._copy.rows(sql.delete_orphans(len(key.child_columns)), {}, **_names(key)))
                gone += deleted
                if deleted:
                    self._taken[key.child] = self._taken.get(key.child, 0) - deleted

    def _lines(self, statement: str, arguments: Mapping[str, object], **names: Name) -> list[str]:
        return [row["line"] for row in self._blue.rows(statement, arguments, **names)]

    def _put(self, table: Table, lines: list[str]) -> None:
        columns = table.replicated_columns
        if not lines or not columns:
            return
        names: dict[str, Name] = {f"c{n}": column for n, column in enumerate(columns)}
        self._copy.run(sql.fill(len(columns)), {"lines": lines}, table=table.name.parts, **names)
        self._taken[table.name] = self._taken.get(table.name, 0) + len(lines)


def _read_foreign_keys(session: Session) -> list[ForeignKey]:
    return [
        ForeignKey(
            TableName(row["child_schema"], row["child"]),
            TableName(row["parent_schema"], row["parent"]),
            tuple(row["child_columns"]),
            tuple(row["parent_columns"]),
            tuple(zip(row["type_schemas"], row["type_names"])),
            tuple(row["operators"]),
        )
        for row in session.rows(sql.FOREIGN_KEYS, {})
    ]


def _names(key: ForeignKey) -> dict[str, Name]:
    names: dict[str, Name] = {"child": key.child.parts, "parent": key.parent.parts}
    for n, columns in enumerate(zip(key.child_columns, key.parent_columns, key.operators)):
        names.update(zip((f"c{n}", f"p{n}", f"o{n}"), columns))
        names[f"t{n}"] = key.types[n]
    return names
