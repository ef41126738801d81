# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A consumer of pgoutput on psycopg2's replication connection, in a process of its own: keeps, then confirms.

``python -m tests.live.pgoutput_consumer SLOT PUBLICATION TABLE FILE``, with libpq's variables. Each row inserted into
the table becomes a line of JSON, once its transaction is committed.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extras import LogicalReplicationConnection


class Transactions:
    """Reads the messages of pgoutput's protocol 1 and keeps the inserted rows of one table."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._columns: dict[int, tuple[str, list[str]]] = {}
        self._rows: list[dict[str, str]] = []

    def take(self, payload: bytes) -> list[dict[str, str]]:
        """Take a message, and return a transaction's rows where it is its commit."""
        kind, rest = payload[:1], payload[1:]
        if kind == b"R":
            oid, name, columns = _relation(rest)
            self._columns[oid] = (name, columns)
        elif kind == b"I":
            name, columns = self._columns[struct.unpack("!I", rest[:4])[0]]
            if name == self._table:
                self._rows.append(dict(zip(columns, _tuple(rest[5:]), strict=True)))
        elif kind == b"C":
            rows, self._rows = self._rows, []
            return rows
        return []


def _end_of(commit: bytes) -> int:
    """Return the position after a commit: flags, position of the commit, position after it."""
    end: int = struct.unpack("!QQ", commit[2:18])[1]
    return end


def _relation(rest: bytes) -> tuple[int, str, list[str]]:
    [oid] = struct.unpack("!I", rest[:4])
    _schema, name, rest = rest[4:].split(b"\0", 2)
    [count] = struct.unpack("!H", rest[1:3])
    rest, columns = rest[3:], []
    for _number in range(count):
        column, rest = rest[1:].split(b"\0", 1)
        columns.append(column.decode())
        rest = rest[8:]
    return oid, name.decode(), columns


def _tuple(rest: bytes) -> list[str]:
    [count] = struct.unpack("!H", rest[:2])
    rest, values = rest[2:], []
    for _number in range(count):
        assert rest[:1] == b"t", "the ledger has no nulls"
        [length] = struct.unpack("!I", rest[1:5])
        values.append(rest[5 : 5 + length].decode())
        rest = rest[5 + length :]
    return values


def main(slot: str, publication: str, table: str, file: Path) -> None:
    """Consume until SIGINT."""
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: stopped.append(number))
    with psycopg2.connect("", connection_factory=LogicalReplicationConnection) as opened, file.open("a") as kept:
        cursor: Any = opened.cursor()
        options = {"proto_version": "1", "publication_names": publication}
        cursor.start_replication(slot_name=slot, options=options)
        transactions = Transactions(table)
        while not stopped:
            message = cursor.read_message()
            if message is None:
                time.sleep(0.005)
                continue
            rows = transactions.take(message.payload)
            if message.payload[:1] == b"C":
                kept.write("".join(json.dumps(row) + "\n" for row in rows))
                kept.flush()
                os.fsync(kept.fileno())
                cursor.send_feedback(flush_lsn=_end_of(message.payload), force=True)


if __name__ == "__main__":
    _SLOT, _PUBLICATION, _TABLE, _FILE = sys.argv[1:]
    main(_SLOT, _PUBLICATION, _TABLE, Path(_FILE))
