# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the rollback still safe? What only green has, and what else prevents the way back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..names import SCHEMA
from ..relations import Table, TableName, quoted
from ..service.advice import NO_WAY_BACK_WORDS
from ..space import Space
from ..units import in_bytes


@dataclass(frozen=True)
class GreenOnly:
    """A column that blue's table lacks, or (``column`` is empty) a table that blue lacks; ``key``: its primary key.

    ``values``: how many were written since the switch, ``None`` if unknown, for the reason ``why``. ``alone``: the
    table has its rows itself, so that those of its children are not its own.
    """

    table: TableName
    column: str = ""
    key: tuple[str, ...] = ()
    values: int | None = None
    why: str = ""
    alone: bool = True

    @property
    def name(self) -> str:
        """Return its name, as users write it."""
        return f"{self.table}.{quoted(self.column)}" if self.column else str(self.table)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"name": self.name, "values": self.values}


def green_only(blue: Iterable[Table], green: Iterable[Table], left_out: Iterable[TableName]) -> list[GreenOnly]:
    """Return what green has and blue lacks, without columns that green generates."""
    excluded, theirs = set(left_out), {table.name: table for table in blue}
    found = []
    for table in green:
        if not table.is_root or table.name in excluded:
            continue
        other = theirs.get(table.name)
        if other is None:
            found.append(GreenOnly(table.name, key=table.key, alone=table.stores_rows))
            continue
        known = {column.name for column in other.columns}
        found += [
            GreenOnly(table.name, name, table.key, alone=table.stores_rows)
            for name in table.replicated_columns
            if name not in known
        ]
    return found


def gone_from_green(
    published: Iterable[TableName], green: Iterable[Table], left_out: Iterable[TableName]
) -> tuple[str, ...]:
    """Return the tables that blue publishes and green no longer has because they were dropped or renamed."""
    there = {table.name for table in green} | set(left_out)
    return tuple(str(name) for name in sorted(set(published) - there) if name.schema != SCHEMA)


def not_accepted(found: Iterable[GreenOnly], accepted: Iterable[str]) -> tuple[str, ...]:
    """Describe what a rollback would lose without acceptance; unknown counts as a loss."""
    words = set(accepted)
    return tuple(f"{one.name} ({_amount(one)})" for one in found if one.values != 0 and one.name not in words)


def _amount(one: GreenOnly) -> str:
    return f"an unknown number of values, perhaps none: {one.why}" if one.values is None else f"{one.values} values"


@dataclass(frozen=True)
class WayHome:
    """The answer. ``reasons``: what speaks against it; ``unknown``: what could not be read; ``notes``: the rest."""

    reasons: tuple[str, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    found: tuple[GreenOnly, ...]

    @property
    def safe(self) -> bool | None:
        """Return whether nothing acknowledged on green would be lost, ``None`` if unknown."""
        if self.reasons:
            return False
        return None if self.unknown else True

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "safe": self.safe,
            "reasons": list(self.reasons),
            "unknown": list(self.unknown),
            "notes": list(self.notes),
            "green_only": [one.as_result() for one in self.found],
        }


def judge(
    lanes: Mapping[str, tuple[tuple[str, ...], int | None]],
    found: Iterable[GreenOnly],
    stops: Iterable[str],
    may_stop: Iterable[str],
    space: Space,
    gone: Iterable[str] = (),
) -> WayHome:
    """Judge the way back.

    :param lanes: by name, what is wrong with the lane, and the bytes that it still has to deliver (``None``: unknown)
    :param stops: differences of the schemas that stop the way back; ``may_stop``: those that do so at some value
    :param space: the free space on blue's disk
    :param gone: tables of blue's that green no longer has
    """
    only, missed = tuple(found), ", ".join(gone)
    reasons = [f"{NO_WAY_BACK_WORDS} ({missed})"] if missed else []
    reasons += [f"{name} {', '.join(problems)}" for name, (problems, _lag) in lanes.items() if problems]
    reasons += [*stops, *(f"{one.name} has {one.values} values that cannot flow back" for one in only if one.values)]
    unknown = [f"how far {name} is behind is unknown" for name, (_problems, lag) in lanes.items() if lag is None]
    unknown += [f"how many values {one.name} has is unknown: {one.why}" for one in only if one.values is None]
    missing = sum(lag or 0 for _problems, lag in lanes.values())
    notes = [f"{in_bytes(missing)} still have to reach blue", *(f"may stop: {one}" for one in may_stop)]
    if space.free is None:
        notes.append(f"how much is free on blue's disk is not known: {space.problem}")
    elif space.free <= missing:
        reasons.append(f"only {in_bytes(space.free)} are free on blue's disk")
    else:
        notes.append(f"{in_bytes(space.free)} are free on blue's disk")
    return WayHome(tuple(reasons), tuple(unknown), tuple(notes), only)
