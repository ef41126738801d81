# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `setup` would do to an empty green, tried and rolled back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.relations import spelled
from ..._domain.schema.objects import Schema, SchemaObject
from ..._domain.schema.scope import Scope
from ..._domain.schema.trial import EXTENSION, Refusal, Trial
from ..._domain.sides import Side
from ..._postgres.schema import objects as store
from ..._postgres.schema.dump import SchemaCopier
from ..._postgres.schema.programs import Programs
from ..._postgres.schema.scope import Extension, read_left_aside
from ..._postgres.schema.surroundings import read_surroundings
from ..._postgres.schema.trial import Beforehand, TrialRestorer, read_unreadable
from ..._postgres.service.situation import read_situation
from ..ports import Ports
from .extensions import ChosenVersions

# Programs that are missing or fail, and names of the user's that blue lacks: setup would fail the same way.
_OBSTACLES = ("BG201", "BG202", "BG203", "BG206", "BG214")


_NO_SUCH_VERSION = "blue does not have the extension, or green's server not that version of it"


class TrialRestore:
    """Restores blue's schema on green and rolls it back; nothing of it is ever committed."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._bindir: str | None = params["pg_bindir"] or None
        self._application_roles: list[str] = params["application_roles"]
        self._scope = Scope.of(params["include"], params["exclude"])
        self._versions: dict[str, Any] = params["extension_versions"]
        self._sides = ports.sides
        self._run = ports.run

    def attempt(self) -> Trial | None:
        """Try it; ``None`` where no copy is due, because green has a schema or is in service."""
        green = self._green_if_due()
        if green is None:
            return None
        try:
            return self._attempt(green)
        except MigrationError as error:
            if error.code not in _OBSTACLES:
                raise
            return Trial(obstacle=error.what, way_out=error.todo)

    def missing_program(self) -> MigrationError | None:
        """Return why the programs cannot be run where a copy is due and none was tried; ``None`` if they can."""
        if self._green_if_due() is None:
            return None
        try:
            self._restorer()
        except MigrationError as error:
            return error
        return None

    def _green_if_due(self) -> Schema | None:
        sides = self._sides
        if store.read_record(sides.green) is not None or read_situation(sides).in_service is not Side.BLUE:
            return None
        green = store.read_schema(sides.green, sides.blue.major)
        return green if green.is_empty else None

    def _restorer(self) -> TrialRestorer:
        programs = Programs(self._run, self._bindir, self._sides.green.major)
        programs.find("psql", exactly=True)  # for versioned migrations
        return TrialRestorer(SchemaCopier.find(programs, f"bluegreen {self._migration} trial_restore"[:63]))

    def _attempt(self, green: Schema) -> Trial:
        sides = self._sides
        restorer = self._restorer()
        aside = read_left_aside(sides.blue, self._scope)
        blue = store.read_schema(sides.blue, sides.blue.major, aside)
        around, _rest = read_surroundings(sides.blue, sides.green, blue.roles.union(self._application_roles)).split()
        extensions, lacking = self._extensions(blue, green)
        left_out = store.read_left_out(sides.blue, _with(green, extensions), aside)
        unread = [name for name in read_unreadable(sides.blue) if name not in aside.tables]
        first = Beforehand(around, blue.owners, extensions)
        told = restorer.attempt(sides.blue, sides.endpoints[Side.GREEN], left_out, aside, first, unread)
        return replace(told, refusals=(*lacking, *told.refusals))

    def _extensions(self, blue: Schema, green: Schema) -> tuple[list[Extension], list[Refusal]]:
        """Return the extensions in versions of the user's choice, and the choices that are not possible."""
        lacking = set(ChosenVersions(self._sides, self._versions).lacking())
        possible = {name: one for name, one in self._versions.items() if f"{name} {one}" not in lacking}
        chosen = ChosenVersions(self._sides, possible)
        refusals = [Refusal(EXTENSION, each, _NO_SUCH_VERSION) for each in sorted(lacking)]
        return [one for _title, one in chosen.changes(chosen.found(), blue, green)], refusals


def _with(green: Schema, extensions: list[Extension]) -> Schema:
    """Return green as it is once these extensions have been created."""
    names = [("extension", one.name) for one in extensions] + [("schema", one.schema) for one in extensions]
    return green.merged_with(Schema(SchemaObject(kind, spelled(name)) for kind, name in names if name))
