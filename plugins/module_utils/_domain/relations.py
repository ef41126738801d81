# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables and columns as a catalog describes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import MigrationError

ORDINARY = "r"
PARTITIONED = "p"
LARGE_OBJECTS = "pg_largeobject"


@dataclass(frozen=True, order=True)
class TableName:
    """A qualified name, unquoted."""

    schema: str
    name: str

    @property
    def parts(self) -> tuple[str, str]:
        """Return it for the driver, which quotes it."""
        return (self.schema, self.name)

    def __str__(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


@dataclass(frozen=True)
class Column:
    """One column; ``key`` is its place in the index that is the replica identity, 0 if it is not part of one."""

    name: str
    type: str
    generated: bool
    key: int


@dataclass(frozen=True)
class Table:
    """A table of the user's.

    ``kind`` is ``r`` (ordinary or leaf) or ``p`` (partitioned); ``parent`` is the partition root's name for leaves.
    ``identity``: pg_class.relreplident. ``key`` is the primary key's columns in their order.
    """

    name: TableName
    kind: str
    root: TableName
    identity: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def is_root(self) -> bool:
        """Tell whether it is not a partition of another table."""
        return self.root == self.name

    @property
    def stores_rows(self) -> bool:
        """Tell whether it stores rows itself, not in partitions."""
        return self.kind == ORDINARY

    @property
    def identity_columns(self) -> tuple[str, ...]:
        """Return the columns of the index by which replication finds its rows; none without such an index."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def replicated_columns(self) -> tuple[str, ...]:
        """Return the names of the columns that logical replication carries: all except generated ones."""
        return tuple(column.name for column in self.columns if not column.generated)


_IDENTIFIER = r'(?:"((?:[^"]|"")+)"|([^".\s]+))'
_TABLE_NAME = re.compile(rf"\s*{_IDENTIFIER}\s*\.\s*{_IDENTIFIER}\s*")


def parse_table_name(text: str) -> TableName:
    """Return the name in ``text``, which follows SQL's syntax: ``public.users`` or ``"Odd one"."Users"``.

    Unquoted parts are folded to lower case, as PostgreSQL does.

    :raises MigrationError: BG020 when it is not a qualified name
    """
    match = _TABLE_NAME.fullmatch(text)
    if match is None:
        raise MigrationError(
            "BG020",
            f"{text!r} is not a table name",
            "Nothing was changed",
            'Write schema.table, and "quote" the parts that need it in SQL',
        )
    quoted_schema, schema, quoted_name, name = match.groups()
    return TableName(
        quoted_schema.replace('""', '"') if quoted_schema else schema.lower(),
        quoted_name.replace('""', '"') if quoted_name else name.lower(),
    )


def quoted(identifier: str) -> str:
    """Return the identifier as SQL needs it."""
    plain = identifier.isascii() and identifier.replace("_", "a").isalnum() and identifier == identifier.lower()
    return identifier if plain and not identifier[0].isdigit() else '"' + identifier.replace('"', '""') + '"'
