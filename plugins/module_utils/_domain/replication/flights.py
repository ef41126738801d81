# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries that were sent so far, and what a slice of time hands to the next one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..progress import duration
from ..sides import Direction
from .traffic import Counters


@dataclass
class Flights:
    """The canaries of one direction: how many, and how long the last and the slowest took, in milliseconds."""

    milliseconds: float = 0.0
    slowest: float = 0.0
    sent: int = 0

    def add(self, milliseconds: float) -> None:
        """Count one more."""
        self.milliseconds, self.sent = milliseconds, self.sent + 1
        self.slowest = max(self.slowest, milliseconds)

    def as_result(self) -> dict[str, Any]:
        """Return them JSON-ready."""
        return asdict(self)


@dataclass(frozen=True)
class Before:
    """What the slices before have seen: the time since the first canary, the canaries, and the first counters."""

    elapsed: float = 0.0
    flights: Mapping[Direction, Flights] = field(default_factory=dict)
    counters: Mapping[Direction, Counters] = field(default_factory=dict)

    def as_resume(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "elapsed": self.elapsed,
            "flights": {str(one): flights.as_result() for one, flights in self.flights.items()},
            "counters": {str(one): asdict(counters) for one, counters in self.counters.items()},
        }

    @classmethod
    def from_resume(cls, resume: Mapping[str, Any]) -> Before:
        """Read what :meth:`as_resume` returned."""
        return cls(
            float(resume.get("elapsed") or 0.0),
            {Direction(one): _flights(told) for one, told in (resume.get("flights") or {}).items()},
            {Direction(one): _counters(told) for one, told in (resume.get("counters") or {}).items()},
        )


def _flights(told: Mapping[str, Any]) -> Flights:
    return Flights(float(told["milliseconds"]), float(told["slowest"]), int(told["sent"]))


def _counters(told: Mapping[str, Any]) -> Counters:
    return Counters(told.get("errors"), told.get("conflicts"), told.get("transactions"))


def canary_line(flights: Mapping[Direction, Flights], left: float) -> str:
    """Return how canaries do, and for how long they go on."""
    each = [
        f"{direction} {seen.milliseconds:g} ms, the slowest of {seen.sent} {seen.slowest:g} ms"
        for direction, seen in flights.items()
    ]
    return f"canaries: {'; '.join(each)}; about {duration(left)} left"
