# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of PostgreSQL's plugin pgoutput, protocol version 1, as its documentation defines them (55.9)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..relations import TableName

_NULL, _UNCHANGED = b"n", b"u"


@dataclass(frozen=True)
class RowChange:
    """A row that is inserted or updated. ``values``: text by column, without those that an update left unchanged."""

    kind: str
    table: TableName
    values: dict[str, str | None]
    commit_lsn: str


@dataclass(frozen=True)
class _Relation:
    table: TableName
    columns: tuple[str, ...]


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
    """Yield the rows that the messages insert or update, in their order; other messages are skipped."""
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
        elif kind in (b"I", b"U"):
            yield _row(reader, kind, relations, commit_lsn)


def _relation(reader: _Reader) -> tuple[int, _Relation]:
    oid = reader.number("!I")
    table = TableName(reader.text(), reader.text())
    reader.take(1)
    columns = []
    for _column in range(reader.number("!H")):
        reader.take(1)
        columns.append(reader.text())
        reader.take(8)
    return oid, _Relation(table, tuple(columns))


def _row(reader: _Reader, kind: bytes, relations: dict[int, _Relation], commit_lsn: str) -> RowChange:
    relation = relations[reader.number("!I")]
    mark = reader.take(1)
    if mark in (b"K", b"O"):
        reader.tuple()
        reader.take(1)
    values = {name: value for name, value in zip(relation.columns, reader.tuple()) if not isinstance(value, bytes)}
    return RowChange("insert" if kind == b"I" else "update", relation.table, values, commit_lsn)
