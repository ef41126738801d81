# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions that green gets in versions that the user chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.plan import Step
from ..._domain.schema.objects import Schema
from ..._postgres.schema.scope import Extension, create_extension, has_version, read_versions, update_extension
from ..._postgres.sides import Sides


class ChosenVersions:
    """The user's choice, compared with the versions on both sides."""

    def __init__(self, sides: Sides, chosen: Mapping[str, Any]) -> None:
        self._sides = sides
        self._chosen = {name: str(version) for name, version in chosen.items()}

    def read(self) -> dict[str, dict[str, str | None]]:
        """Return the version of every extension of blue's on either side.

        :raises MigrationError: BG215 for a chosen version that green's server does not have
        """
        blue, green = read_versions(self._sides.blue), read_versions(self._sides.green)
        lacking = [
            f"{name} {version}"
            for name, version in sorted(self._chosen.items())
            if name not in blue or not has_version(self._sides.green, name, version)
        ]
        if lacking:
            raise MigrationError(
                "BG215",
                f"Blue does not have the extension, or green's server not that version of it: {', '.join(lacking)}",
                "Nothing was changed",
                "Install that version's package on green, or correct bluegreen_extension_versions",
                {"names": lacking},
            )
        there = {name: one.version for name, one in green.items()}
        return {name: {"blue": one.version, "green": there.get(name)} for name, one in blue.items()}

    def steps(self, found: Mapping[str, Mapping[str, str | None]], blue: Schema, green: Schema) -> list[Step]:
        """Return the steps that bring green to the chosen versions that it lacks."""
        steps = []
        for name in [name for name in found if name in self._chosen]:
            version, there = self._chosen[name], found[name]["green"]
            if there is None:
                one = replace(read_versions(self._sides.blue)[name], version=version)
                if green.get(("schema", one.schema)) is None:
                    known = blue.get(("schema", one.schema))
                    one = replace(one, owner=known.owner if known else None)
                steps.append(Step(f"create extension {name} in version {version}", partial(self._extend, one)))
            elif there != version:
                one = Extension(name, "", version)
                steps.append(Step(f"update extension {name} from {there} to {version}", partial(self._extend, one)))
        return steps

    def _extend(self, one: Extension) -> None:
        if one.schema:
            create_extension(self._sides.green, one)
        else:
            update_extension(self._sides.green, one)
