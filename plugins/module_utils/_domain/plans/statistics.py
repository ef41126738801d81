# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables of the new side lack statistics: their own, those of a tree as a whole, or extended ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..relations import TableName


@dataclass(frozen=True)
class Tree:
    """A table with partitions or children. ``large``: more than ten pages together. ``known``: the planner has
    statistics of it as a whole. ``was_read``: somebody has analyzed it, so that none means that it has no rows."""

    name: TableName
    large: bool
    known: bool
    was_read: bool


@dataclass(frozen=True)
class Extended:
    """Extended statistics of ``table``; ``known``: they were computed."""

    name: TableName
    table: TableName
    large: bool
    known: bool


@dataclass(frozen=True)
class Known:
    """What the planner of one side knows. ``without``: tables of more than ten pages without any statistics."""

    without: tuple[TableName, ...] = ()
    trees: tuple[Tree, ...] = ()
    extended: tuple[Extended, ...] = ()


@dataclass(frozen=True)
class Lack:
    """A table to analyze; ``whole``: as a tree, its partitions or children are not what lacks."""

    table: TableName
    whole: bool


def lacking(old: Known, new: Known) -> tuple[Lack, ...]:
    """Return the tables to analyze on the new side, in order.

    Of trees and extended statistics only those count that the side in service has: what its planner never had is no
    loss.
    """
    trees = {tree.name for tree in old.trees if tree.known}
    extended = {one.name for one in old.extended if one.known}
    plain = {*new.without, *(one.table for one in new.extended if one.large and not one.known and one.name in extended)}
    whole = {
        tree.name for tree in new.trees if tree.large and not tree.known and not tree.was_read and tree.name in trees
    } - plain
    return tuple(Lack(name, name in whole) for name in sorted(plain | whole))
