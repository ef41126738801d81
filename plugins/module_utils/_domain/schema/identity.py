# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables and columns were copied or compared: by oid and attnum, since a name is spelling. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..relations import TableName
from ..sides import Side

CHANGED_SINCE = "BG537"
CHANGED_WORDS = "tables are not what was copied, or last found equal"
CHANGED_FIX = "Run verify: a comparison that finds them equal settles it"
_FORGOTTEN = "nothing is known of it as it was copied"


@dataclass(frozen=True)
class ColumnIdentity:
    """A column: its number, its type, and the transaction that has last changed its row in the catalog."""

    number: int
    type: str
    changed_by: str


@dataclass(frozen=True)
class TableIdentity:
    """A table as it is known by its name.

    ``root``: the table that it is a partition of at last, or itself. ``named_by``: the transaction that has last given
    it a name, a schema or an owner. ``file`` that holds its rows; VACUUM FULL and TRUNCATE change it as well.
    """

    oid: int
    root: TableName
    named_by: str
    file: int
    columns: Mapping[str, ColumnIdentity]

    def changes(self, now: TableIdentity) -> Iterator[str]:
        """Describe what is no longer what it was; a column that came or went is none of it."""
        if now.oid != self.oid:
            yield "another table bears its name"
            return
        if now.named_by != self.named_by:
            yield "it was renamed, moved or given away meanwhile"
        before = {column.number: name for name, column in self.columns.items()}
        for name, column in sorted(now.columns.items()):
            known = self.columns.get(name)
            if before.get(column.number, name) != name or (known is not None and known.number != column.number):
                yield f"another column bears the name {name}"
            elif known is not None and self._is_rewritten(known, column, now.file):
                yield f"the values of {name} were rewritten"

    def _is_rewritten(self, known: ColumnIdentity, column: ColumnIdentity, file: int) -> bool:
        """Tell whether a column has another type, or may have got other values of the same one."""
        return known.type != column.type or (file != self.file and known.changed_by != column.changed_by)

    def as_state(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        columns = {name: [one.number, one.type, one.changed_by] for name, one in self.columns.items()}
        root = [self.root.schema, self.root.name]
        return {"oid": self.oid, "root": root, "named_by": self.named_by, "file": self.file, "columns": columns}

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> TableIdentity:
        """Return what :meth:`as_state` has returned."""
        columns = {name: ColumnIdentity(*parts) for name, parts in state["columns"].items()}
        return cls(state["oid"], TableName(*state["root"]), state["named_by"], state["file"], columns)


Identities = Mapping[TableName, TableIdentity]


def only(found: Mapping[Side, Identities], names: Collection[TableName]) -> dict[Side, Identities]:
    """Return the tables of these names."""
    return {
        side: {name: one for name, one in identities.items() if name in names} for side, identities in found.items()
    }


def roots_of(found: Mapping[Side, Identities], names: Collection[TableName]) -> set[TableName]:
    """Return the tables that these are partitions of, on either side, without those that are none."""
    return {one.root for identities in only(found, names).values() for one in identities.values()} - set(names)


def changed_since(
    known: Mapping[Side, Identities], now: Mapping[Side, Identities], tables: Iterable[TableName]
) -> tuple[tuple[TableName, str], ...]:
    """Return which of these tables are not what was copied, or last compared and found equal, each with words.

    A side that lacks one is not asked: that is told elsewhere.
    """
    found = []
    for name in sorted(tables):
        for side, identities in sorted(now.items()):
            if name in identities:
                before = known[side].get(name)
                words = [_FORGOTTEN] if before is None else list(before.changes(identities[name]))
                found += [(name, f"{name} on {side}: {one}") for one in words]
    return tuple(found)
