# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of PostgreSQL's plugin pgoutput, protocol version 1, as its documentation defines them (55.9)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..relations import TableName

_NULL, _UNCHANGED = b"n", b"u"
_OLD, _NEW, _OF_THE_KEY = (b"K", b"O"), b"N", b"\1"
_ROWS = {b"I": "insert", b"U": "update", b"D": "delete"}


@dataclass(frozen=True)
class RowChange:
    """What happens to a row. ``values``: the new row's text by column, without those that an update left unchanged.

    ``leaves``: which row it replaces or removes, as text by column; empty for every row of the table.
    """

    kind: str
    table: TableName
    values: dict[str, str | None]
    commit_lsn: str
    leaves: dict[str, str | None] | None = None

    def brings(self, row: Mapping[str, str | None]) -> bool:
        """Tell whether this is the row that it leaves behind."""
        return bool(self.values) and _agree(row, self.values)

    def takes(self, row: Mapping[str, str | None]) -> bool:
        """Tell whether this row is no longer there, or no longer like this, after it."""
        return self.leaves is not None and _agree(row, self.leaves)


def _agree(row: Mapping[str, str | None], known: Mapping[str, str | None]) -> bool:
    return all(row[name] == value for name, value in known.items() if name in row)


@dataclass(frozen=True)
class _Relation:
    table: TableName
    columns: tuple[str, ...]
    key: tuple[str, ...]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def number(self, layout: str) -> int:
        (value,) = struct.unpack(layout, self.take(struct.calcsize(layout)))
        return int(value)

    def text(self) -> str:
        end = self._data.index(b"\0", self._at)
        taken = self._data[self._at : end]
        self._at = end + 1
        return taken.decode("utf-8", "replace")

    def tuple(self) -> list[bytes | str | None]:
        """Return a value, ``None`` for NULL, and the mark itself for an unchanged one."""
        values: list[bytes | str | None] = []
        for _column in range(self.number("!H")):
            mark = self.take(1)
            if mark == _NULL:
                values.append(None)
            elif mark == _UNCHANGED:
                values.append(_UNCHANGED)
            else:
                values.append(self.take(self.number("!I")).decode("utf-8", "replace"))
        return values


def row_changes(messages: Iterable[bytes]) -> Iterator[RowChange]:
    """Yield what the messages do to rows, in their order."""
    relations: dict[int, _Relation] = {}
    commit_lsn = ""
    for message in messages:
        reader = _Reader(message)
        kind = reader.take(1)
        if kind == b"B":
            lsn = reader.number("!Q")
            commit_lsn = f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
        elif kind == b"R":
            oid, relation = _relation(reader)
            relations[oid] = relation
        elif kind == b"T":
            yield from _emptied(reader, relations, commit_lsn)
        elif kind in _ROWS:
            yield _row(reader, kind, relations, commit_lsn)


def _relation(reader: _Reader) -> tuple[int, _Relation]:
    oid = reader.number("!I")
    table = TableName(reader.text(), reader.text())
    reader.take(1)
    columns, key = [], []
    for _column in range(reader.number("!H")):
        is_key = reader.take(1) == _OF_THE_KEY
        columns.append(reader.text())
        key += columns[-1:] if is_key else []
        reader.take(8)
    return oid, _Relation(table, tuple(columns), tuple(key))


def _emptied(reader: _Reader, relations: Mapping[int, _Relation], commit_lsn: str) -> Iterator[RowChange]:
    number = reader.number("!I")
    reader.take(1)
    for _relation_emptied in range(number):
        table = relations[reader.number("!I")].table
        yield RowChange("truncate", table, {}, commit_lsn, {})


def _row(reader: _Reader, kind: bytes, relations: Mapping[int, _Relation], commit_lsn: str) -> RowChange:
    relation = relations[reader.number("!I")]
    mark = reader.take(1)
    old: dict[str, str | None] | None = None
    if mark in _OLD:
        old = _named(relation, reader.tuple())
        mark = reader.take(1)
    values = _named(relation, reader.tuple()) if mark == _NEW else {}
    if kind == b"I":
        return RowChange(_ROWS[kind], relation.table, values, commit_lsn)
    # An update that leaves the key as it is does not repeat it.
    known = values if old is None else old
    leaves = {name: known[name] for name in relation.key if name in known}
    return RowChange(_ROWS[kind], relation.table, values, commit_lsn, leaves or None)


def _named(relation: _Relation, values: list[bytes | str | None]) -> dict[str, str | None]:
    return {name: value for name, value in zip(relation.columns, values) if not isinstance(value, bytes)}
