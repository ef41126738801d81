# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a throw-away database into one side of a rehearsal; only reads blue."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.endpoint import Endpoint
from ..._domain.errors import MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.rehearsal.sample import PLAIN_ROLE
from ..._domain.relations import TableName, parse_table_name
from ..._domain.schema.objects import Schema
from ..._domain.session_settings import FILLS
from ..._domain.sides import Side
from ..._postgres.growth import growth_of, read_size
from ..._postgres.rehearsal import plain_role
from ..._postgres.rehearsal import sample as store
from ..._postgres.schema.dump import SchemaCopier
from ..._postgres.schema.objects import read_left_out, read_schema
from ..._postgres.schema.programs import Programs
from ..._postgres.session import Session
from ..ports import Ports
from ..progress import Progress


@dataclass(frozen=True)
class RehearsalState:
    """Blue's schema, the throw-away database's, and the roles that it lacks.

    ``rows``: those copied by this run; ``left_out``: what it could not restore; ``left``: something from an earlier
    rehearsal must be dropped first.
    """

    blue: Schema
    copy: Schema
    lacking: tuple[str, ...]
    rows: Mapping[TableName, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    left: bool = False
    user: str | None = None

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "objects": len(self.copy),
            "rows": {str(name): taken for name, taken in sorted(self.rows.items())},
            "left_out": list(self.left_out),
            "user": self.user,
        }

    def as_diff(self) -> str:
        """Return what is still to be done, then the existing objects, one per line."""
        return "".join(f"no role {name}\n" for name in self.lacking) + "".join(f"{one.title}\n" for one in self.copy)


class RehearsalSide:
    """Gives green, which must be a throw-away server, the roles of blue, and for ``side: blue`` schema and rows."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._side = Side(params["side"])
        self._limit = _limit(params["rows"])
        self._bindir: str | None = params["pg_bindir"] or None
        self._application_roles: list[str] = params["application_roles"]
        self._excluded = [parse_table_name(name) for name in params["exclude_tables"]]
        self._emptied_first: bool = params["emptied_first"]
        self._plain_password: str | None = params["plain_password"]
        self._open_to: list[str] = params["open_to"]
        self._purpose = f"bluegreen {params['migration']} rehearsal"[:63]
        self._sides = ports.sides
        self._run = ports.run
        self._progress = Progress(params["migration"], "rehearsal_side", ports.warn, ports.may_write)
        self._rows: Mapping[TableName, int] = {}
        self._away: frozenset[tuple[int, int]] = frozenset()

    def observe(self) -> RehearsalState:
        """Read both schemas.

        :raises MigrationError: BG724 when the database to be filled is not on a throw-away server, BG821 when a
            superuser would have to run blue's code on a server that is not sealed off
        """
        store.require_throw_away(self._sides.green)
        store.only_read(self._sides.blue)
        self._require_sealed()
        major = self._sides.blue.major
        blue, copy = read_schema(self._sides.blue, major), read_schema(self._sides.green, major)
        left = self._emptied_first and not store.is_untouched(self._sides.green)
        copy = Schema([]) if left else copy
        wanted = blue.roles.union(self._application_roles, [PLAIN_ROLE] if self._is_plain else [])
        lacking = tuple(store.unknown_roles(self._sides.green, wanted))
        left_out = tuple(plain_role.describe(self._sides.blue, self._away))
        user = PLAIN_ROLE if self._is_plain else None
        return RehearsalState(blue, copy, lacking, self._rows, left_out, left, user)

    def plan(self, before: RehearsalState) -> Plan[RehearsalState]:
        """Plan what is missing; a database that already has a schema is not filled again."""
        steps = [Step("empty the throw-away database", self._empty)] if before.left else []
        steps += [
            Step(f"create role {name}", partial(self._create_role, name))
            for name in before.lacking
            if name != PLAIN_ROLE
        ]
        if PLAIN_ROLE in before.lacking:
            steps.append(
                Step(f"create role {PLAIN_ROLE}, and extensions that it may only use", self._create_plain_role)
            )
        after = replace(before, lacking=(), left=False)
        if self._side is Side.BLUE and before.copy.is_empty and not before.blue.is_empty:
            steps.append(Step(f"copy {len(before.blue)} objects of blue's schema", self._copy))
            if self._limit is None:
                steps.append(Step("take all rows", self._take_all))
            else:
                steps.append(Step(f"take at most {self._limit} rows of each table, and their parents", self._sample))
            after = replace(after, copy=before.copy.merged_with(before.blue))
        if self._is_plain and steps:
            steps.append(Step(f"let {PLAIN_ROLE} migrate", self._let_migrate))
        return Plan(after, tuple(steps))

    def execute(self, plan: Plan[RehearsalState]) -> RehearsalState:
        """Do the steps."""
        plan.perform()
        self._emptied_first = False
        return self.observe()

    @property
    def _is_plain(self) -> bool:
        return self._plain_password is not None

    @property
    def _filler(self) -> Endpoint:
        """Return the role that restores and loads rows: no foreign code runs as the throw-away server's own
        superuser."""
        admin = self._sides.endpoints[Side.GREEN]
        return admin if self._plain_password is None else plain_role.as_plain_role(admin, self._plain_password)

    def _require_sealed(self) -> None:
        takes_superuser = self._is_plain and not Capability.SUBSCRIBERS.of(self._sides.green.major)
        code = plain_role.read_code(self._sides.blue) if takes_superuser and self._open_to else []
        if code:
            raise MigrationError(
                "BG821",
                f"On PostgreSQL {self._sides.green.major} only a superuser subscribes, and would run {len(code)} "
                f"pieces of blue's code, such as {', '.join(code[:3])}, that could reach {' and '.join(self._open_to)}",
                "Nothing was changed",
                "Rehearse as root, which seals the servers in, or on staging databases: bluegreen_rehearse_blue and "
                "bluegreen_rehearse_green",
                {"code": code, "open_to": self._open_to},
            )

    def _empty(self) -> None:
        store.empty(self._sides.green)

    def _create_role(self, name: str) -> None:
        store.create_role(self._sides.green, name)

    def _create_plain_role(self) -> None:
        admin = self._sides.green
        plain_role.create_harmless_extensions(self._sides.blue, admin)
        plain_role.create_plain_role(admin, self._plain_password or "")
        database = store.database_of(admin)
        plain_role.own_database(admin, database)
        plain_role.let_owners_be_given(admin)
        plain_role.let_no_trigger_fire(admin, database)

    def _let_migrate(self) -> None:
        admin = self._sides.green
        plain_role.let_triggers_fire(admin, store.database_of(admin))
        plain_role.let_subscribe(admin)

    def _copy(self) -> None:
        blue, green = self._sides.blue, self._sides.green
        left_out = read_left_out(blue, read_schema(green, blue.major))
        beyond = plain_role.read_beyond_it(blue, green) if self._is_plain else []
        with self._growing(None):
            self._away = self._copier().copy(self._sides.endpoints[Side.BLUE], self._filler, left_out, beyond=beyond)

    def _copier(self) -> SchemaCopier:
        return SchemaCopier.find(Programs(self._run, self._bindir, self._sides.green.major), self._purpose)

    def _take_all(self) -> None:
        excluded = [str(name) for name in self._excluded]
        missing = self._away if self._is_plain else None
        with self._growing(None if excluded else read_size(self._sides.blue)):
            self._copier().copy_rows(self._sides.endpoints[Side.BLUE], self._filler, excluded, missing)
        with closing(Session(self._filler, self._purpose, settings=FILLS)) as copy:
            self._rows = store.count_rows(copy)

    def _sample(self) -> None:
        with closing(Session(self._filler, self._purpose, settings=FILLS)) as copy, self._growing(None):
            self._rows = store.Sampler(self._sides.blue, copy, self._excluded).take(self._limit or 0)

    def _growing(self, total: int | None) -> AbstractContextManager[None]:
        return self._progress.of("the throw-away blue has", growth_of(self._filler, self._purpose, total))


def _limit(rows: str) -> int | None:
    """Return how many rows of each table to copy, ``None`` for all.

    :raises MigrationError: BG727 when it is neither a number nor ``all``
    """
    if rows == "all":
        return None
    if rows.isascii() and rows.isdigit():
        return int(rows)
    raise MigrationError(
        "BG727",
        f"{rows!r} is not a number of rows",
        "Nothing was changed",
        "Set bluegreen_rehearse_rows to a number, or to all",
    )
