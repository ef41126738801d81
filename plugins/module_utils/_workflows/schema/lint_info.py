# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether rows still flow in both directions, according to both catalogs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..._domain.facts import Report
from ..._domain.relations import TableName, parse_table_name
from ..._domain.schema.lint import Structure, Verdict, lint, worst
from ..._domain.sides import Direction, Side
from ..._postgres.schema.relation_facts import read_schema
from ..._postgres.schema.version import tables_of_versions
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..ports import Ports
from .squawk import run_squawk


class SchemaLintInfo:
    """Judges every difference between the two schemas; writes nothing."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._excluded: list[str] = params["exclude_tables"]
        self._directory: str = params["directory"]
        self._sides = ports.sides
        self._run = ports.run

    def probe(self) -> Report:
        """Read both schemas and judge."""
        versions = [name for side in Side for name in tables_of_versions(self._sides.session(side))]
        left_out = [*(parse_table_name(name) for name in self._excluded), *versions]
        verdicts = read_verdicts(self._sides, left_out)
        return Report(
            {
                "verdicts": {str(direction): worst(verdicts, direction) for direction in Direction},
                "differences": [one.as_result() for one in verdicts],
                "squawk": run_squawk(self._run, self._directory, self._sides.green.major),
            }
        )


def read_verdicts(sides: Sides, left_out: Iterable[TableName]) -> tuple[Verdict, ...]:
    """Return what every difference between the two schemas means, in each direction.

    :param left_out: tables that no link carries
    """
    blue, green = (_structure(sides.session(side)) for side in (Side.BLUE, Side.GREEN))
    return lint(blue, green, left_out)


def _structure(session: Session) -> Structure:
    found = read_schema(session, "")
    return Structure.of(session.major, found["relations"], found["constraints"], found["enums"])
