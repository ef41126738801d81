# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A publication that a consumer reads, as one server has it, and what its copy on the other one lacks."""

from __future__ import annotations

from dataclasses import dataclass

from ..relations import TableName


@dataclass(frozen=True, order=True)
class Part:
    """A table of the publication. ``columns``: none for all of them; ``condition``: empty for all rows."""

    table: TableName
    columns: tuple[str, ...] = ()
    condition: str = ""

    def __str__(self) -> str:
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"{self.table}{columns}" + (f" WHERE {self.condition}" if self.condition else "")


@dataclass(frozen=True)
class Publication:
    """Its contents. ``all_tables``: FOR ALL TABLES, ``parts`` are the user's then.

    ``options``: names and values, in a fixed order.
    """

    name: str
    owner: str
    all_tables: bool
    parts: tuple[Part, ...]
    schemas: tuple[str, ...]
    options: tuple[tuple[str, str], ...]

    def lines(self) -> tuple[str, ...]:
        """Return its contents, one fact per line: a copy names the tables of a publication of all of them."""
        return (
            *(f"table {part}" for part in self.parts),
            *(f"schema {schema}" for schema in self.schemas),
            *(f"{name} = {value}" for name, value in self.options),
        )

    def is_part_of(self, other: Publication) -> bool:
        """Tell whether it only lacks tables that ``other`` has."""
        same = (self.schemas, self.options) == (other.schemas, other.options)
        return same and set(self.parts) < set(other.parts)
