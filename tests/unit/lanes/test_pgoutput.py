# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the messages of pgoutput, as PostgreSQL's documentation lays them out, do to rows."""

from __future__ import annotations

import struct

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.pgoutput import RowChange, row_changes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

USERS, ORDERS = TableName("public", "users"), TableName("shop", "orders")
LSN = 0x1A_8000_0001
BEGIN = b"B" + struct.pack("!QQI", LSN, 7, 8)
AT = "1A/80000001"
UNCHANGED = ...


def relation(oid: int, table: TableName, columns: dict[str, bool]) -> bytes:
    """Return the description of a table; ``columns`` tells which are of the key."""
    told = b"R" + struct.pack("!I", oid) + f"{table.schema}\0{table.name}\0d".encode() + struct.pack("!H", len(columns))
    return told + b"".join(
        struct.pack("!B", of_key) + name.encode() + b"\0" + struct.pack("!Ii", 23, -1)
        for name, of_key in columns.items()
    )


def row(*values: object) -> bytes:
    """Return a row: texts, ``None``, and what an update left unchanged."""
    told = struct.pack("!H", len(values))
    for value in values:
        if value is None:
            told += b"n"
        elif value is UNCHANGED:
            told += b"u"
        else:
            text = str(value).encode()
            told += b"t" + struct.pack("!I", len(text)) + text
    return told


def change(kind: bytes, oid: int, **rows: bytes) -> bytes:
    """Return an insert, an update or a delete with its rows, each under its mark."""
    return kind + struct.pack("!I", oid) + b"".join(mark.encode() + value for mark, value in rows.items())


TABLES = (relation(1, USERS, {"name": False, "id": True, "note": False}), relation(2, ORDERS, {"a": True, "b": True}))


def changes(*messages: bytes) -> list[RowChange]:
    """Return what the messages of one transaction do."""
    return list(row_changes([BEGIN, *TABLES, *messages]))


@pytest.mark.parametrize(
    ("message", "kind", "values", "leaves"),
    [
        (change(b"I", 1, N=row("ada", 7, None)), "insert", {"name": "ada", "id": "7", "note": None}, None),
        (change(b"U", 1, N=row("ada", 7, UNCHANGED)), "update", {"name": "ada", "id": "7"}, {"id": "7"}),
        (
            change(b"U", 1, K=row(None, 6, None), N=row("é", 7, "")),
            "update",
            {"name": "é", "id": "7", "note": ""},
            {"id": "6"},
        ),
        (
            change(b"U", 1, O=row("x", 6, "y"), N=row("é", 7, "")),
            "update",
            {"name": "é", "id": "7", "note": ""},
            {"id": "6"},
        ),
        (change(b"D", 1, K=row(None, 7, None)), "delete", {}, {"id": "7"}),
        (change(b"D", 1, O=row("ada", 7, "y")), "delete", {}, {"id": "7"}),
    ],
)
def test_a_change_tells_the_new_row_and_which_one_it_replaces(
    message: bytes, kind: str, values: dict[str, str | None], leaves: dict[str, str | None] | None
) -> None:
    assert changes(message) == [RowChange(kind, USERS, values, AT, leaves)]


def test_every_column_of_the_key_tells_the_row() -> None:
    assert changes(change(b"D", 2, K=row(1, None))) == [RowChange("delete", ORDERS, {}, AT, {"a": "1", "b": None})]
    keyless = relation(3, USERS, {"name": False})
    (told,) = changes(keyless, change(b"U", 3, N=row("ada")))
    assert told.leaves is None, "without a key nobody knows which row it was"


def test_a_truncate_takes_every_row_of_each_table() -> None:
    message = b"T" + struct.pack("!IBII", 2, 1, 1, 2)
    assert changes(message) == [RowChange("truncate", table, {}, AT, {}) for table in (USERS, ORDERS)]


def test_changes_come_in_their_order_each_with_its_transaction() -> None:
    later = b"B" + struct.pack("!QQI", 0xFF, 7, 9)
    insert = change(b"I", 2, N=row(1, 2))
    told = changes(insert, b"C" + bytes(25), b"O" + bytes(9), later, insert, change(b"D", 2, K=row(1, 2)))
    assert [(one.kind, one.commit_lsn) for one in told] == [("insert", AT), ("insert", "0/FF"), ("delete", "0/FF")]
    renamed = relation(2, USERS, {"a": True, "b": True})
    assert changes(renamed, insert)[0].table == USERS, "the newest description counts"


def test_a_row_is_brought_or_taken_by_what_is_known_of_it() -> None:
    update = RowChange("update", USERS, {"id": "7", "name": "ada"}, AT, {"id": "6"})
    assert update.brings({"id": "7", "name": "ada", "note": "unknown to it"})
    assert not update.brings({"id": "7", "name": "eve"})
    assert update.takes({"id": "6", "name": "whoever"})
    assert not update.takes({"id": "7"})
    insert, delete = RowChange("insert", USERS, {"id": "7"}, AT), RowChange("delete", USERS, {}, AT, {"id": "7"})
    assert not insert.takes({"id": "7"})
    assert not delete.brings({"id": "7"})
    assert RowChange("truncate", USERS, {}, AT, {}).takes({"id": "7"})
