# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight knows about a database's objects."""

from __future__ import annotations

from dataclasses import dataclass

from ..relations import ORDINARY, TableName

PARTITIONED, FOREIGN, MATERIALIZED, VIEW = "p", "f", "m", "v"
NO_IDENTITY, KEY_IDENTITY, INDEX_IDENTITY, FULL_IDENTITY = "n", "d", "i", "f"
UNLOGGED = "u"
FOREIGN_KEY, CHECK, EXCLUSION = "f", "c", "x"


@dataclass(frozen=True)
class Column:
    """A column. ``identity`` and ``generated`` are pg_attribute's letters, empty if it is neither.

    ``collation`` is given if it differs from its type's own. ``formula``: the expression of a generated column.
    """

    name: str
    type: str
    not_null: bool
    default: bool
    identity: str
    generated: str
    collation: str | None
    formula: str | None = None

    @property
    def fills_itself(self) -> bool:
        """Tell whether an INSERT may omit it."""
        return not self.not_null or self.default or bool(self.identity) or bool(self.generated)


@dataclass(frozen=True)
class Relation:
    """A table, foreign table or materialized view of the user's.

    ``identity``: pg_class.relreplident. ``key_immediate``: the primary key is not deferrable, ``None`` without one.
    ``identity_columns``: of the index by which UPDATE and DELETE find rows. ``filled``: it takes up space, so it holds
    rows or held some. ``hidden_from_link``: row-level security hides some rows from the link's role. ``partitioning``:
    its partition key and its bounds. ``rules``: unique indexes that are partial or over expressions.
    """

    name: TableName
    kind: str
    persistence: str
    owner: str
    leaf: bool
    identity: str
    key_immediate: bool | None
    identity_index: bool
    identity_columns: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    row_security_forced: bool
    hidden_from_link: bool
    filled: bool
    analyzed: bool
    columns: tuple[Column, ...]
    partitioning: str = ""
    rules: tuple[str, ...] = ()

    @property
    def stores_rows(self) -> bool:
        """Tell whether it stores rows that replicate."""
        return self.kind == ORDINARY and self.persistence != UNLOGGED

    @property
    def is_table(self) -> bool:
        """Tell whether it is a table, partitioned or not."""
        return self.kind in (ORDINARY, PARTITIONED)


@dataclass(frozen=True)
class Beyond:
    """A relation outside the migration that roles other than ours and superusers may write to.

    ``extension``: the one that it belongs to, empty for a foreign table or a view of the user's. ``reached``: our role
    may gate it.
    """

    name: TableName
    kind: str
    extension: str
    reached: bool


@dataclass(frozen=True)
class Sequence:
    """A sequence. ``last_value`` is ``None`` if it was never used or may not be read."""

    name: TableName
    owner: str
    least: int
    most: int
    step: int
    cycles: bool
    last_value: int | None

    @property
    def used(self) -> float:
        """Return the used share of its range, 0.0 to 1.0."""
        if self.last_value is None:
            return 0.0
        width = self.most - self.least
        gone = self.last_value - self.least if self.step > 0 else self.most - self.last_value
        return gone / width if width else 1.0


@dataclass(frozen=True)
class Constraint:
    """A CHECK, EXCLUDE, FOREIGN KEY or invalid NOT NULL constraint; ``kind`` is pg_constraint.contype.

    ``definition``: of the first two. ``refers_to``: of a foreign key.
    """

    table: TableName
    name: str
    kind: str
    validated: bool
    definition: str = ""
    refers_to: TableName | None = None


@dataclass(frozen=True)
class HashedByOid:
    """A table that is partitioned by HASH of a type whose values are hashed by oids, which each server gives itself.

    ``labels``: the oids of the labels if that type is an enum, ``None`` for others: two servers with the same ones are
    copies of each other, file by file.
    """

    table: TableName
    type: str
    labels: str | None


@dataclass(frozen=True)
class EnumType:
    """An enum with its labels in their order."""

    name: TableName
    labels: tuple[str, ...]


@dataclass(frozen=True)
class DomainType:
    """A domain; ``checks`` are the names of its constraints."""

    name: TableName
    base: str
    not_null: bool
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Trigger:
    """A trigger that fires for replicated rows too; ``enabled`` is ``A`` (always) or ``R`` (replica)."""

    table: TableName
    name: str
    enabled: str


@dataclass(frozen=True)
class Extension:
    """An installed extension. ``keeps_data``: it has tables whose rows are the user's."""

    name: str
    version: str
    newest: str | None
    keeps_data: bool
    schema: str
