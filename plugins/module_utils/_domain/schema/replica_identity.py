# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether UPDATE and DELETE of a table fail once it is published, as that table's own server judges it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from ..capabilities import Capability
from ..relations import Table
from .relation_facts import FULL_IDENTITY, INDEX_IDENTITY, KEY_IDENTITY

WRITES_WOULD_FAIL = "BG245"
WRITES_FAIL_WORDS = "UPDATE and DELETE of published tables fail there, for everybody"
WRITES_WOULD_FAIL_FIX = (
    "Give them a primary key there, or ALTER TABLE … REPLICA IDENTITY USING INDEX … (unique, over plain NOT NULL "
    "columns), as a last resort REPLICA IDENTITY FULL; or leave them out by bluegreen_exclude_tables"
)
_WITHOUT_INDEX = {
    KEY_IDENTITY: "has no primary key, or a deferrable or invalid one",
    INDEX_IDENTITY: "has a replica identity whose index is gone or invalid",
}


def holds_generated(identity: str, indexed: Collection[str], generated: Collection[str], major: int) -> bool:
    """Tell whether a replica identity holds a generated column, which no link carries.

    :param indexed: columns of the identity's index
    :param major: of the server that the table is on
    """
    if identity == FULL_IDENTITY:
        return Capability.FULL_WITH_GENERATED_FAILS.of(major) and bool(generated)
    return not set(generated).isdisjoint(indexed)


def why_writes_fail(table: Table, sent: Collection[str], major: int) -> str:
    """Return why UPDATE and DELETE of the table fail once these columns of it are published; empty if they do not.

    :param major: of the server that the table is on
    """
    indexed = table.identity_columns
    generated = [column.name for column in table.columns if column.generated]
    if table.identity != FULL_IDENTITY and not indexed:
        return _WITHOUT_INDEX.get(table.identity, "has no replica identity")
    if holds_generated(table.identity, indexed, generated, major):
        return "has a generated column in its replica identity, which no link carries"
    unsent = [name for name in indexed if name not in sent]
    if unsent:
        return f"has a key with {', '.join(unsent)}, which the other side lacks"
    return ""
