# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sequences: where one stands, and where it has to go on on the other side. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .relations import TableName


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
