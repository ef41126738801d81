# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As which roles planted code ran, from the servers' logs, which no rollback and no fence suppresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.attack.attacks import Names
from tests.attack.field import HARNESS, SIDES, Field
from tests.attack.plants import FIRST_THAT_APPLIES_AS_OWNER, MARK

_LINE = re.compile(
    rf"LOG:  {MARK} (?P<who>\S+) ran (?P<code>.*) as (?P<current>\S+) for (?P<session>\S+) in (?P<name>.*)$"
)
# Written when the table had a different name or column: such rows can no longer be applied.
_STRANDS = "ERROR:  logical replication target relation"


@dataclass(frozen=True)
class Sighting:
    """One run of planted code with privileges that its author does not have."""

    side: str
    code: str
    current: str
    session: str
    application: str

    def __str__(self) -> str:
        return f"{self.code} ran as {self.current} (session of {self.session}, '{self.application}') on {self.side}"


class Sightings:
    """What the logs contain since the beginning."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._from: Mapping[str, int] = {side: self._size(side) for side in SIDES}

    def mighty(self) -> list[Sighting]:
        """Return the avoidable runs as a superuser or as the migrator."""
        return [one for one in self._all() if not self._cannot_be_avoided(one)]

    def unavoidable(self) -> list[Sighting]:
        """Return the unavoidable ones: before 16 an apply worker is a superuser, whoever owns the table."""
        return [one for one in self._all() if self._cannot_be_avoided(one)]

    def stranded(self) -> list[str]:
        """Return why links stand still for good: an owner changed a table whose rows were under way."""
        return sorted(
            {line.partition("ERROR:  ")[2] for side in SIDES for line in self._lines(side) if _STRANDS in line}
        )

    def _cannot_be_avoided(self, one: Sighting) -> bool:
        return one.application == "" and self._field.side(one.side).major < FIRST_THAT_APPLIES_AS_OWNER

    def _all(self) -> list[Sighting]:
        mighty = (self._field.names.superuser, self._field.names.migrator)
        return sorted({one for side in SIDES for one in self._read(side) if one.current in mighty}, key=str)

    def _read(self, side: str) -> list[Sighting]:
        names = self._field.names
        return [one for line in self._lines(side) if (one := read_line(line, side, names)) is not None]

    def _lines(self, side: str) -> list[str]:
        with self._field.side(side).server.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._from[side])
            return log.read().splitlines()

    def _size(self, side: str) -> int:
        return self._field.side(side).server.log.stat().st_size


def read_line(line: str, side: str, names: Names) -> Sighting | None:
    """Return what a line of a server's log says about this attacker's code, None if nothing."""
    match = _LINE.search(line.rstrip("\n"))
    if match is None or match["who"] != names.attacker or match["name"] == HARNESS:
        return None
    return Sighting(side, match["code"], match["current"], match["session"], match["name"])
