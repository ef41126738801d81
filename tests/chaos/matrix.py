# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which places are hit in which order, and the table of results."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.chaos.faults import FAULTS, ROUTES, Fault
from tests.chaos.steps import COMMIT, FENCE, STEPS
from tests.chaos.trial import Ending, Place
from tests.live.stop import Moment

_MOST_WAITS = 4
_WIDTH = 14
# Before, inside and after the fence come first, so that a small number of runs has all three.
_TELLING_STEPS = (FENCE, COMMIT, STEPS[0], "open {new}", "drain into {new}", "lead the routes")


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: there and back, both switches hit at this step."""

    fault: Fault
    step: str
    route: str


@dataclass(frozen=True)
class Run:
    """One round there and back through the same cell, each way at its own moment. `number` counts from 1."""

    number: int
    cell: Cell
    moments: tuple[tuple[Moment, int], ...]

    def place(self, way: int, target: str) -> Place:
        """Return where the switch of this way (0 there, 1 back) is hit."""
        moment, wait = self.moments[way]
        return Place(self.cell.fault, self.cell.step, moment, wait, target)


def cells() -> list[Cell]:
    """Return all cells, the most informative ones first; a frozen client and a deadline that no longer counts last."""
    steps = (*_TELLING_STEPS, *(step for step in STEPS if step not in _TELLING_STEPS))
    every = [
        Cell(fault, step, route) for fault in FAULTS.values() for step in steps for route in ROUTES
        if route in fault.routes
    ]  # fmt: skip
    return sorted(every, key=_tells_less)


def _tells_less(cell: Cell) -> bool:
    past_the_point_of_no_return = STEPS.index(cell.step) > STEPS.index(COMMIT)
    return cell.fault.name == "freeze" or (cell.fault.name == "deadline" and past_the_point_of_no_return)


def plan(every: Sequence[Cell], runs: int, seed: int) -> Iterator[Run]:
    """Yield that many rounds: each cell once, then random cells. The same arguments give the same rounds."""
    chance = random.Random(seed)
    for number in range(1, runs + 1):
        cell = every[number - 1] if number <= len(every) else chance.choice(every)
        moments = tuple((chance.choice(list(Moment)), chance.randint(1, _MOST_WAITS)) for _way in range(2))
        yield Run(number, cell, moments)


@dataclass
class Matrix:
    """All endings, by cell and target."""

    planned: Sequence[Cell]
    endings: dict[tuple[str, str, str, str], list[Ending]] = field(default_factory=lambda: defaultdict(list))

    def add(self, cell: Cell, ending: Ending) -> None:
        """Record an ending."""
        self.endings[cell.fault.name, cell.step, cell.route, ending.place.target].append(ending)

    @property
    def holds(self) -> bool:
        """Whether every planned cell was hit in both directions and every ending was clean."""
        filled = all(
            self._hits(cell.fault.name, cell.step, cell.route, side) for cell in self.planned for side in _SIDES
        )
        return filled and all(ending.clean for endings in self.endings.values() for ending in endings)

    def render(self) -> str:
        """Return one table per route: clean hits on the way to green and to blue; anything wrong is marked."""
        lines = []
        for route in ROUTES:
            lines += ["", f"{route}: clean hits on the way to green + to blue", _row(("step", *FAULTS))]
            lines += [_row((step.replace("{", "").replace("}", ""), *self._squares(route, step))) for step in STEPS]
        planned = len({(cell.fault.name, cell.step, cell.route) for cell in self.planned})
        return "\n".join(
            [*lines, "", f"{planned} of {len(cells())} cells were planned; '·': not planned, '-': none here"]
        )

    def _squares(self, route: str, step: str) -> list[str]:
        return [self._square(fault, route, step) for fault in FAULTS.values()]

    def _square(self, fault: Fault, route: str, step: str) -> str:
        if route not in fault.routes:
            return "-"
        if Cell(fault, step, route) not in self.planned:
            return "·"
        hits = [self._hits(fault.name, step, route, side) for side in _SIDES]
        here = [ending for side in _SIDES for ending in self.endings.get((fault.name, step, route, side), [])]
        wrong = sum(bool(ending.wrong) for ending in here)
        mark = f" {wrong} WRONG" if wrong else ""
        return (f"{hits[0]} + {hits[1]}" if all(hits) else f"{hits[0]} + {hits[1]} EMPTY") + mark

    def _hits(self, fault: str, step: str, route: str, side: str) -> int:
        return sum(ending.hit for ending in self.endings.get((fault, step, route, side), []))


_SIDES = ("green", "blue")


def _row(values: Sequence[str]) -> str:
    return f"{values[0]:<36}" + "".join(f"{value:<{_WIDTH}}" for value in values[1:])
