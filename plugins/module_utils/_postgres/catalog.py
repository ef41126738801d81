# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the catalog as domain types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._domain.relations import Column, Table, TableName, respelled
from .session import Session
from .sql import catalog as sql


@dataclass(frozen=True)
class DatabaseIdentity:
    """Which database of which cluster this is, and its server's version number (170011)."""

    system: str
    database: str
    name: str
    version: int


def read_identity(session: Session) -> DatabaseIdentity:
    """Return the identity of the database that the session is connected to."""
    row = session.row(sql.IDENTITY_OF_DATABASE)
    if row is None:
        raise LookupError("pg_database has no row of the current database")
    return DatabaseIdentity(**row)


def read_tables(session: Session) -> list[Table]:
    """Return all tables of the user's (roots, leaves, ordinary), in one query.

    Arguments are passed although none is used, because percent signs in the constant are doubled.
    """
    return [_table(row) for row in session.rows(sql.TABLES, {})]


def read_published_tables(session: Session, publication: str) -> list[Table]:
    """Return the tables that a publication names."""
    return [_table(row) for row in session.rows(sql.PUBLISHED_TABLES, {"publication": publication})]


def read_dumped_tables(session: Session) -> list[Table]:
    """Return every table whose rows a dump holds: leaves and not their roots, unlogged ones too."""
    return [_table(row) for row in session.rows(sql.DUMPED_TABLES, {})]


def read_sequences(session: Session) -> list[TableName]:
    """Return the names of all sequences of the user's: owned, identity and unowned ones."""
    return [TableName(row["schema"], row["name"]) for row in session.rows(sql.USER_SEQUENCES, {})]


def _table(row: dict[str, Any]) -> Table:
    return Table(
        name=TableName(row["schema"], row["name"]),
        kind=row["kind"],
        root=TableName(row["root_schema"], row["root_name"]),
        identity=row["identity"],
        columns=tuple(Column(**{**column, "type": respelled(column["type"])}) for column in row["columns"] or ()),
        key=tuple(row["key"] or ()),
    )
