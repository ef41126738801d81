# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database needs besides its schema, and which parts of it our role may create on another server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..capabilities import Capability
from ..session_settings import STANDARD_STRINGS
from .objects import Schema, SchemaObject

ROLE, PASSWORD, MEMBERSHIP, SETTING = "role", "password", "membership", "setting"
# Roles of managed services: the new server has its own, or has none.
_SERVICES = ("rds", "cloudsql", "azure_")
_BY_HAND = "do it on green by hand"


@dataclass(frozen=True)
class Surrounding:
    """A role, its password, a membership, a setting, a privilege on the database, the comment on it or its limit.

    ``subject`` is what a server needs to create it. A setting's value may be a secret: neither it nor the definition is
    ever shown.
    """

    kind: str
    name: str
    definition: str = field(repr=False)
    subject: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def title(self) -> str:
        """Return it in words."""
        return f"{self.kind} {self.name}"

    @property
    def role(self) -> str | None:
        """Return the role that it is about."""
        return self.subject.get("role")

    def as_object(self) -> SchemaObject:
        """Return it as an object for comparison with another server's."""
        return SchemaObject(self.kind, self.name, self.definition)


@dataclass(frozen=True)
class Powers:
    """What our role may do on the receiving server.

    ``roles`` tells for each existing role whether we may change it and grant it; ``parameters`` tells for each known
    parameter whether we may set it.
    """

    major: int
    superuser: bool
    creates_roles: bool
    creates_databases: bool
    replication: bool
    bypasses: bool
    owns_database: bool
    roles: Mapping[str, bool]
    parameters: Mapping[str, bool]


@dataclass(frozen=True)
class Surroundings:
    """The surroundings of both databases; ``unreadable`` are roles whose password may not be read on blue."""

    blue: tuple[Surrounding, ...] = ()
    green: tuple[Surrounding, ...] = ()
    powers: Powers | None = None
    unreadable: frozenset[str] = frozenset()

    def compared(self, side: str) -> list[SchemaObject]:
        """Return one side's as objects for comparison."""
        return [one.as_object() for one in getattr(self, side)]

    def split(self) -> tuple[list[Surrounding], list[tuple[Surrounding, str]]]:
        """Return what green lacks and we can create, in the order to do it, and the rest with its reason."""
        there = Schema(self.compared("green"))
        possible: list[Surrounding] = []
        rest: list[tuple[Surrounding, str]] = []
        if self.powers is None:
            return possible, rest
        made: set[str] = set()
        for one in self.blue:
            if there.get((one.kind, one.name)) is not None:
                continue
            reason = _obstacle(one, self.powers, made)
            if reason:
                rest.append((one, reason))
                continue
            possible.append(one)
            if one.kind == ROLE and one.role:
                made.add(one.role)
        return possible, rest

    def without_password(self, possible: Iterable[Surrounding]) -> list[str]:
        """Return the roles to create that can log in, and whose password we may not read."""
        return [
            one.role
            for one in possible
            if one.kind == ROLE and one.role in self.unreadable and one.subject["login"] and one.role
        ]


def _obstacle(one: Surrounding, powers: Powers, made: Collection[str]) -> str:
    """Return why we may not create it; an empty string if we may."""
    if one.kind == ROLE:
        return _role_obstacle(one, powers)
    absent = [name for name in (one.role, one.subject.get("group")) if name and name not in {*made, *powers.roles}]
    if absent:
        return f"green has no role {absent[0]}"
    if one.kind in (PASSWORD, MEMBERSHIP):
        changed = str(one.subject.get("group") or one.role)
        may = changed in made or powers.roles[changed]
        return "" if may else f"our role on green may not change role {changed}: {_BY_HAND}"
    if one.kind == SETTING:
        return _setting_obstacle(one, powers, made)
    return "" if powers.owns_database or powers.superuser else f"our role does not own green's database: {_BY_HAND}"


def _role_obstacle(one: Surrounding, powers: Powers) -> str:
    wanted = one.subject
    if wanted["superuser"]:
        return "it is a superuser: create it by hand, where green is to have it"
    if str(one.role).startswith(_SERVICES):
        return "it belongs to a managed service"
    if powers.superuser:
        return ""
    if not powers.creates_roles:
        return "our role on green may not create roles (CREATEROLE)"
    bounded = Capability.MEMBERSHIP_OPTIONS.of(powers.major)
    given = {
        "CREATEDB": (wanted["creates_databases"], powers.creates_databases or not bounded),
        "REPLICATION": (wanted["replication"], powers.replication and bounded),
        "BYPASSRLS": (wanted["bypasses"], powers.bypasses and bounded),
    }
    lacking = [name for name, (needed, may) in given.items() if needed and not may]
    return f"our role on green may not give {', '.join(lacking)}: {_BY_HAND}" if lacking else ""


def _setting_obstacle(one: Surrounding, powers: Powers, made: Collection[str]) -> str:
    if one.role is not None and one.role not in made and not powers.roles[one.role]:
        return f"our role on green may not change role {one.role}: {_BY_HAND}"
    if one.role is None and not (powers.owns_database or powers.superuser):
        return f"our role does not own green's database: {_BY_HAND}"
    parameter = str(one.subject["parameter"])
    if parameter not in powers.parameters and "." not in parameter:
        return f"PostgreSQL {powers.major} knows no such parameter"
    if not (powers.superuser or powers.parameters.get(parameter, False)):
        return f"our role on green may not set it: {_BY_HAND}"
    if parameter == STANDARD_STRINGS and Capability.STANDARD_STRINGS.of(powers.major):
        return f"PostgreSQL {powers.major} knows no other value than on"
    return ""
