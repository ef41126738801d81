# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading whether the rollback is still safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.go_no_go.picture import Picture
from ..._domain.go_no_go.way_home import WayHome, judge
from ..._domain.relations import quoted
from ..._domain.schema.lint import STOPS, VALUE_DEPENDENT
from ..._domain.sides import Direction, Side
from ..._domain.space import Space
from ..disk_space import read_space
from ..ports import Ports
from ..schema.lint_info import read_verdicts
from .green_only import read_green_only

_NOBODY = Space(None, "no command was given; set bluegreen_free_disk_command")


def read_way_home(params: Mapping[str, Any], ports: Ports, picture: Picture) -> WayHome | None:
    """Return whether it is safe, ``None`` where there is nothing to roll back: green is not in service."""
    situation = picture.situation
    if situation.in_service is not Side.GREEN or not situation.switched or len(situation.gates) < len(Side):
        return None
    if not situation.gates[Side.GREEN].installed:
        return None  # cleanup has ended the migration
    differences: dict[str, list[str]] = {STOPS: [], VALUE_DEPENDENT: []}
    for one in read_verdicts(ports.sides, picture.left_out):
        if one.direction is Direction.REVERSE and one.verdict in differences:
            where = f"{one.table}.{quoted(one.column)}" if one.column else str(one.table)
            differences[one.verdict].append(f"{where}: {one.difference}, {one.reason}")
    return judge(
        {spec.name: (tuple(facts.problems(spec)), facts.lag) for spec, facts in picture.lanes(Direction.REVERSE)},
        read_green_only(ports.sides, picture),
        differences[STOPS],
        differences[VALUE_DEPENDENT],
        read_space(params["free_disk_command"], ports.run) or _NOBODY,
        picture.gone(),
    )
