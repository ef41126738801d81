# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch: what is to be done about a wish, and what is known beforehand. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from .findings import Finding
from .relations import TableName
from .sides import Side
from .situation import Situation


class Decision(Enum):
    """What a wish for a side in service comes to."""

    ALREADY = "already there"
    SWITCH = "switch"
    FINISH = "finish an interrupted switch"


@dataclass(frozen=True)
class Transaction:
    """A session's open transaction; ``seconds`` is ``None`` where we may not see it."""

    pid: int
    role: str
    application: str
    seconds: float | None


@dataclass(frozen=True)
class Route:
    """Where a router leads: ``side`` and ``held`` are ``None`` where that is unknown.

    ``follows``: its clients find the side in service by themselves.
    """

    name: str
    side: Side | None
    held: bool | None
    follows: bool
    problems: tuple[Finding, ...]

    def serves(self, side: Side) -> bool:
        """Tell whether its clients reach ``side``, now."""
        return self.follows or (self.side is side and self.held is False)


def decide(situation: Situation, target: Side) -> Decision:
    """Return what the wish for ``target`` comes to. An interrupted switch is always finished first."""
    if situation.pending is not None:
        return Decision.FINISH
    return Decision.ALREADY if situation.in_service is target else Decision.SWITCH


@dataclass(frozen=True)
class Sequence:
    """A sequence and where it stands; ``last`` is ``None`` when it was never used."""

    name: TableName
    last: int | None
    increment: int
    minimum: int
    maximum: int


@dataclass(frozen=True)
class Successor:
    """A sequence of the new side, which has to go on where the old one's stands; ``settable``: our role may set it."""

    name: TableName
    increment: int
    minimum: int
    maximum: int
    settable: bool


def sequence_targets(sequences: list[Sequence], headroom: int) -> list[tuple[TableName, int]]:
    """Return where each used sequence must stand on the new side: ``headroom`` values further, within its bounds.

    Headroom is for values that old sessions may still draw after the fence, which nextval passes.
    """
    targets = []
    for one in sequences:
        if one.last is not None:
            further = one.last + headroom * one.increment
            targets.append((one.name, max(one.minimum, min(one.maximum, further))))
    return targets


def sequence_problems(
    sequences: list[Sequence], headroom: int, successors: list[Successor], needed: set[TableName]
) -> tuple[str, ...]:
    """Return in words why a used sequence would not go on on the new side.

    :param needed: names of those that must be there
    """
    after = {one.name: one for one in successors}
    used = {one.name: one for one in sequences if one.last is not None}
    found = []
    for name, target in sequence_targets(list(used.values()), headroom):
        one, successor = used[name], after.get(name)
        if successor is None:
            found += [f"{name} is not there"] if name in needed else []
        elif not successor.settable:
            found.append(f"{name} may not be set by our role")
        elif (one.increment > 0) is not (successor.increment > 0):
            found.append(f"{name} counts the other way there")
        elif not successor.minimum <= target <= successor.maximum:
            found.append(f"{name} would have to stand at {target}, beyond its bounds there")
    return tuple(sorted(found))


def timed(steps: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return the steps of a switch with their milliseconds, to 0.1 ms."""
    return [{"name": name, "milliseconds": round(seconds * 1000, 1)} for name, seconds in steps]
