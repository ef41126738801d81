# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what green took and blue never received, and what it would break there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..._domain.emergency.changes import Taken, read_changes
from ..._domain.relations import TableName
from ..session import Session
from ..sql.emergency import reconcile as sql

HOW_TO_READ_ARRIVALS = sql.GRANT_ORIGINS


@dataclass(frozen=True)
class ForeignKey:
    """A constraint, and what it compares: columns of both tables, and the schemas of its operators."""

    name: str
    child: TableName
    parent: TableName
    columns: tuple[str, ...]
    referred: tuple[str, ...]
    operators: tuple[str, ...]


def read_taken(green: Session, slot: str, after: int) -> Taken:
    """Return what green's transactions changed that end beyond ``after``, from the slot of the way back."""
    return read_changes((bytes(row["data"]) for row in green.rows(sql.CHANGES, {"slot": slot})), after)


def read_opening_transaction(blue: Session, migration: str, epoch: int) -> int | None:
    """Return the transaction that opened blue in that epoch."""
    found = blue.value(sql.OPENED_BY, {"migration": migration, "epoch": epoch})
    return None if found is None else int(found)


def read_foreign_keys(blue: Session, tables: Collection[TableName]) -> list[ForeignKey]:
    """Return the foreign keys that rows of these tables could break."""
    found = [
        ForeignKey(
            row["name"],
            TableName(row["child_schema"], row["child"]),
            TableName(row["parent_schema"], row["parent"]),
            tuple(row["columns"]),
            tuple(row["referred"]),
            tuple(row["operators"]),
        )
        for row in blue.rows(sql.FOREIGN_KEYS)
    ]
    return [one for one in found if one.child in tables or one.parent in tables]


def read_orphans(blue: Session, key: ForeignKey) -> list[tuple[str, ...]]:
    """Return some values of the child that refer to no row of the parent."""
    numbered = (("c", key.columns), ("p", key.referred), ("o", key.operators))
    names = {f"{letter}{n}": name for letter, found in numbered for n, name in enumerate(found)}
    rows = blue.rows(sql.orphans(len(key.columns)), {}, child=key.child.parts, parent=key.parent.parts, **names)
    return [tuple(row["key"]) for row in rows]
