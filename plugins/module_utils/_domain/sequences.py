# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sequences: their values, and the values from which the other side must continue. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .relations import TableName

# Of what is left, one part in so many.
_SHARE_FOR_HEADROOM = 10


def counts_up(increment: int) -> bool:
    """Tell whether a sequence with that increment counts upwards. None has an increment of 0."""
    return increment > 0


@dataclass(frozen=True)
class Sequence:
    """A sequence and its value; ``last`` is ``None`` if it was never used."""

    name: TableName
    last: int | None
    increment: int
    minimum: int
    maximum: int
    cycles: bool

    def left_beyond(self, value: int) -> int:
        """Return how many values it can still draw after ``value`` without beginning anew."""
        return (self.maximum - value if counts_up(self.increment) else value - self.minimum) // abs(self.increment)


@dataclass(frozen=True)
class Successor:
    """A sequence of the new side, which must continue where the old one ends; ``settable``: our role may set it."""

    name: TableName
    increment: int
    minimum: int
    maximum: int
    settable: bool


def sequence_targets(sequences: list[Sequence], headroom: int) -> list[tuple[TableName, int]]:
    """Return the value of each used sequence on the new side: ``headroom`` values further.

    Headroom is for values that old sessions may still draw after the fence, which nextval ignores. It uses at most a
    tenth of what is left.
    """
    targets = []
    for one in sequences:
        if one.last is not None:
            skipped = min(headroom, one.left_beyond(one.last) // _SHARE_FOR_HEADROOM)
            targets.append((one.name, one.last + skipped * one.increment))
    return targets


def sequence_problems(
    sequences: list[Sequence], headroom: int, successors: list[Successor], needed: set[TableName]
) -> tuple[str, ...]:
    """Return in words why a used sequence could not continue on the new side.

    :param needed: names of those that must exist
    """
    after = {one.name: one for one in successors}
    used = {one.name: one for one in sequences if one.last is not None}
    found = []
    for name, target in sequence_targets(list(used.values()), headroom):
        one, successor = used[name], after.get(name)
        if successor is None:
            found += [f"{name} does not exist"] if name in needed else []
        elif not successor.settable:
            found.append(f"{name} may not be set by our role")
        elif counts_up(one.increment) is not counts_up(successor.increment):
            found.append(f"{name} counts the other way there")
        elif not successor.minimum <= target <= successor.maximum:
            found.append(f"{name} would have to stand at {target}, beyond its bounds there")
        elif _has_too_little_left(one, headroom):
            found.append(f"{name} has only {one.left_beyond(target)} values left")
    return tuple(sorted(found))


def _has_too_little_left(one: Sequence, headroom: int) -> bool:
    """Tell whether no headroom is left to a sequence that ends. One that has ended takes no harm from a switch."""
    return bool(
        headroom and not one.cycles and one.last is not None and 0 < one.left_beyond(one.last) < _SHARE_FOR_HEADROOM
    )
