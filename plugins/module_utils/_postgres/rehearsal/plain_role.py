# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role without superuser that restores other people's schemas on throw-away servers, and what it cannot restore."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..._domain.capabilities import Capability
from ..._domain.endpoint import Endpoint
from ..._domain.rehearsal.sample import HARMLESS_EXTENSIONS, PLAIN_ROLE
from ..._domain.relations import TableName
from ..._domain.schema.dump_contents import LeftOut
from ..session import Session
from ..sql.rehearsal import plain_role as sql

# Catalogs of a dump's entries.
_EXTENSIONS, _SCHEMAS = 3079, 2615
# The first oid that is not an object of PostgreSQL's own.
_USERS = 16384


def as_plain_role(admin: Endpoint, password: str) -> Endpoint:
    """Return the role's endpoint for the database that ``admin`` connects to."""
    return replace(admin, keywords={**admin.keywords, "user": PLAIN_ROLE, "password": password}, peer={})


def create_plain_role(admin: Session, password: str) -> None:
    """Create the role, with the privileges that a migrator needs, as a member of every ordinary role."""
    admin.run(sql.CREATE_ROLE, {"password": password}, role=PLAIN_ROLE)
    subscribes = [sql.SUBSCRIBE] if Capability.SUBSCRIBERS.of(admin.major) else []
    ordinary = [row["name"] for row in admin.rows(sql.ORDINARY_ROLES, {"role": PLAIN_ROLE})]
    for granted in [*sql.MONITOR, *subscribes, *ordinary]:
        admin.run(sql.GRANT_ROLE, None, granted=granted, role=PLAIN_ROLE)
    if Capability.PARAMETER_PRIVILEGES.of(admin.major):
        for statement in sql.MAY_REPAIR:
            admin.run(statement, None, role=PLAIN_ROLE)


def own_database(admin: Session, database: str) -> None:
    """Make it the owner of ``database``, which ``admin`` is connected to, and of the schema in it."""
    admin.run(sql.OWN_DATABASE, None, database=database, role=PLAIN_ROLE)
    admin.run(sql.OWN_PUBLIC, None, role=PLAIN_ROLE)


def let_owners_be_given(admin: Session) -> None:
    """Allow it to give objects in ``admin``'s database to the roles that own them in a dump."""
    for statement in sql.LET_OWNERS_BE_GIVEN:
        admin.run(statement, None, role=PLAIN_ROLE)


def let_no_trigger_fire(admin: Session, database: str) -> None:
    """Make the role's next sessions run as a replica, although the role itself could not set that."""
    admin.run(sql.NO_TRIGGERS, None, database=database, role=PLAIN_ROLE)


def let_triggers_fire(admin: Session, database: str) -> None:
    """Let the role's next sessions be ordinary ones."""
    admin.run(sql.TRIGGERS, None, database=database, role=PLAIN_ROLE)


def let_subscribe(admin: Session) -> None:
    """Allow it to subscribe; before that was possible that makes it a superuser."""
    if not Capability.SUBSCRIBERS.of(admin.major):
        admin.run(sql.SUPERUSER, None, role=PLAIN_ROLE)


def create_harmless_extensions(source: Session, admin: Session) -> list[LeftOut]:
    """Create those of ``source``'s extensions that only a superuser may create, before anything of the user's exists.

    :returns: the extensions and their schemas, which need not be restored any more
    """
    creatable = _creatable(admin)
    there: list[LeftOut] = []
    for row in source.rows(sql.EXTENSIONS, {"names": list(HARMLESS_EXTENSIONS)}):
        if row["name"] in creatable:
            if row["schema_oid"] >= _USERS:
                admin.run(sql.CREATE_SCHEMA, None, schema=row["schema"], owner=row["owner"])
            admin.run(sql.CREATE_EXTENSION, None, name=row["name"], schema=row["schema"])
            there += [
                LeftOut(_EXTENSIONS, row["oid"], with_comment=True),
                LeftOut(_SCHEMAS, row["schema_oid"]),
            ]
    return there


def read_beyond_it(source: Session, admin: Session) -> list[LeftOut]:
    """Return the objects of ``source`` that the role cannot restore on ``admin``'s server."""
    rows = source.rows(sql.NEEDS_SUPERUSER, {"creatable": _creatable(admin)})
    return [LeftOut(**row) for row in rows]


def describe(source: Session, addresses: Iterable[tuple[int, int]]) -> list[str]:
    """Return the objects at these addresses by kind and name."""
    there = sorted(addresses)
    arguments = {"catalogs": [catalog for catalog, _oid in there], "oids": [oid for _catalog, oid in there]}
    return [row["title"] for row in source.rows(sql.DESCRIBE, arguments)]


def tables_among(source: Session, addresses: Iterable[tuple[int, int]]) -> list[TableName]:
    """Return the tables among these addresses."""
    rows = source.rows(sql.TABLES_AMONG, {"oids": [oid for _catalog, oid in addresses]})
    return [TableName(row["schema"], row["name"]) for row in rows]


def read_code(source: Session) -> list[str]:
    """Return the functions, rules and expressions that could do more than compute in a superuser's session."""
    return [row["title"] for row in source.rows(sql.CODE, {})]


def _creatable(admin: Session) -> list[str]:
    return [row["name"] for row in admin.rows(sql.CREATABLE_EXTENSIONS, {"harmless": list(HARMLESS_EXTENSIONS)})]
