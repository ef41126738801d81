# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, memberships, settings and privileges around a database: read on both sides, created on one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.relations import respelled
from ..._domain.schema.surroundings import MEMBERSHIP, PASSWORD, ROLE, SETTING, Powers, Surrounding, Surroundings
from ..session import Session
from ..sql.schema import objects as schema_sql
from ..sql.schema import surroundings as sql

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def read_surroundings(blue: Session, green: Session, named: Iterable[str]) -> Surroundings:
    """Return the surroundings of both databases, for the roles ``named``, those of the database, and roles related to
    them."""
    names = _related(blue, named, None)
    options = Capability.MEMBERSHIP_OPTIONS.of(blue.major)
    ours, theirs = (_read(session, names, options) for session in (blue, green))
    may_read = blue.value(sql.READS_HASHES)
    if not green.value(sql.READS_HASHES):
        # Unknown: a role that exists is assumed to have its password.
        present = {one.role for one in theirs if one.kind == "role"}
        theirs += tuple(one for one in ours if one.kind == "password" and one.role in present)
    # Anything more that green has is not compared.
    wanted = {one.title for one in ours}
    theirs = tuple(one for one in theirs if one.title in wanted)
    return Surroundings(ours, theirs, _read_powers(green, ours), frozenset() if may_read else frozenset(names))


def read_roles(
    blue: Session, green: Session, named: Iterable[str], ours: str
) -> tuple[tuple[Surrounding, ...], frozenset[str]]:
    """Return the roles ``named`` and those related to them, with their passwords and memberships, as they are on blue;
    and the names of those that green has.

    :param green: a session in any database of its server
    :param ours: the migration's role, which is left out
    """
    names = _related(blue, named, ours)
    found = _read(blue, names, Capability.MEMBERSHIP_OPTIONS.of(blue.major))
    there = frozenset(row["name"] for row in _known_roles(green, names))
    return tuple(one for one in found if one.kind in (ROLE, PASSWORD, MEMBERSHIP)), there


def _related(blue: Session, named: Iterable[str], ours: str | None) -> list[str]:
    return [row["name"] for row in blue.rows(sql.NAMES, {"named": sorted(named), "ours": ours})]


def _read(session: Session, names: Sequence[str], options: bool) -> tuple[Surrounding, ...]:
    wanted = {"names": list(names), "options": options}
    with session.transaction(schema_sql.BEGIN):
        session.run(schema_sql.PIN_OUTPUT)
        rows = session.rows(sql.ALL_KINDS, wanted)
        if session.value(sql.READS_HASHES):
            rows += session.rows(sql.PASSWORDS, wanted)
    return tuple(sorted((Surrounding(**{**row, "name": respelled(row["name"])}) for row in rows), key=_order))


def _order(one: Surrounding) -> tuple[int, str]:
    first = ("role", "password", "membership")
    return (first.index(one.kind) if one.kind in first else len(first), one.title)


def _read_powers(green: Session, wanted: Iterable[Surrounding]) -> Powers:
    wanted = list(wanted)
    row = green.row(sql.POWERS)
    if row is None:
        raise LookupError("pg_roles has no row of the current role")
    roles = {str(name) for one in wanted for name in (one.role, one.subject.get("group")) if name}
    parameters = sorted({one.subject["parameter"] for one in wanted if one.kind == SETTING})
    known = green.rows(sql.PARAMETERS, {"names": parameters})
    if Capability.PARAMETER_PRIVILEGES.of(green.major):
        known += green.rows(sql.GRANTED_PARAMETERS, {"names": parameters})
    return Powers(
        major=green.major,
        roles={one["name"]: _may_change(green.major, row, one) for one in _known_roles(green, roles)},
        parameters={one["name"]: one["settable"] for one in known},
        **row,
    )


def _known_roles(green: Session, names: Iterable[str]) -> list[dict[str, Any]]:
    return green.rows(sql.KNOWN_ROLES, {"names": sorted(names)})


def _may_change(major: int, ours: dict[str, Any], role: dict[str, Any]) -> bool:
    if ours["superuser"]:
        return True
    if role["superuser"] or not ours["creates_roles"]:
        return False
    return not Capability.MEMBERSHIP_OPTIONS.of(major) or bool(role["administered"])


def make(blue: Session, green: Session, one: Surrounding, lend: bool) -> None:
    """Create it on green in one transaction; no log and no query shows a password hash or a value.

    :param lend: let our own role act for a created role, which giving it objects requires
    :raises DatabaseError: when green's server refuses it
    """
    subject = {**one.subject, "lend": lend}
    if one.kind == PASSWORD:
        [row] = blue.rows(sql.HASHES, {"names": [one.role]})
        subject["hash"] = row["hash"]
    with green.transaction():
        green.run(sql.MAKE_ROOM)
        _make(green, one.kind, subject)


def make_within(green: Session, one: Surrounding, lend: bool) -> None:
    """Create it on green in the open transaction, which has room for it (``MAKE_ROOM``); not a password."""
    _make(green, one.kind, {**one.subject, "lend": lend})
    green.run(sql.FORGET)


def _make(green: Session, kind: str, subject: Mapping[str, Any]) -> None:
    green.tell(sql.TELL, io.BytesIO(_told(kind, subject).encode("utf-8")))
    green.run(sql.DO_AS_TOLD)


def _told(kind: str, subject: Mapping[str, Any]) -> str:
    return "\t".join(text.translate(_ESCAPES) for text in (kind, json.dumps(subject))) + "\n"
