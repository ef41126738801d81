# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database's contents as checksums, and their differences from another database's or from earlier ones. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..relations import TableName
from ..schema.objects import SchemaObject

_UNKNOWN = ""


@dataclass(frozen=True)
class TableContents:
    """How many rows a table has, and a checksum of all of them, independent of their order; empty: unknown."""

    rows: int
    checksum: str = _UNKNOWN


@dataclass(frozen=True)
class Contents:
    """Every table's rows, every sequence's state, and a checksum of the schema, empty if it was not read."""

    tables: Mapping[TableName, TableContents]
    sequences: Mapping[TableName, str] = field(default_factory=dict)
    schema: str = _UNKNOWN

    def as_document(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "tables": [
                {"schema": name.schema, "name": name.name, "rows": one.rows, "checksum": one.checksum}
                for name, one in sorted(self.tables.items())
            ],
            "sequences": [
                {"schema": name.schema, "name": name.name, "state": state}
                for name, state in sorted(self.sequences.items())
            ],
            "schema": self.schema,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Contents:
        """Read what :meth:`as_document` wrote; earlier versions recorded only row counts."""
        return cls(
            {
                TableName(one["schema"], one["name"]): TableContents(one["rows"], one.get("checksum", _UNKNOWN))
                for one in document["tables"]
            },
            {TableName(one["schema"], one["name"]): one["state"] for one in document.get("sequences", ())},
            document.get("schema", _UNKNOWN),
        )

    @property
    def is_known(self) -> bool:
        """Tell whether it has more than row counts."""
        return self.schema != _UNKNOWN and all(one.checksum != _UNKNOWN for one in self.tables.values())


def checksum_of_schema(objects: Iterable[SchemaObject]) -> str:
    """Return one checksum for all objects, with their owners and privileges."""
    texts = sorted(json.dumps([one.kind, one.name, one.definition, one.owner]) for one in objects)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def differences(expected: Contents, found: Contents) -> list[str]:
    """Return what differs: a table, a sequence or the schema per line."""
    tables = [
        f"{name}: {_difference(expected.tables.get(name), found.tables.get(name))}"
        for name in sorted({*expected.tables, *found.tables})
        if expected.tables.get(name) != found.tables.get(name)
    ]
    sequences = [
        f"sequence {name}: stands at {found.sequences.get(name, 'nothing')} instead of "
        f"{expected.sequences.get(name, 'nothing')}"
        for name in sorted({*expected.sequences, *found.sequences})
        if expected.sequences.get(name) != found.sequences.get(name)
    ]
    return tables + sequences + (["the schema differs"] if expected.schema != found.schema else [])


def _difference(expected: TableContents | None, found: TableContents | None) -> str:
    if expected and found and expected.rows == found.rows:
        return f"different contents in {found.rows} rows"
    return f"{_count(found)} instead of {_count(expected)}"


def _count(contents: TableContents | None) -> str:
    return "no such table" if contents is None else f"{contents.rows} rows"
