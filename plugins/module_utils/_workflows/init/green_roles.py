# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating on green the roles that blue's objects name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..._domain.plan import Plan, Step
from ..._domain.schema.surroundings import MEMBERSHIP, ROLE, Surrounding
from ..._domain.sides import Side
from ..._postgres.init.look import read_contents
from ..._postgres.schema.surroundings import make, read_roles
from ..._postgres.session import Session
from ..ports import Ports


@dataclass(frozen=True)
class RolesState:
    """What green lacks, in the order to make it, and the superusers, which are for a person to make."""

    lacking: tuple[Surrounding, ...]
    superusers: tuple[str, ...]
    without_password: tuple[str, ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "lacking": [one.title for one in self.lacking],
            "superusers": list(self.superusers),
            "without_password": list(self.without_password),
        }

    def as_diff(self) -> str:
        """Return one role or membership per line."""
        return "".join(f"lacking: {one.title}\n" for one in self.lacking)


class GreenRoles:
    """Makes what is missing; a role that is there stays as it is."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._sides = ports.sides
        self._role: str = params["role"]
        green = ports.sides.endpoints[Side.GREEN]
        self._server = replace(green, keywords={**green.keywords, "dbname": params["maintenance_database"]})
        self._purpose = f"bluegreen {params['migration']} green_roles"[:63]

    def observe(self) -> RolesState:
        """Compare the roles that blue's objects name with those of green's server."""
        blue = self._sides.blue
        with self._connected() as green:
            named = read_contents(blue, self._role).named
            roles, there = read_roles(blue, green, named, self._role)
        lacking = [one for one in roles if one.subject["role"] not in there]
        superusers = [one.role for one in lacking if one.kind == ROLE and one.subject["superuser"] and one.role]
        possible = tuple(one for one in lacking if one.role not in superusers)
        known = {one.role for one in roles if one.kind not in (ROLE, MEMBERSHIP)}
        logins = [one.role for one in possible if one.kind == ROLE and one.subject["login"] and one.role]
        return RolesState(possible, tuple(superusers), tuple(role for role in logins if role not in known))

    def plan(self, before: RolesState) -> Plan[RolesState]:
        """Plan to make each of them."""
        steps = [Step(f"create {one.title} on green", partial(self._make, one)) for one in before.lacking]
        return Plan(replace(before, lacking=()), tuple(steps))

    def execute(self, plan: Plan[RolesState]) -> RolesState:
        """Make them."""
        plan.perform()
        return replace(self.observe(), without_password=plan.projected.without_password)

    def _make(self, one: Surrounding) -> None:
        with self._connected() as green:
            make(self._sides.blue, green, one, lend=False)

    @contextmanager
    def _connected(self) -> Iterator[Session]:
        with closing(Session(self._server, self._purpose)) as session:
            yield session
