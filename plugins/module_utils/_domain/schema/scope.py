# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of blue's schema is copied: the user's choice, and what it excludes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..relations import TableName, parse_table_name, quoted


@dataclass(frozen=True)
class Scope:
    """The user's choice. If schemas or tables are included, all others of that kind are excluded."""

    include_schemas: tuple[str, ...] = ()
    include_tables: tuple[TableName, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    exclude_tables: tuple[TableName, ...] = ()
    exclude_extensions: tuple[str, ...] = ()

    @classmethod
    def of(cls, include: Mapping[str, Any] | None, exclude: Mapping[str, Any] | None) -> Scope:
        """Return the choice in both parameters.

        :raises MigrationError: BG020 for an invalid table name
        """
        include, exclude = include or {}, exclude or {}
        return cls(
            tuple(include.get("schemas") or ()),
            tuple(map(parse_table_name, include.get("tables") or ())),
            tuple(exclude.get("schemas") or ()),
            tuple(map(parse_table_name, exclude.get("tables") or ())),
            tuple(exclude.get("extensions") or ()),
        )

    @property
    def named(self) -> dict[str, list[str]]:
        """Return every name by kind: quoted for SQL for tables, plain for the others."""
        return {
            "schemas": [*self.include_schemas, *self.exclude_schemas],
            "tables": [str(name) for name in (*self.include_tables, *self.exclude_tables)],
            "extensions": list(self.exclude_extensions),
        }


@dataclass(frozen=True)
class LeftAside:
    """The part of blue that is not copied; a table's partitions and sequences are in ``tables``."""

    schemas: tuple[str, ...] = ()
    tables: tuple[TableName, ...] = ()
    extensions: tuple[str, ...] = ()

    def as_result(self) -> dict[str, list[str]]:
        """Return it JSON-ready, by names in SQL."""
        return {
            "schemas": [quoted(name) for name in self.schemas],
            "tables": [str(name) for name in self.tables],
            "extensions": [quoted(name) for name in self.extensions],
        }

    def as_arguments(self) -> dict[str, list[str]]:
        """Return the names themselves, for a query; that of a table and that of its schema stand at the same place."""
        return {
            "schemas": list(self.schemas),
            "of_schemas": [name.schema for name in self.tables],
            "tables": [name.name for name in self.tables],
            "extensions": list(self.extensions),
        }
