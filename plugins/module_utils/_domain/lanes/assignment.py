# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lane carries which table: tables keep their lane, partition trees stay whole, the rest is spread by weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import MigrationError
from ..relations import Table, TableName


@dataclass(frozen=True)
class Assignment:
    """What is known before tables are spread.

    ``lanes``: their numbers. ``standing``: the lane that already carries a table. ``wanted``: the user's choice, by
    table or partition root. ``weights``: rows written so far, by table.
    """

    lanes: tuple[int, ...] = (1,)
    standing: Mapping[TableName, int] = field(default_factory=dict)
    wanted: Mapping[TableName, int] = field(default_factory=dict)
    weights: Mapping[TableName, int] = field(default_factory=dict)


ONE_LANE = Assignment()


def require_lanes(lanes: int, of_tables: Mapping[str, Any]) -> None:
    """Refuse a lane that the link does not have, instead of choosing another one.

    :param of_tables: the lane of each table for which the user chose one
    :raises MigrationError: BG310 naming the first impossible one
    """
    for table, lane in of_tables.items():
        if not isinstance(lane, int) or not 1 <= lane <= lanes:
            raise MigrationError(
                "BG310",
                f"{table} is assigned to lane {lane}, but only lanes 1 to {lanes} exist",
                "Nothing was changed",
                "Correct bluegreen_lane_tables, or raise bluegreen_lanes",
            )


def assigned(tables: Iterable[Table], assignment: Assignment) -> dict[TableName, int]:
    """Return the lane of each table.

    A tree goes where one of its leaves already is, else where the user wants it. Of the others, the heaviest goes
    first, each to the lane with the least load so far (longest processing time first, Graham 1969). The same input
    gives the same lanes.
    """
    trees: dict[TableName, list[TableName]] = {}
    for table in tables:
        trees.setdefault(table.root, []).append(table.name)
    weight = {root: 1 + sum(assignment.weights.get(leaf, 0) for leaf in leaves) for root, leaves in trees.items()}
    fixed = {root: _fixed(root, leaves, assignment) for root, leaves in trees.items()}
    lane_of = {root: lane for root, lane in fixed.items() if lane is not None}
    load: Counter[int] = Counter()
    for root, lane in lane_of.items():
        load[lane] += weight[root]
    for root in sorted(trees.keys() - lane_of.keys(), key=lambda one: (-weight[one], one)):
        lightest = min(assignment.lanes, key=lambda lane: (load[lane], lane))
        lane_of[root] = lightest
        load[lightest] += weight[root]
    return {leaf: lane_of[root] for root, leaves in trees.items() for leaf in leaves}


def _fixed(root: TableName, leaves: list[TableName], assignment: Assignment) -> int | None:
    for known in (assignment.standing, assignment.wanted):
        for name in (root, *leaves):
            if known.get(name) in assignment.lanes:
                return known[name]
    return None
