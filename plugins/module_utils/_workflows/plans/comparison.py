# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the plans of the top statements of the side in service with those of the other side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.clock import Deadline
from ..._domain.errors import ConnectionLost, DatabaseError
from ..._domain.plans.comparison import Compared, Comparison, Differences, Statement, missing_indexes
from ..._domain.plans.shape import Shape
from ..._domain.sides import Side
from ..._postgres.plans import statements as store
from ..._postgres.plans.explain import explain_all, read_actors
from ..._postgres.service.situation import read_own_situation
from ..._postgres.sides import Sides
from ..ports import Ports
from .out_of_service import out_of_service


class PlanComparisonInfo:
    """Explains statements on both sides; executes none."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._top: int = params["top"]
        self._factor: float = params["cost_factor"]
        self._timeout: float = params["timeout"]
        self._sides = ports.sides

    def probe(self) -> Comparison:
        """Compare.

        :raises MigrationError: BG502 when it is not clear which side is out of service
        """
        old = out_of_service(read_own_situation(self._sides)).other
        return compare_plans(self._sides, old, self._top, self._factor, self._timeout)


def compare_plans(sides: Sides, old: Side, top: int, factor: float, seconds: float) -> Comparison:
    """Compare the plans of the statements that take most time on the side in service with those on the other one.

    What a server refuses, such as a lock behind DDL that waits, leaves the plans not compared, and is told so.

    :param old: the side in service
    :param seconds: after how long no further statement is explained
    """
    try:
        return _compare(sides, old, top, factor, seconds)
    except ConnectionLost:
        raise
    except DatabaseError as error:
        return Comparison(old, factor, (), (error.what, error.todo), 0, Differences(), ())


def _compare(sides: Sides, old: Side, top: int, factor: float, seconds: float) -> Comparison:
    statements, hidden, not_read = store.read_top(sides.session(old), top)
    deadline = Deadline(seconds, "Comparing plans")
    before, after = (_explain(sides, side, statements, deadline) for side in (old, old.other))
    compared = tuple(Compared(one, before[one], after[one]) for one in statements)
    differences = _differences(sides, old, compared) if compared else Differences()
    subqueries = tuple(side for side in Side if compared and not Capability.GENERIC_PLANS.of(sides.session(side).major))
    return Comparison(old, factor, compared, not_read, hidden, differences, subqueries)


def _explain(sides: Sides, side: Side, statements: tuple[Statement, ...], deadline: Deadline) -> dict[Statement, Any]:
    actors = read_actors(sides.session(side), (one.role for one in statements)) if statements else {}
    return dict(explain_all(sides, side, actors, statements, deadline))


def _differences(sides: Sides, old: Side, compared: tuple[Compared, ...]) -> Differences:
    before, after = sides.session(old), sides.session(old.other)
    tables = frozenset(name for one in compared if isinstance(one.old, Shape) for name in one.old.tables)
    return Differences(
        missing_indexes(compared, store.read_indexes(before, tables), store.read_indexes(after, tables)),
        store.read_lost_statistics(before, after, tables),
        store.read_other_differences(before, after),
    )
