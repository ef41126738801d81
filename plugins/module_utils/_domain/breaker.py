# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker: when a link costs its publisher more than the user allows, the link goes, not the publisher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .journal import BROKEN, PHASE, Entry
from .phases import DONE
from .sides import Side
from .units import in_bytes

_BEGINS_ANEW = "setup"


@dataclass(frozen=True)
class Limits:
    """What the user allows, in bytes; ``None``: no limit. ``free``: what has to stay free on blue's disk."""

    retained: int | None = None
    free: int | None = None


@dataclass(frozen=True)
class Space:
    """What is free on blue's disk, in bytes; ``None`` is unknown, and ``problem`` says why."""

    free: int | None
    problem: str = ""


@dataclass(frozen=True)
class Retention:
    """The slots of a migration on one side, with the bytes of WAL each keeps; ``None`` is unknown."""

    side: Side
    slots: Mapping[str, int | None]

    @property
    def most(self) -> int | None:
        """Return what the slot that is furthest behind keeps, ``None`` where no slot's amount is known."""
        return max((kept for kept in self.slots.values() if kept is not None), default=None)


def reason_to_break(held: Retention, space: Space | None, limits: Limits) -> str | None:
    """Return in words why the slots of that side have to go, ``None`` where they may stay; unknown breaks nothing."""
    most = held.most
    if limits.retained is not None and most is not None and most > limits.retained:
        return f"the link keeps {in_bytes(most)} of WAL on {held.side}, {in_bytes(limits.retained)} are allowed"
    is_on_that_disk = held.side is Side.BLUE and bool(held.slots)
    if is_on_that_disk and limits.free is not None and space and space.free is not None and space.free < limits.free:
        return f"{in_bytes(space.free)} are free on blue's disk, {in_bytes(limits.free)} have to stay free"
    return None


def unknowns(held: Iterable[Retention], space: Space | None, limits: Limits) -> list[str]:
    """Return in words what a limit is set for and nobody knows."""
    unknown = []
    if limits.retained is not None:
        unknown += [
            f"how much WAL {name} keeps on {one.side} is unknown"
            for one in held
            for name, kept in one.slots.items()
            if kept is None
        ]
    if limits.free is not None and (space is None or space.free is None):
        unknown.append(f"how much is free on blue's disk is unknown: {space.problem if space else 'nobody was asked'}")
    return unknown


def broken_since_setup(story: Iterable[Entry], serves: Side | None) -> dict[str, Any] | None:
    """Return what the newest break said, where no setup was done after it: what was written then never arrives.

    :param story: rows in time, oldest first
    :param serves: the side in service; slots of the other one brought nothing, and are made anew
    """
    found = None
    for entry in story:
        if entry.event == BROKEN and serves in (None, entry.side):
            found = {"at": entry.at, **entry.details}
        elif entry.event == PHASE and entry.details.get("phase") == _BEGINS_ANEW and entry.details.get("state") == DONE:
            found = None
    return found
