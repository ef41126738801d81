# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A benchmark's result: one value, the value that it is compared with, and its limit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of a benchmark. `baseline`: the contender's value in the same run, None if there is none.

    `at_least`: whether the limit is a minimum and not a maximum.
    """

    name: str
    value: float
    unit: str
    limit: float
    baseline: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the value keeps the limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def ratio(self) -> float | None:
        """Return value by baseline, None without a baseline."""
        return self.value / self.baseline if self.baseline else None

    def as_line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 3),
                "unit": self.unit,
                "baseline": None if self.baseline is None else round(self.baseline, 3),
                "ratio": None if self.ratio is None else round(self.ratio, 4),
                "limit": round(self.limit, 3),
                "holds": self.holds,
            }
        )


@dataclass(frozen=True)
class Setting:
    """How to run a benchmark. `repetitions`: of each contender; `say` shows progress."""

    repetitions: int
    say: Callable[[str], None]


Part = Callable[[Setting], Iterator[Measure]]
# A benchmark consists of parts, each of which can run alone.
Benchmark = Mapping[str, Part]
