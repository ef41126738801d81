# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versioned migrations that belong to the switch: chosen, kept in the journal, judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..findings import BLOCKS, Finding
from ..lanes.link import LaneSpec, Published
from ..relations import TableName, parse_table_name
from ..schema.lint import STOPS, Verdict
from ..schema.marks import AFTER_CUTOVER, why_not_within_a_switch
from ..schema.version import UP, Applied, Migration, Move
from ..service.journal import SCRIPTS, Entry
from ..service.story import brought_with_the_opening
from ..sides import Direction, Side


@dataclass(frozen=True)
class SwitchScript:
    """One file's SQL, with its row in the version table; ``up`` applies it, ``down`` takes it back."""

    version: int
    description: str
    checksum: str
    up: str
    down: str = ""

    @classmethod
    def of(cls, migration: Migration) -> SwitchScript:
        """Build it from the files."""
        down = migration.down.text if migration.down else ""
        return cls(migration.version, migration.description, migration.up.checksum, migration.up.text, down)


@dataclass(frozen=True)
class SwitchScripts:
    """What the switch runs on green, in this order. None of it commits by itself.

    ``direction``: ``up`` at a cutover, ``down`` at a rollback. ``table``: the version table. ``limit``: seconds for all
    files. ``during`` and ``after``: the lanes of the way back while the files run, and from then on. ``standing``: the
    lanes before a rollback. ``leaves_some``: a rollback leaves some versions on green for good.
    """

    direction: str
    table: TableName
    limit: float
    scripts: tuple[SwitchScript, ...]
    during: tuple[LaneSpec, ...] = ()
    after: tuple[LaneSpec, ...] = ()
    standing: tuple[LaneSpec, ...] = ()
    leaves_some: bool = False

    def __bool__(self) -> bool:
        return bool(self.scripts)

    @property
    def versions(self) -> str:
        """Return the versions in words."""
        numbers = ", ".join(str(one.version) for one in self.scripts)
        return f"version{'s' if len(self.scripts) > 1 else ''} {numbers}"

    def as_details(self) -> dict[str, Any]:
        """Return what the journal records about them with the fence, so that another process can continue from
        there."""
        if not self:
            return {}
        return {
            SCRIPTS: {
                "direction": self.direction,
                "table": str(self.table),
                "limit": self.limit,
                "scripts": [asdict(one) for one in self.scripts],
                "during": [_lane_as_details(one) for one in self.during],
                "after": [_lane_as_details(one) for one in self.after],
                "standing": [_lane_as_details(one) for one in self.standing],
            }
        }

    @classmethod
    def from_details(cls, details: Mapping[str, Any]) -> SwitchScripts | None:
        """Return what :meth:`as_details` recorded, ``None`` if the switch had none."""
        kept = details.get(SCRIPTS)
        if kept is None:
            return None
        return cls(
            kept["direction"],
            parse_table_name(kept["table"]),
            kept["limit"],
            tuple(SwitchScript(**one) for one in kept["scripts"]),
            tuple(_lane_of_details(one) for one in kept["during"]),
            tuple(_lane_of_details(one) for one in kept["after"]),
            tuple(_lane_of_details(one) for one in kept["standing"]),
        )

    def brought_again(self) -> SwitchScripts:
        """Return how to apply again what these revert; meanwhile the way back carries none of it."""
        return replace(self, direction=UP, scripts=self.scripts[::-1], after=self.standing)


@dataclass(frozen=True)
class Rehearsed:
    """The result of trying out the files.

    ``failure``: why they failed, empty if they did not. ``milliseconds``: how long they took, ``None`` if they were not
    run. ``lost``: by version, what no longer flows back with it, in words. ``untried``: why they were not run.
    ``later``: files that run once green is in service, each with words about how.
    """

    scripts: SwitchScripts
    failure: str = ""
    milliseconds: float | None = None
    lost: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    untried: str = ""
    later: tuple[str, ...] = ()

    @property
    def not_tried(self) -> tuple[str, ...]:
        """Return by name what nobody has tried, and why."""
        mine = (f"{self.scripts.versions}: {self.untried}",) if self.scripts and self.untried else ()
        return (*mine, *self.later)


def only_markers(lane: LaneSpec) -> LaneSpec:
    """Return the lane without any table of the user's."""
    return replace(lane, tables=tuple(one for one in lane.tables if one.table.schema == "bluegreen"))


def lanes_during(before: Sequence[LaneSpec], after: Sequence[LaneSpec]) -> tuple[LaneSpec, ...]:
    """Return the lanes that are possible before, during and after the files: tables and columns that stay.

    A column that a file drops must not be in a column list, and one that it adds must not flow, since blue lacks it.
    """
    later = {one.name: {each.table: each for each in one.tables} for one in after}
    return tuple(_common(lane, later.get(lane.name, {})) for lane in before)


def _common(lane: LaneSpec, later: Mapping[TableName, Published]) -> LaneSpec:
    return replace(lane, tables=tuple(later[one.table] for one in lane.tables if one.table in later))


def after_the_switch(files: Iterable[Move]) -> tuple[str, ...]:
    """Return the files that run once green is in service, each with words about how."""
    how = {True: "once green is in service", False: "once green is in service, without a transaction"}
    later = [move.script for move in files if move.migration.phase == AFTER_CUTOVER]
    return tuple(f"{script.name}: it runs {how[script.in_transaction]}" for script in later)


def at_the_switch(files: Iterable[Move]) -> tuple[SwitchScript, ...]:
    """Return the scripts of the files that the cutover runs."""
    return tuple(SwitchScript.of(move.migration) for move in files)


def to_take_back(
    entries: Iterable[Entry], applied: Iterable[Applied], migrations: Iterable[Migration]
) -> tuple[SwitchScript, ...]:
    """Return what a rollback takes back, newest first: what the last cutover applied, and everything later."""
    brought = brought_with_the_opening(entries)
    files = {one.version: one for one in migrations}
    has = {one.version: one for one in applied}
    lowest = min((version for version in brought if version in has), default=None)
    if lowest is None:
        return ()
    return tuple(
        SwitchScript.of(files[version])
        if version in files
        else SwitchScript(version, has[version].description, has[version].checksum, "")
        for version in sorted(has, reverse=True)
        if version >= lowest
    )


def that_can_be_taken_back(scripts: Iterable[SwitchScript]) -> tuple[SwitchScript, ...]:
    """Return the newest ones, up to the first that was accepted to stay for good: earlier ones stay as well."""
    kept: list[SwitchScript] = []
    for script in scripts:
        if _no_way_back(script):
            break
        kept.append(script)
    return tuple(kept)


def reasons(rehearsed: Rehearsed, accepted: Iterable[int]) -> list[Finding]:
    """Return every reason not to switch with these files now.

    :param accepted: versions that may be applied for good: with them, the way back may end or leave rows behind
    """
    scripts, found = rehearsed.scripts, []
    accept = "name the version in bluegreen_accept_one_way where it may stay for good"
    if rehearsed.failure:
        found.append(_reason("BG263", rehearsed.failure, "Correct the file"))
    open_ends = {one.version: _no_way_back(one) for one in scripts.scripts if one.version not in set(accepted)}
    for version, why in open_ends.items():
        if why:
            found.append(_reason("BG264", f"version {version} {why}", f"Write that file, or {accept}"))
    for version, words in rehearsed.lost.items():
        if version in open_ends:
            what = f"after version {version} not everything flows back: there would be no way back for what is named"
            found.append(_reason("BG265", what, f"Apply it after cleanup, or {accept}", words))
    return found


def ends_the_way_back(rehearsed: Rehearsed, accepted: Iterable[int]) -> tuple[str, ...]:
    """Return in words what no longer flows back after a cutover with these files, as accepted.

    If the files were not tried out, everything that was accepted may be affected: unknown is not nothing.
    """
    if rehearsed.milliseconds is None and rehearsed.scripts.direction == UP:
        known = {one.version for one in rehearsed.scripts.scripts} & set(accepted)
        return tuple(f"version {one}, which nobody has tried yet" for one in sorted(known))
    return tuple(f"version {one}: {', '.join(words)}" for one, words in rehearsed.lost.items())


def _no_way_back(script: SwitchScript) -> str:
    if not script.down.strip():
        return "has no down file, by which a rollback would take it back"
    problem = why_not_within_a_switch("down", script.down)
    return f"has a down file that cannot run within the switch: {problem}" if problem else ""


def what_is_lost(
    before: Iterable[LaneSpec], after: Iterable[LaneSpec], verdicts: Iterable[Verdict], known: Iterable[Verdict]
) -> tuple[str, ...]:
    """Return in words what flowed back before a file was run and does not afterwards.

    :param verdicts: on the schemas after the file; ``known``: those before it
    """
    gone = {one.table for lane in before for one in lane.tables} - {one.table for lane in after for one in lane.tables}
    old = {_key(one) for one in known}
    stopping = [
        one for one in verdicts if one.direction is Direction.REVERSE and one.verdict == STOPS and _key(one) not in old
    ]
    return (
        *(f"{table} is gone or has another name" for table in sorted(gone)),
        *(f"{one.table}{'.' * bool(one.column)}{one.column}: {one.difference}" for one in stopping),
    )


def _key(verdict: Verdict) -> tuple[Any, ...]:
    return (verdict.direction, verdict.table, verdict.column, verdict.difference)


def _reason(code: str, what: str, fix: str, objects: tuple[str, ...] = ()) -> Finding:
    return Finding(code, BLOCKS, str(Side.GREEN), what, fix, objects)


def _lane_as_details(lane: LaneSpec) -> dict[str, Any]:
    tables = [[*one.table.parts, list(one.columns) if one.columns is not None else None] for one in lane.tables]
    return {"name": lane.name, "lane": lane.lane, "direction": str(lane.direction), "tables": tables}


def _lane_of_details(kept: Mapping[str, Any]) -> LaneSpec:
    tables = tuple(
        Published(TableName(schema, name), tuple(columns) if columns is not None else None)
        for schema, name, columns in kept["tables"]
    )
    return LaneSpec(kept["name"], kept["lane"], Direction(kept["direction"]), tables)
