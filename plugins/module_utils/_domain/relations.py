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


_IN_QUOTES = re.compile(r'"(?:[^"]|"")+"')
# What pg_get_keywords() calls reserved, in any major from 14 to 18.
_KEYWORDS = frozenset((
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary",
    "both", "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create",
    "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in",
    "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left", "like",
    "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only", "or",
    "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select",
    "session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing",
    "true", "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window", "with",
))  # fmt: skip
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
    """Return the identifier as SQL of every major needs it."""
    return f'"{identifier}"' if identifier in _KEYWORDS else spelled(identifier)


def unquoted(identifier: str) -> str:
    """Return the name that :func:`quoted` or a server has quoted."""
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def respelled(text: str) -> str:
    """Return a server's text, for reading and comparing, with quotes only around what is no plain word.

    Which words are keywords, and so quoted, differs between majors. Literals must not be part of the text.
    """
    return _IN_QUOTES.sub(lambda match: spelled(unquoted(match[0])), text)


def spelled(identifier: str) -> str:
    """Return a name as :func:`respelled` leaves it."""
    return identifier if _is_plain(identifier) else '"' + identifier.replace('"', '""') + '"'


def _is_plain(identifier: str) -> bool:
    plain = identifier.isascii() and identifier.replace("_", "a").isalnum() and identifier == identifier.lower()
    return plain and not identifier[0].isdigit()
