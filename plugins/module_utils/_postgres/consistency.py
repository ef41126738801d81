# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes, rows and positions, read from one side for a comparison."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency import Comparison
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_buckets import (
    Bucket,
    HashedRow,
    Key,
    Selection,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_verdict import (
    ABSENT,
    Reading,
    Version,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

from .session import Session
from .sql import consistency as sql

_ROWS_A_FETCH = 5000
_GRACE_MILLISECONDS = 2000


def pin_settings(session: Session) -> None:
    """Make values print the same on every server, and let the session neither write nor overlook a row."""
    session.run(sql.PIN_SETTINGS, {})


def read_encoding(session: Session) -> str:
    """Return the encoding in which the database stores text."""
    return str(session.value(sql.ENCODING))


def read_hidden_tables(session: Session) -> set[TableName]:
    """Return the tables of which a row-level security policy could hide rows from us."""
    return {TableName(**row) for row in session.rows(sql.HIDDEN_BY_ROW_SECURITY)}


def read_copying_tables(session: Session, prefix: str) -> set[TableName]:
    """Return the tables that the subscriptions whose names begin with ``prefix`` have not yet copied completely."""
    return {TableName(**row) for row in session.rows(sql.STILL_COPYING, {"prefix": prefix})}


def read_wal_end(session: Session) -> str:
    """Return the LSN behind everything that is committed and visible by now, flushed or not."""
    return str(session.value(sql.WAL_END, {}))


@dataclass(frozen=True)
class SlotState:
    """One slot: is it in use, and has its subscriber confirmed everything before the LSN asked for?"""

    name: str
    active: bool
    passed: bool


def read_slots(session: Session, prefix: str, lsn: str) -> list[SlotState]:
    """Return the slots whose names begin with ``prefix``."""
    return [SlotState(**row) for row in session.rows(sql.SLOTS, {"prefix": prefix, "lsn": lsn})]


def hasten_flush(session: Session, lsn: str) -> None:
    """See to it that WAL up to ``lsn`` is flushed, since only then it is sent; an idle server may take 15 s."""
    if not session.value(sql.FLUSHED, {"lsn": lsn}):
        session.run(sql.TAKE_TRANSACTION_ID)


class TableReader(Protocol):
    """One table on one side."""

    def buckets(self, mask: int, of: Selection | None = None) -> dict[int, Bucket]:
        """Return all buckets that have rows, or the parts of some; a row's bucket is its place under ``mask``."""

    def open_rows(self, of: Selection) -> None:
        """Read the rows of these buckets into a cursor of the server's."""

    def rows(self) -> Iterator[HashedRow]:
        """Return what :meth:`open_rows` has read, sorted by place; a bounded number of rows at a time is in memory."""

    def read(self, keys: Sequence[Key], with_columns: bool) -> Mapping[Key, Reading]:
        """Return what is there now of these keys."""


class _Reader:
    """What readers have in common."""

    def __init__(
        self,
        session: Session,
        comparison: Comparison,
        deadline: Deadline,
        statements: sql.StatementsByKey | sql.StatementsByHash,
    ) -> None:
        self._session = session
        self._deadline = deadline
        self._comparison = comparison
        self._shared = statements
        self._names: dict[str, Any] = {
            f"c{number}": _escaped(column.name) for number, column in enumerate(comparison.columns)
        }
        self._names["table"] = tuple(_escaped(part) for part in comparison.table.parts)

    def buckets(self, mask: int, of: Selection | None = None) -> dict[int, Bucket]:
        self._limit_statement()
        arguments = {"mask": mask, **(_selected(of) if of else {})}
        (lists,) = self._session.rows(self._shared.buckets(some=of is not None), arguments, **self._names)
        columns = (lists[name] or () for name in ("numbers", "rows", "hash_sums"))
        return {number: Bucket(rows, int(hash_sum)) for number, rows, hash_sum in zip(*columns)}

    def open_rows(self, of: Selection) -> None:
        self._limit_statement()
        self._session.run(self._shared.open_rows, _selected(of), **self._names)

    def rows(self) -> Iterator[HashedRow]:
        while True:
            fetched = self._session.rows(sql.FETCH, {"rows": _ROWS_A_FETCH})
            for row in fetched:
                yield HashedRow(row["place"], row["hash"], tuple(row["key"]))
            if len(fetched) < _ROWS_A_FETCH:
                break
        self._session.run(sql.CLOSE)

    def _limit_statement(self) -> None:
        # A little late: our own deadline comes first, and the server goes on with nothing that nobody waits for.
        milliseconds = self._deadline.left_milliseconds() + _GRACE_MILLISECONDS
        self._session.run(sql.LIMIT, {"milliseconds": milliseconds})


class ReaderByKey(_Reader):
    """A table whose rows are known by a key."""

    def __init__(self, session: Session, comparison: Comparison, deadline: Deadline) -> None:
        self._statements = sql.StatementsByKey(comparison, session.side)
        super().__init__(session, comparison, deadline, self._statements)
        self._types_are_known = False

    def read(self, keys: Sequence[Key], with_columns: bool) -> Mapping[Key, Reading]:
        self._learn_types()
        lists = {f"k{number}": list(texts) for number, texts in enumerate(zip(*keys))}
        found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        for row in self._session.rows(self._statements.read(with_columns), lists, **self._names):
            found[keys[row["place"] - 1]].append(row)
        return defaultdict(lambda: ABSENT, {key: _reading(rows) for key, rows in found.items()})

    def _learn_types(self) -> None:
        if self._types_are_known:
            return
        columns = [column.name for column in self._comparison.key]
        schema, table = self._comparison.table.parts
        rows = self._session.rows(sql.KEY_TYPES, {"schema": schema, "table": table, "columns": columns})
        for row in rows:
            number = columns.index(row["name"])
            self._names[f"t{number}"] = (_escaped(row["type_schema"]), _escaped(row["type_name"]))
            self._names[f"o{number}"] = _escaped(row["operator_schema"])
        self._types_are_known = True


class ReaderByHash(_Reader):
    """A table without a key."""

    def __init__(self, session: Session, comparison: Comparison, deadline: Deadline) -> None:
        self._statements = sql.StatementsByHash(comparison, session.side)
        super().__init__(session, comparison, deadline, self._statements)

    def read(self, keys: Sequence[Key], _with_columns: bool) -> Mapping[Key, Reading]:
        versions: dict[Key, dict[Version, int]] = defaultdict(dict)
        arguments = {"hashes": [int(text) for (text,) in keys]}
        for row in self._session.rows(self._statements.read, arguments, **self._names):
            versions[(str(row["hash"]),)][Version(row["hash"], row["xmin"])] = row["rows"]
        return defaultdict(lambda: ABSENT, {key: Reading(found) for key, found in versions.items()})


def reader_of(session: Session, comparison: Comparison, deadline: Deadline) -> TableReader:
    """Return the reader of that table on the session's side; ``deadline`` limits its statements on the server."""
    reader = ReaderByKey if comparison.key else ReaderByHash
    return reader(session, comparison, deadline)


def _selected(selection: Selection) -> dict[str, Any]:
    return {"within": selection.mask, "numbers": list(selection.numbers)}


def _reading(rows: Sequence[Mapping[str, Any]]) -> Reading:
    versions: dict[Version, int] = defaultdict(int)
    for row in rows:
        versions[Version(row["hash"], row["xmin"])] += 1
    return Reading(dict(versions), tuple(rows[0]["columns"]) if len(rows) == 1 else ())


def _escaped(name: str) -> str:
    # psycopg2 looks for placeholders in quoted names as well.
    return name.replace("%", "%%")
