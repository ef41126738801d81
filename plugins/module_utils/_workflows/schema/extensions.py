# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions that green gets in versions that the user chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.plan import Step
from ..._domain.relations import spelled
from ..._domain.schema.objects import Schema
from ..._postgres.schema.scope import Extension, bring_extension, has_version, read_versions
from ..._postgres.sides import Sides


class ChosenVersions:
    """The user's choice, compared with the versions on both sides."""

    def __init__(self, sides: Sides, chosen: Mapping[str, Any]) -> None:
        self._sides = sides
        self._chosen = {name: str(version) for name, version in chosen.items()}
        self.made: list[str] = []

    def read(self) -> dict[str, dict[str, str | None]]:
        """Return the version of every extension of blue's on either side.

        :raises MigrationError: BG215 for a chosen version that green's server does not have
        """
        lacking = self.lacking()
        if lacking:
            raise MigrationError(
                "BG215",
                f"Blue does not have the extension, or green's server not that version of it: {', '.join(lacking)}",
                "Nothing was changed",
                "Install that version's package on green, or correct bluegreen_extension_versions",
                {"names": lacking},
            )
        return self.found()

    def lacking(self) -> list[str]:
        """Return the chosen versions that green's server does not have, or whose extension blue does not."""
        blue = read_versions(self._sides.blue)
        return [
            f"{name} {version}"
            for name, version in sorted(self._chosen.items())
            if name not in blue or not has_version(self._sides.green, name, version)
        ]

    def found(self) -> dict[str, dict[str, str | None]]:
        """Return the version of every extension of blue's on either side."""
        blue, green = read_versions(self._sides.blue), read_versions(self._sides.green)
        there = {name: one.version for name, one in green.items()}
        return {name: {"blue": one.version, "green": there.get(name)} for name, one in blue.items()}

    def steps(self, found: Mapping[str, Mapping[str, str | None]], blue: Schema, green: Schema) -> list[Step]:
        """Return the steps that bring green to the chosen versions that it lacks."""
        return [Step(title, partial(self._extend, one)) for title, one in self.changes(found, blue, green)]

    def changes(
        self, found: Mapping[str, Mapping[str, str | None]], blue: Schema, green: Schema
    ) -> Iterator[tuple[str, Extension]]:
        """Yield each extension that green lacks in its chosen version, with words."""
        for name in [name for name in found if name in self._chosen]:
            version, there = self._chosen[name], found[name]["green"]
            if there is None:
                one = replace(read_versions(self._sides.blue)[name], version=version)
                if green.get(("schema", spelled(one.schema))) is None:
                    known = blue.get(("schema", spelled(one.schema)))
                    one = replace(one, owner=known.owner if known else None)
                yield f"create extension {name} in version {version}", one
            elif there != version:
                yield f"update extension {name} from {there} to {version}", Extension(name, "", version)

    def _extend(self, one: Extension) -> None:
        bring_extension(self._sides.green, one)
        self.made.append(f"extension {one.name}")
