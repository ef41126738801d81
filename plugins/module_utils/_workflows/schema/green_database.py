# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating green's database on a given server, like blue's."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from ..._domain.endpoint import Endpoint
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.schema.green_database import DatabaseSettings
from ..._domain.sides import Side
from ..._postgres.catalog import read_identity
from ..._postgres.schema import green_database as store
from ..._postgres.session import Session
from ..ports import Ports

_NOT_ALLOWED = "42501"


@dataclass(frozen=True)
class DatabaseState:
    """Blue's database, and green's, ``None`` where it does not exist."""

    name: str
    blue: DatabaseSettings
    green: DatabaseSettings | None

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"database": self.name, "exists": self.green is not None, **asdict(self.green or self.blue)}

    def as_diff(self) -> str:
        """Return one fact about green per line."""
        if self.green is None:
            return ""
        return "".join(f"{self.name}.{key}: {value}\n" for key, value in asdict(self.green).items())


class GreenDatabase:
    """Creates the database if it is missing; an existing one keeps everything except its owner."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._sides = ports.sides
        green = ports.sides.endpoints[Side.GREEN]
        self._name = _required_name(green)
        self._server = replace(green, keywords={**green.keywords, "dbname": params["maintenance_database"]})
        self._purpose = f"bluegreen {params['migration']} green_database"[:63]

    def observe(self) -> DatabaseState:
        """Read both databases' properties; green's from its server's maintenance database."""
        blues_name = read_identity(self._sides.blue).name
        blue = store.read_settings(self._sides.blue, blues_name)
        if blue is None:
            raise LookupError("pg_database has no row of the current database")
        with self._connected() as session:
            return DatabaseState(self._name, blue, store.read_settings(session, self._name))

    def plan(self, before: DatabaseState) -> Plan[DatabaseState]:
        """Plan to create the database, or to change its owner.

        :raises MigrationError: BG230 when green's database was created with other options than blue's
        """
        made = replace(before, green=before.blue)
        if before.green is None:
            return Plan(made, (Step(f"create database {before.name} on green", partial(self._create, before.blue)),))
        differences = before.green.unchangeable_differences(before.blue)
        if differences:
            raise MigrationError(
                "BG230",
                f"Green's database {before.name} exists with other options than blue's: {'; '.join(differences)}",
                "Nothing was changed",
                "Name another one in bluegreen_green, which is then created like blue's; run the same command again",
                {"differences": differences},
            )
        if before.green.owner != before.blue.owner:
            return Plan(
                made, (Step(f"give green's database to {before.blue.owner}", partial(self._give, before.blue.owner)),)
            )
        return Plan(before)

    def execute(self, plan: Plan[DatabaseState]) -> DatabaseState:
        """Do the one step."""
        try:
            plan.perform()
        except DatabaseError as error:
            raise _refused(error, plan.steps[0].title) from None
        return self.observe()

    def _create(self, like: DatabaseSettings) -> None:
        with self._connected() as session:
            store.create_database(session, self._name, like)

    def _give(self, owner: str) -> None:
        with self._connected() as session:
            store.give_database(session, self._name, owner)

    def _connected(self) -> closing[Session]:
        return closing(Session(self._server, self._purpose))


def _required_name(green: Endpoint) -> str:
    name = green.keywords.get("dbname")
    if not name:
        raise MigrationError(
            "BG002",
            "The connection to green names no database",
            "Nothing was changed",
            "Set dbname in bluegreen_green to the database that is to be created",
        )
    return name


def _refused(error: DatabaseError, what: str) -> MigrationError:
    if error.sqlstate == _NOT_ALLOWED or error.sqlstate is None:
        return error
    return MigrationError(
        "BG231",
        f"Green's server did not {what}: {error.what}",
        "Nothing was changed",
        "Create blue's owner on green's server, install blue's locale there, or create the database by hand",
    )
