# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database's schema as domain types, and the record of what was copied from blue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.relations import TableName, parse_table_name, respelled, unquoted
from ..._domain.schema.dump_contents import LeftOut
from ..._domain.schema.not_copied import still_missing
from ..._domain.schema.objects import Schema, SchemaObject
from ..._domain.schema.scope import LeftAside
from ..._domain.schema.version import Applied
from ..ours import making
from ..session import Session
from ..sql.schema import copy as copy_sql
from ..sql.schema import objects as sql
from .version import take_over

_ASIDE = {"schema aside": "schemas", "table aside": "tables", "extension aside": "extensions"}
NOTHING_ASIDE = LeftAside()


@dataclass(frozen=True)
class Lacks:
    """What green lacks before blue's schema can be restored there; names, sorted.

    ``roles`` do not exist. ``owners`` exist, but our role may not act for them. ``extensions`` are not installed on the
    server, or ``forbidden`` to our role.
    """

    roles: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


def read_schema(session: Session, blues_major: int, aside: LeftAside = NOTHING_ASIDE) -> Schema:
    """Return the user's objects in the session's database, in one snapshot.

    :param blues_major: privileges that blue's server does not have are ignored
    :param aside: what is excluded
    """
    objects: list[SchemaObject] = []
    with session.transaction(sql.BEGIN):
        session.run(sql.PIN_OUTPUT)
        for query in sql.ALL_KINDS:
            rows = session.rows(query, {"maintain": Capability.MAINTAIN.of(blues_major), **aside.as_arguments()})
            objects += [_object(row) for row in rows]
    return Schema(objects)


def _object(row: dict[str, Any]) -> SchemaObject:
    name, parent = respelled(row["name"]), respelled(row.get("parent", ""))
    return SchemaObject(**{**row, "name": name, "parent": parent, "roles": tuple(row["roles"])})


def read_not_copied(session: Session) -> list[dict[str, Any]]:
    """Return what a copy leaves out: ``title`` and ``reason`` of each."""
    return session.rows(copy_sql.NOT_COPIED, {})


def read_left_out(session: Session, green: Schema, aside: LeftAside = NOTHING_ASIDE) -> list[LeftOut]:
    """Return blue's objects that must not be restored on green, because they are ours or already exist there."""
    there = {kind: [unquoted(name) for name in green.names(kind)] for kind in ("extension", "schema")}
    names = {"extensions": [*there["extension"], *aside.extensions], "schemas": there["schema"]}
    return [LeftOut(**row) for row in session.rows(copy_sql.LEFT_OUT, names)]


def read_lacks(session: Session, blue: Schema, green: Schema) -> Lacks:
    """Return what the session's database, green, lacks for a restore of ``blue``."""
    roles = session.rows(copy_sql.ROLES, {"names": sorted(blue.roles)})
    wanted = sorted({unquoted(name) for name in set(blue.names("extension")) - set(green.names("extension"))})
    extensions = session.rows(copy_sql.EXTENSIONS, {"names": wanted})
    return Lacks(
        roles=_names(row for row in roles if not row["present"]),
        owners=_names(row for row in roles if row["present"] and not row["usable"] and row["name"] in blue.owners),
        extensions=_names(row for row in extensions if not row["available"]),
        forbidden=_names(row for row in extensions if row["available"] and not row["allowed"]),
    )


def read_record(session: Session) -> Schema | None:
    """Return blue's schema as it was when it was copied to the session's database, ``None`` where it never was."""
    if not session.value(copy_sql.HAS_RECORD):
        return None
    return Schema(SchemaObject(**row) for row in session.rows(copy_sql.READ_RECORD))


def read_recorded_aside(session: Session) -> LeftAside:
    """Return what the copy to the session's database, green, excluded."""
    rows = session.rows(copy_sql.READ_ASIDE)
    kinds = {key: [row["name"] for row in rows if row["kind"] == kind] for kind, key in _ASIDE.items()}
    return LeftAside(
        tuple(map(unquoted, kinds["schemas"])),
        tuple(map(parse_table_name, kinds["tables"])),
        tuple(map(unquoted, kinds["extensions"])),
    )


def write_record(
    session: Session, blue: Schema, versions: Mapping[TableName, Sequence[Applied]], aside: LeftAside
) -> None:
    """Record ``blue`` as the schema that was copied, and what was excluded, replacing an older record.

    :param versions: the rows of blue's version tables, for those of green's that are empty
    """
    objects = [{"kind": one.kind, "name": one.name, "definition": one.definition, "owner": one.owner} for one in blue]
    objects += [
        {"kind": kind, "name": name, "definition": "", "owner": None}
        for kind, key in _ASIDE.items()
        for name in aside.as_result()[key]
    ]
    with making(session):
        session.run(copy_sql.CREATE_RECORD)
        session.run(copy_sql.EMPTY_RECORD)
        session.run(copy_sql.FILL_RECORD, {"objects": session.as_json(objects)})
        if versions:
            take_over(session, versions)


def read_recorded_left(session: Session) -> dict[str, str]:
    """Return what the copy to the session's database, green, left behind: the reasons by title."""
    if not session.value(copy_sql.HAS_RECORD):
        return {}
    return {row["title"]: row["reason"] for row in session.rows(copy_sql.READ_LEFT)}


def write_left(session: Session, left: Mapping[str, str]) -> None:
    """Record what a copy left behind, beside the schema that it copied."""
    rows = [{"kind": "not copied", "name": title, "definition": why, "owner": None} for title, why in left.items()]
    with making(session):
        session.run(copy_sql.FORGET_LEFT)
        session.run(copy_sql.FILL_RECORD, {"objects": session.as_json(rows)})


def read_left_behind(blue: Session, green: Session) -> tuple[str, ...]:
    """Return what a copy left behind and green still lacks; nothing where no schema was copied."""
    if not green.value(copy_sql.HAS_RECORD):
        return ()
    now = ({row["title"] for row in read_not_copied(session)} for session in (blue, green))
    return still_missing(read_recorded_left(green), *now)


def _names(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(row["name"] for row in rows)
