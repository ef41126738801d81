# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a throw-away database one side of a rehearsal, from a blue that is only read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Plan, Step
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName, parse_table_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import Schema
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import rehearsal as store
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema import read_left_out, read_schema
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema_dump import SchemaCopier
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema_programs import Programs

from .ports import Ports


@dataclass(frozen=True)
class RehearsalState:
    """Blue's schema, the throw-away database's, and the roles that it lacks.

    ``rows`` are those taken by this run; ``left``: something of a rehearsal before is to be dropped first.
    """

    blue: Schema
    copy: Schema
    lacking: tuple[str, ...]
    rows: Mapping[TableName, int] = field(default_factory=dict)
    left: bool = False

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"objects": len(self.copy), "rows": {str(name): taken for name, taken in sorted(self.rows.items())}}

    def as_diff(self) -> str:
        """Return what is still to come, then the objects that are there, one a line."""
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
        self._purpose = f"bluegreen {params['migration']} rehearsal"[:63]
        self._sides = ports.sides
        self._run = ports.run
        self._rows: Mapping[TableName, int] = {}

    def observe(self) -> RehearsalState:
        """Read both schemas.

        :raises MigrationError: BG724 when the database to be filled is on no throw-away server
        """
        store.require_throw_away(self._sides.green)
        store.only_read(self._sides.blue)
        major = self._sides.blue.major
        blue, copy = read_schema(self._sides.blue, major), read_schema(self._sides.green, major)
        left = self._emptied_first and not store.is_untouched(self._sides.green)
        copy = Schema([]) if left else copy
        lacking = store.unknown_roles(self._sides.green, blue.roles.union(self._application_roles))
        return RehearsalState(blue, copy, tuple(lacking), self._rows, left)

    def plan(self, before: RehearsalState) -> Plan[RehearsalState]:
        """Plan what is missing; a database that has a schema already is not filled again."""
        steps = [Step("empty the throw-away database", "empty")] if before.left else []
        steps += [Step(f"create role {name}", "create_role", name) for name in before.lacking]
        after = replace(before, lacking=(), left=False)
        if self._side is Side.BLUE and before.copy.is_empty and not before.blue.is_empty:
            steps.append(Step(f"copy {len(before.blue)} objects of blue's schema", "copy"))
            if self._limit is None:
                steps.append(Step("take all rows", "take_all"))
            else:
                steps.append(Step(f"take at most {self._limit} rows of each table, and their parents", "sample"))
            after = replace(after, copy=before.copy.merged_with(before.blue))
        return Plan(after, tuple(steps))

    def execute(self, plan: Plan[RehearsalState]) -> RehearsalState:
        """Do the steps."""
        for step in plan.steps:
            getattr(self, f"_{step.action}")(step.subject)
        self._emptied_first = False
        return self.observe()

    def _empty(self, _subject: None) -> None:
        store.empty(self._sides.green)

    def _create_role(self, name: str) -> None:
        store.create_role(self._sides.green, name)

    def _copy(self, _subject: None) -> None:
        left_out = read_left_out(self._sides.blue, read_schema(self._sides.green, self._sides.blue.major))
        self._copier().copy(self._sides.endpoints[Side.BLUE], self._sides.endpoints[Side.GREEN], left_out)

    def _copier(self) -> SchemaCopier:
        return SchemaCopier.find(Programs(self._run, self._bindir, self._sides.green.major), self._purpose)

    def _take_all(self, _subject: None) -> None:
        excluded = [str(name) for name in self._excluded]
        self._copier().copy_rows(self._sides.endpoints[Side.BLUE], self._sides.endpoints[Side.GREEN], excluded)
        self._rows = store.count_rows(self._sides.green)

    def _sample(self, _subject: None) -> None:
        self._rows = store.Sampler(self._sides.blue, self._sides.green, self._excluded).take(self._limit or 0)


def _limit(rows: str) -> int | None:
    """Return how many rows of each table are taken, ``None`` for all.

    :raises MigrationError: BG727 when it is neither a number nor ``all``
    """
    if rows == "all":
        return None
    if rows.isascii() and rows.isdigit():
        return int(rows)
    raise MigrationError(
        "BG727",
        f"{rows!r} is no number of rows",
        "Nothing was changed",
        "Set bluegreen_rehearse_rows to a number, or to all",
    )
