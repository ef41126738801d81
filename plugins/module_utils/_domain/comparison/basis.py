# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison's verdict is based on: it counts only for what has not changed since. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..relations import TableName
from ..schema.identity import Identities, TableIdentity
from ..sides import Side


@dataclass(frozen=True)
class Basis:
    """Both sides as the comparison began: their tables, and how often each lane had not found a row by then."""

    tables: Mapping[Side, Identities]
    missed: Mapping[str, int]

    def of_tables(self, names: Collection[str]) -> dict[Side, dict[TableName, TableIdentity]]:
        """Return the tables that these are, and their partitions."""
        return {
            side: {name: one for name, one in identities.items() if str(one.root) in names}
            for side, identities in self.tables.items()
        }

    def as_state(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        tables = {
            str(side): [[name.schema, name.name, one.as_state()] for name, one in identities.items()]
            for side, identities in self.tables.items()
        }
        return {"tables": tables, "missed": dict(self.missed)}

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Basis:
        """Return what :meth:`as_state` has returned; of an older run that kept none, one that proves nothing."""
        tables = {
            Side(side): {TableName(schema, name): TableIdentity.of(one) for schema, name, one in known}
            for side, known in state.get("tables", {}).items()
        }
        return cls(tables, state.get("missed", {}))
