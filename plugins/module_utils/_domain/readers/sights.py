# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long what was just written took to be seen where readers look, and what is said about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .servers import Place


@dataclass(frozen=True)
class Sight:
    """After how many seconds a server showed a marker; ``None``: not within the limit, with the reason if known."""

    place: Place
    seconds: float | None
    why: str = ""


@dataclass(frozen=True)
class Limits:
    """``lag``: how old what readers see may be. ``settle``: for how long every server must keep that before readers
    move. ``patience``: how long to wait for that. ``watch``: for how long readers are watched. All in seconds.

    Half of ``lag`` is the alarm, and a look is never further from the last one than half of that: readers who saw the
    alarm's beginning are elsewhere before the limit itself.
    """

    lag: float
    settle: float
    patience: float
    watch: float
    interval: float

    @property
    def alarm(self) -> float:
        """Return after how many seconds a server is late."""
        return self.lag / 2

    @property
    def rest(self) -> float:
        """Return how long to rest between two looks."""
        return min(self.interval, self.alarm / 2)


class Worst:
    """The longest time that each server took."""

    def __init__(self) -> None:
        self._seconds: dict[Place, float] = {}

    def note(self, sights: Sequence[Sight]) -> None:
        """Take in one reading."""
        for one in sights:
            if one.seconds is not None:
                self._seconds[one.place] = max(one.seconds, self._seconds.get(one.place, 0.0))

    def as_result(self) -> list[dict[str, Any]]:
        """Return it JSON-ready, the servers in the order in which they were first read."""
        return [
            {"side": str(place.side), "server": place.name, "seconds": round(seconds, 3)}
            for place, seconds in self._seconds.items()
        ]


def late(sights: Sequence[Sight], limit: float) -> list[str]:
    """Return in words which servers did not show it in time."""
    return [
        f"{one.place.name} did not show within {limit:g} s what was written{f' ({one.why})' if one.why else ''}"
        for one in sights
        if one.seconds is None
    ]
