# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables and columns bear which names on a side, and which of them were copied or found equal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..._domain.relations import TableName
from ..._domain.schema.identity import Identities, TableIdentity, changed_since, only, roots_of
from ..._domain.sides import Side
from ..ours import making
from ..session import Session
from ..sides import Sides
from ..sql.schema import identity as sql


def read_identities(session: Session) -> dict[TableName, TableIdentity]:
    """Return all tables of the user's by their names."""
    rows = session.rows(sql.IDENTITIES, {})
    return {TableName(row["schema"], row["name"]): TableIdentity.of(row["identity"]) for row in rows}


def read_both(sides: Sides) -> dict[Side, dict[TableName, TableIdentity]]:
    """Return those of both sides."""
    return {side: read_identities(sides.session(side)) for side in Side}


def keep_identities(green: Session, migration: str, found: Mapping[Side, Identities], *, anew: bool = True) -> None:
    """Keep them on green, in the transaction that is open there if one is.

    :param anew: in the place of what is known of these tables already
    """
    rows = [
        {"side": str(side), "schema": name.schema, "name": name.name, "identity": one.as_state()}
        for side, identities in found.items()
        for name, one in identities.items()
    ]
    arguments = {"migration": migration, "tables": green.as_json(rows)}
    green.run(sql.KEEP if anew else sql.KEEP_NEW, arguments)


def prepare_to_keep(green: Session) -> None:
    """Make the table that keeps them, where it is missing."""
    if not green.value(sql.HAS_KNOWN):
        with making(green):
            green.run(sql.CREATE_KNOWN)


def keep_copied(
    green: Session,
    migration: str,
    found: Mapping[Side, Identities],
    names: Collection[TableName],
    *,
    copied: bool,
) -> None:
    """Keep which tables bear these names as their rows are copied; where none are, those of which nothing is known.

    What they are partitions of may have been copied in part before.
    """
    prepare_to_keep(green)
    keep_identities(green, migration, only(found, names), anew=copied)
    keep_identities(green, migration, only(found, roots_of(found, names)), anew=False)


def forget_tables(green: Session, migration: str, names: Collection[TableName]) -> None:
    """Forget what was copied or found equal of these tables: a comparison has to find them equal again."""
    if names and green.value(sql.HAS_KNOWN):
        schemas, tables = [one.schema for one in names], [one.name for one in names]
        green.run(sql.FORGET, {"migration": migration, "schemas": schemas, "tables": tables})


def keep_greens(green: Session, migration: str) -> None:
    """Keep what a switch has made of green's tables, in the transaction that is open there."""
    if green.value(sql.HAS_KNOWN):
        green.run(sql.KEEP_GREENS, {"migration": migration})


def read_known(green: Session, migration: str) -> dict[Side, dict[TableName, TableIdentity]]:
    """Return what was copied, or last compared and found equal."""
    known: dict[Side, dict[TableName, TableIdentity]] = {side: {} for side in Side}
    if green.value(sql.HAS_KNOWN):
        for row in green.rows(sql.KNOWN, {"migration": migration}):
            known[Side(row["side"])][TableName(row["schema"], row["name"])] = TableIdentity.of(row["identity"])
    return known


def read_changed(sides: Sides, tables: Iterable[TableName] | None = None) -> tuple[tuple[TableName, str], ...]:
    """Return which of these tables, or of the tables they are partitions of, are not what was copied or compared.

    :param tables: ``None``: those of which something is known
    """
    known, now = read_known(sides.green, sides.migration), read_both(sides)
    wanted = {name for side in Side for name in known[side]} if tables is None else set(tables)
    return changed_since(known, now, wanted | roots_of(now, wanted))
