# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables and columns that have a different name on the other side, and what a publication leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..relations import TableName, parse_table_name
from ..sides import Side


@dataclass(frozen=True)
class Renaming:
    """The name on green of a table of blue's; ``columns`` maps blue's names to green's where they differ."""

    blue: TableName
    green: TableName
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """What a publication publishes of a table: rows that meet ``condition``, and ``columns``; ``None`` means all.

    ``condition`` is an SQL expression as the server prints its own catalog.
    """

    condition: str | None = None
    columns: frozenset[str] | None = None


EVERYTHING_PUBLISHED = Published()


class Names:
    """Names on the other side, seen from the reference."""

    def __init__(self, reference: Side, renamings: Iterable[Renaming]) -> None:
        self._reference = reference
        self._renamed = {self._mine(one): one for one in renamings}

    def _mine(self, one: Renaming) -> TableName:
        return one.blue if self._reference is Side.BLUE else one.green

    def table(self, name: TableName) -> TableName:
        """Return the other side's name of a table of the reference."""
        one = self._renamed.get(name)
        if one is None:
            return name
        return one.green if self._reference is Side.BLUE else one.blue

    def columns(self, name: TableName) -> Mapping[str, str]:
        """Return the other side's names of a table's renamed columns, by the reference's."""
        one = self._renamed.get(name)
        if one is None:
            return {}
        if self._reference is Side.BLUE:
            return one.columns
        return {green: blue for blue, green in one.columns.items()}


def parse_renamings(parameter: Iterable[Mapping[str, Any]]) -> list[Renaming]:
    """Return the parameter ``mapping``, parsed.

    :raises MigrationError: BG020 for an invalid table name
    """
    return [
        Renaming(
            parse_table_name(one["table"]),
            parse_table_name(one.get("to") or one["table"]),
            {str(mine): str(theirs) for mine, theirs in (one.get("columns") or {}).items()},
        )
        for one in parameter
    ]
