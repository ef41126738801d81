# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A way of switching under a load: what its writers see around each switch, and in control windows between them."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

from demo.gaps import longest_gap
from demo.ledger_check import Verdict, hold_against
from demo.writers import WriterPool, WriterResults
from tests.live.migration import LiveMigration

PACED = 200.0  # transactions a second of all writers together
SATURATED = None
_CALM_SECONDS = 0.5
_MILLISECONDS = 1000.0


class Switcher(Protocol):
    """Moves service to the other side."""

    def __call__(self, migration: LiveMigration, target: str) -> list[tuple[str, float]]:
        """Switch, and return its steps with their milliseconds."""


def by_module(migration: LiveMigration, target: str) -> list[tuple[str, float]]:
    """Switch by the collection's own module. Raises ModuleFailed."""
    result = migration.switch(target)
    old = "green" if target == "blue" else "blue"
    named = [step["title"].replace(target, "new").replace(old, "old") for step in result["steps"]]
    return list(zip(named, (step["milliseconds"] for step in result["steps"]), strict=True))


@dataclass
class Contender:
    """One migration under one load. Gaps are milliseconds between two writes of the probe in a row."""

    name: str
    migration: LiveMigration
    rate: float | None = PACED
    switcher: Switcher = by_module
    gaps: list[float] = field(default_factory=list)
    control: list[float] = field(default_factory=list)
    errors: list[Counter[str]] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def play(self) -> None:
        """Switch to the other side under writers, then let a control window of the same length pass."""
        target = "blue" if self.migration.info()["in_service"] == "green" else "green"
        with writing(self.migration, self.rate) as pool:
            started = time.monotonic()
            steps = self.switcher(self.migration, target)
            ended = time.monotonic()
            time.sleep(_CALM_SECONDS)
            control = time.monotonic()
            time.sleep(ended - started)
            control_ended = time.monotonic()
        self._take_in(pool.results(), (started, ended), (control, control_ended))
        for name, milliseconds in steps:
            self.steps[name].append(milliseconds)

    def verdict(self) -> Verdict:
        """Hold all of its ledgers against the side in service."""
        with closing(self.migration.connect(self.migration.info()["in_service"])) as opened:
            opened.autocommit = False
            return hold_against(opened, self.migration.environment.ledger)

    @property
    def gap(self) -> float:
        """The median of the longest gaps around a switch."""
        return median(self.gaps)

    @property
    def control_gap(self) -> float:
        """The median of the longest gaps without a switch."""
        return median(self.control)

    @property
    def all_errors(self) -> int:
        """How many tries of writers failed around the switches."""
        return sum(sum(errors.values()) for errors in self.errors)

    @property
    def most_errors_of_a_client(self) -> int:
        """How many tries of one writer failed around one switch, at most."""
        return max((count for errors in self.errors for count in errors.values()), default=0)

    def story(self) -> str:
        """Return the gaps of each switch and the median of each step."""
        gaps = " ".join(f"{gap:.0f}/{control:.0f}" for gap, control in zip(self.gaps, self.control, strict=True))
        steps = ", ".join(f"{name} {median(values):.1f}" for name, values in self.steps.items())
        return f"{self.name}: gaps/control {gaps} ms; steps in ms: {steps}"

    def _take_in(self, results: WriterResults, switch: tuple[float, float], control: tuple[float, float]) -> None:
        self.gaps.append(results.longest_gap(*switch) * _MILLISECONDS)
        self.control.append(results.longest_gap(*control) * _MILLISECONDS)
        self.errors.append(Counter(error.writer for error in results.errors_between(*switch)))


@contextmanager
def writing(migration: LiveMigration, rate: float | None, dsn: str | None = None) -> Iterator[WriterPool]:
    """Keep four writers and the probe at work, through the application's route where no other way is given."""
    pool = WriterPool(dsn or migration.environment.dsn, migration.environment.ledger, rate=rate)
    try:
        pool.start()
        pool.wait_until_writing()
        time.sleep(_CALM_SECONDS)
        yield pool
        time.sleep(_CALM_SECONDS)
    finally:
        pool.stop()


def interleaved(contenders: Sequence[Contender], rounds: int) -> Iterator[str]:
    """Let the contenders take turns, and yield each one's name before its turn."""
    for number in range(1, rounds + 1):
        for contender in contenders:
            yield f"switch {number} of {rounds}: {contender.name}"
            contender.play()


def worst_stall(results: WriterResults, start: float, end: float) -> float:
    """Return the longest time that any writer was without a commit, in seconds."""
    return max(longest_gap(moments, start, end) for moments in results.commits.values())
