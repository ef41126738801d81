# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a slot still holds: the rows that transactions changed which the other side never received. Pure.

The messages are those of ``pgoutput``, protocol version 1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..comparison.buckets import Key
from ..relations import TableName

Values = dict[str, "str | None"]


@dataclass(frozen=True)
class Change:
    """One row of one table, as a message names it: ``old`` where its key was another one or it went, ``new`` where it
    stays."""

    table: TableName
    old: Values | None
    new: Values | None
    inserts: bool = False


@dataclass
class Taken:
    """What the transactions after a position changed, in their order.

    ``emptied``: tables that a TRUNCATE emptied. ``end``: where the last of these transactions ends, ``None`` if there
    is none.
    """

    changes: list[Change] = field(default_factory=list)
    emptied: set[TableName] = field(default_factory=set)
    end: int | None = None


class _Message:
    """Reads one message from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, kind: str) -> int:
        """Return the next number; ``kind`` as :mod:`struct` writes it."""
        [value] = struct.unpack_from(f"!{kind}", self._data, self._at)
        self._at += struct.calcsize(f"!{kind}")
        return int(value)

    def letter(self) -> str:
        """Return the next byte as a letter."""
        return chr(self.number("B"))

    def text(self) -> str:
        """Return the next text, which a zero byte ends."""
        end = self._data.index(b"\0", self._at)
        found, self._at = self._data[self._at : end].decode(), end + 1
        return found

    def values(self, columns: tuple[str, ...]) -> Values:
        """Return the next row; a value that is not told is left out."""
        found: Values = {}
        for name in columns[: self.number("h")]:
            kind = self.letter()
            if kind == "n":
                found[name] = None
            elif kind != "u":
                length = self.number("i")
                found[name] = self._data[self._at : self._at + length].decode()
                self._at += length
        return found


class _Reader:
    """Keeps what relations are called, and the open transaction until it commits."""

    def __init__(self, after: int) -> None:
        self.taken = Taken()
        self._after = after
        self._relations: dict[int, tuple[TableName, tuple[str, ...]]] = {}
        self._open = Taken()
        self._foreign = False

    def read(self, data: bytes) -> None:
        """Take in one message; those that say nothing about rows are passed over."""
        message = _Message(data)
        kind = message.letter()
        if kind == "B":
            self._open, self._foreign = Taken(), False
        elif kind == "O":
            self._foreign = True
        elif kind == "R":
            self._learn(message)
        elif kind in "IUD":
            self._open.changes.append(self._change(kind, message))
        elif kind == "T":
            number, _options = message.number("i"), message.number("b")
            self._open.emptied |= {self._relations[message.number("I")][0] for _each in range(number)}
        elif kind == "C":
            message.number("b"), message.number("Q")
            self._commit(message.number("Q"))

    def _learn(self, message: _Message) -> None:
        oid, schema, name, _identity = message.number("I"), message.text(), message.text(), message.letter()
        columns = []
        for _each in range(message.number("h")):
            message.number("b")
            columns.append(message.text())
            message.number("I"), message.number("i")
        self._relations[oid] = TableName(schema, name), tuple(columns)

    def _change(self, what: str, message: _Message) -> Change:
        table, columns = self._relations[message.number("I")]
        old, kind = None, message.letter()
        if kind in "KO":
            old = message.values(columns)
            kind = "" if what == "D" else message.letter()
        return Change(table, old, message.values(columns) if kind == "N" else None, inserts=what == "I")

    def _commit(self, end: int) -> None:
        if self._foreign or end <= self._after:
            return
        self.taken.changes += self._open.changes
        self.taken.emptied |= self._open.emptied
        self.taken.end = end


def read_changes(messages: Iterable[bytes], after: int) -> Taken:
    """Return what transactions that end beyond ``after`` changed; those that came from the other side are left out."""
    reader = _Reader(after)
    for data in messages:
        reader.read(data)
    return reader.taken


def touched_keys(changes: Iterable[Change], columns: tuple[str, ...]) -> dict[Key, bool] | None:
    """Return for each key whether its row was there before the first change; ``None`` if a message does not tell a key.

    :param columns: the key's columns
    """
    there: dict[Key, bool] = {}
    for change in changes:
        for values, was_there in ((change.old, True), (change.new, change.old is None and not change.inserts)):
            if values is None:
                continue
            key = tuple(text for name in columns if (text := values.get(name)) is not None)
            if len(key) < len(columns):
                return None
            there.setdefault(key, was_there)
    return there
