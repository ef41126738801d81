# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which index an apply worker looks for a row that the publisher identifies by all of its values. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..capabilities import Capability
from ..relations import TableName, quoted

UNFIT_INDEX = "BG243"
UNFIT_WORDS = (
    "an apply worker would look for rows of tables with REPLICA IDENTITY FULL by an index that does not hold all of "
    "them: UPDATE and DELETE are lost, or stop the link"
)
UNFIT_FIX = (
    "DROP INDEX it and make a btree index in its place (REINDEX one that is invalid), or give the table a primary key"
)
_BTREE, _HASH = "btree", "hash"


@dataclass(frozen=True)
class SearchIndex:
    """An index without a condition whose first column is a plain one. ``valid``: it was made to its end."""

    table: TableName
    name: str
    method: str
    column: str
    nullable: bool
    valid: bool

    @property
    def is_unfit(self) -> bool:
        """Tell whether rows may be missing in it: no hash index holds NULLs."""
        return not self.valid or (self.method == _HASH and self.nullable)

    def __str__(self) -> str:
        return f"{self.table} by {quoted(self.name)}"


def unfit_indexes(
    indexes: Iterable[SearchIndex], major: int, full: Mapping[TableName, Collection[str]], *, in_order: bool = True
) -> tuple[str, ...]:
    """Return the indexes by which a server of this major would look for rows and may not find them.

    :param indexes: of tables without a key to look by, the oldest index of a table first, as the worker goes by
    :param full: of each table with REPLICA IDENTITY FULL at the publisher the columns that flow
    :param in_order: nobody makes the indexes anew; else any of them may become the oldest
    """
    if not Capability.SEARCH_BY_ANY_INDEX.of(major):
        return ()
    methods = (_BTREE, _HASH) if Capability.SEARCH_BY_HASH.of(major) else (_BTREE,)
    usable: dict[TableName, list[SearchIndex]] = {}
    for one in indexes:
        if one.method in methods and one.column in full.get(one.table, ()):
            usable.setdefault(one.table, []).append(one)
    return tuple(str(one) for found in usable.values() for one in (found[:1] if in_order else found) if one.is_unfit)
