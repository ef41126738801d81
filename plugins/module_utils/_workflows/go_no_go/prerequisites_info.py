# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist before a cutover."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..._domain.consumers.said import Consumers
from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.go_no_go.decision import Decision, decide
from ..._domain.go_no_go.picture import Picture
from ..._domain.go_no_go.prerequisites import Facts, checklist
from ..._domain.sides import Direction, Side
from ..._postgres.consumers.found import read_consumers
from ..._postgres.go_no_go.picture import read_picture
from ..._postgres.service.situation import read_situation
from ..backup_proof import read_backup
from ..ports import Ports


class PrerequisitesInfo:
    """Reads facts where it can, and uses people's signatures for the rest; writes nothing."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._params = params
        self._consumers = Consumers(params["consumers"])
        self._ports = ports
        self._sides = ports.sides

    def probe(self) -> Report:
        """Read everything; a side that does not answer is a line of the list, not an error."""
        access = {str(side): self._problem_of(side) for side in Side}
        picture = None if any(access.values()) else self._read_picture()
        lines = checklist(
            Facts(
                now=time.time(),
                access=access,
                way_back=_way_back(picture) if picture else None,
                backup=read_backup(self._params["backup_proof"], self._ports.run),
                backup_max_age_hours=self._params["backup_max_age_hours"],
                backup_waived=self._params["backup_waived"],
                rehearsal=self._params["rehearsal"],
                window=self._params["window"],
                confirmed=self._params["confirmed"],
                following=None if access[str(Side.BLUE)] else read_consumers(self._sides.blue, self._sides.migration),
                consumers=self._consumers,
            )
        )
        return Report(
            {
                "prerequisites": [line.as_result() for line in lines],
                "lines": [line.as_line() for line in lines],
                "missing": [line.as_line() for line in lines if not line.fulfilled],
                "switch_ahead": _switch_ahead(picture) if picture else None,
            }
        )

    def _problem_of(self, side: Side) -> str:
        try:
            self._sides.session(side)
        except MigrationError as error:
            return error.what
        return ""

    def _read_picture(self) -> Picture:
        return read_picture(self._sides, read_situation(self._sides), self._params["exclude_tables"])


def _way_back(picture: Picture) -> tuple[str, ...]:
    problems = picture.way_back_problems(Direction.REVERSE)
    return tuple(f"{name} {', '.join(reasons)}" for name, reasons in problems.items())


def _switch_ahead(picture: Picture) -> bool:
    """Tell whether a cutover would start a new switch, rather than find or finish an earlier one."""
    return decide(picture.situation, Side.GREEN) is Decision.SWITCH
