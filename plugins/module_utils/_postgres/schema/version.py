# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version table in one database: created when needed, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..._domain.errors import MigrationError
from ..._domain.relations import TableName
from ..._domain.schema.version import Applied
from ..session import Session
from ..sql.schema import version as sql
from ..sql.service import gate as gate_sql


def has_table(session: Session, table: TableName) -> bool:
    """Tell whether the version table exists.

    :raises MigrationError: BG229 when a table of that name is something else
    """
    found = {row["name"] for row in session.rows(sql.COLUMNS_OF_TABLE, {"schema": table.schema, "table": table.name})}
    missing = sorted(set(sql.COLUMNS) - found)
    if found and missing:
        raise MigrationError(
            "BG229",
            f"{table} on {session.side} is not a table of this module",
            "Nothing was changed",
            "Set the parameter table to a name that is free",
            {"missing_columns": missing},
        )
    return bool(found)


def read_versions(session: Session, table: TableName) -> tuple[Applied, ...]:
    """Return the versions of the session's database, in order; none where the table is missing."""
    if not has_table(session, table):
        return ()
    return tuple(Applied(**row) for row in session.rows(sql.READ, None, table=table.parts))


def create_table(session: Session, table: TableName) -> None:
    """Create the version table, owned by the database's owner where our role may give it away."""
    with session.transaction():
        create_table_within(session, table)


def create_table_within(session: Session, table: TableName) -> None:
    """Create it in the open transaction."""
    session.run(sql.CREATE_TABLE, None, table=table.parts)
    owner = session.value(sql.LASTING_OWNER, {"schema": table.schema})
    if owner is not None:
        session.run(sql.GIVE_TABLE, None, table=table.parts, owner=owner)


def tables_of_versions(session: Session) -> tuple[TableName, ...]:
    """Return the version tables of the session's database, whatever their names.

    They describe one side, and must never flow to the other.
    """
    rows = session.rows(sql.TABLES_OF_VERSIONS, {"columns": list(sql.COLUMNS)})
    return tuple(TableName(row["schema"], row["name"]) for row in rows)


def read_all_versions(session: Session) -> dict[TableName, tuple[Applied, ...]]:
    """Return every version table that has rows, with its rows, whatever its name."""
    versions = {table: read_versions(session, table) for table in tables_of_versions(session)}
    return {table: rows for table, rows in versions.items() if rows}


def take_over(session: Session, versions: Mapping[TableName, Sequence[Applied]]) -> None:
    """Fill the version tables that are empty, in the open transaction.

    A fence is lifted and closed again within the transaction, so nobody else sees it open.
    """
    fenced = session.value(sql.IS_FENCED)
    if fenced:
        session.run(gate_sql.DROP_FENCED)
    for table, rows in versions.items():
        session.run(sql.TAKE_OVER, {"rows": session.as_json([one.as_row() for one in rows])}, table=table.parts)
    if fenced:
        session.run(gate_sql.CREATE_FENCED)


def read_invalid_indexes(session: Session) -> dict[str, str]:
    """Return the invalid indexes: qualified name to plain name."""
    return {f"{row['schema']}.{row['name']}": row["name"] for row in session.rows(sql.INVALID_INDEXES)}


def read_programs(session: Session, name: str) -> list[int]:
    """Return the process ids of our role's sessions in this database that have that application name."""
    return [row["pid"] for row in session.rows(sql.PROGRAMS, {"name": name})]
