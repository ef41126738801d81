# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables' writes fail once they are published: by identity, by what is sent, and by the server's own major."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import Column, Table, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.replica_identity import (
    why_writes_fail,
)

ALL = ("id", "name", "total")


def table(identity: str, *keys: str) -> Table:
    """Return a table of which the last column is generated; ``keys`` are those of its identity's index."""
    columns = tuple(
        Column(name, "text", generated=name == "total", key=keys.index(name) + 1 if name in keys else 0) for name in ALL
    )
    return Table(TableName("public", "t"), "r", TableName("public", "t"), identity, columns, ())


@pytest.mark.parametrize(
    ("made", "sent", "major", "why"),
    [
        (table("d", "id"), ("id",), 18, ""),
        (table("i", "id", "name"), ("id", "name"), 14, ""),
        (table("d"), ALL, 17, "has no primary key, or a deferrable or invalid one"),
        (table("i"), ALL, 17, "has a replica identity whose index is gone or invalid"),
        (table("n"), ALL, 17, "has no replica identity"),
        (table("d", "id", "name"), ("id",), 17, "has a key with name, which the other side lacks"),
        (table("d", "total"), ("id",), 17, "has a generated column in its replica identity, which no link carries"),
        (table("f"), ALL, 17, ""),
        (table("f"), ALL, 18, "has a generated column in its replica identity, which no link carries"),
    ],
)
def test_why_writes_fail(made: Table, sent: tuple[str, ...], major: int, why: str) -> None:
    assert why_writes_fail(made, sent, major) == why
