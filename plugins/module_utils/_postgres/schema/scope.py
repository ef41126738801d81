# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is excluded from blue's schema, and extensions in versions that the user chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.relations import TableName
from ..._domain.schema.scope import LeftAside, Scope
from ..session import Session
from ..sql.schema import scope as sql


def read_left_aside(blue: Session, scope: Scope) -> LeftAside:
    """Return what ``scope`` excludes from blue's schema.

    :raises MigrationError: BG214 when it names something that does not exist
    """
    unknown = [row["title"] for row in blue.rows(sql.UNKNOWN, scope.named)]
    if unknown:
        raise MigrationError(
            "BG214",
            f"Blue has no {', '.join(unknown)}, which is to be included or excluded",
            "Nothing was changed",
            "Correct bluegreen_schema_include and bluegreen_schema_exclude",
            {"names": unknown},
        )
    schemas = _names(
        blue, sql.SCHEMAS, {"include": list(scope.include_schemas), "exclude": list(scope.exclude_schemas)}
    )
    chosen = {"include": scope.include_tables, "exclude": scope.exclude_tables}
    tables = blue.rows(sql.TABLES, {key: [str(name) for name in names] for key, names in chosen.items()})
    return LeftAside(
        schemas,
        tuple(TableName(**row) for row in tables),
        _names(blue, sql.EXTENSIONS, {"exclude": list(scope.exclude_extensions), "schemas": list(schemas)}),
    )


def _names(session: Session, statement: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row["name"] for row in session.rows(statement, arguments))


@dataclass(frozen=True)
class Extension:
    """An extension of blue's that gets ``version`` on green; ``owner`` is that of its schema, if the schema is new.

    Without a ``schema`` it is there in another version.
    """

    name: str
    schema: str
    version: str
    owner: str | None = None


def read_versions(session: Session) -> dict[str, Extension]:
    """Return the extensions of a database, in the order of their creation."""
    return {row["name"]: Extension(**row) for row in session.rows(sql.VERSIONS)}


def has_version(green: Session, name: str, version: str) -> bool:
    """Tell whether green's server offers that version of an extension."""
    return bool(green.value(sql.HAS_VERSION, {"name": name, "version": version}))


def bring_extension(green: Session, one: Extension) -> None:
    """Bring an extension to its version, its schema and what it needs first."""
    with green.transaction():
        create_its_schema(green, one)
        create_or_update(green, one)


def create_its_schema(green: Session, one: Extension) -> None:
    """Create an extension's schema where it is new."""
    if one.owner is not None:
        green.run(sql.CREATE_SCHEMA, None, schema=one.schema, owner=one.owner)


def create_or_update(green: Session, one: Extension) -> None:
    """Bring an extension to its version in a schema that exists, with what it needs."""
    if one.schema:
        green.run(sql.CREATE_EXTENSION, {"version": one.version}, name=one.name, schema=one.schema)
    else:
        green.run(sql.UPDATE_EXTENSION, {"version": one.version}, name=one.name)
