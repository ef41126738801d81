# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what happened, append-only, on the side where it happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..sides import Side

PHASE = "phase"  # a phase of the migration ended; details: phase, state, …
GUARDED = "guarded"  # green was fenced at setup, before any switch
FENCED = "fenced"  # the point of no return of the switch of that epoch, written with the fence
OPENED = "opened"  # that epoch's side in service, written with its opening; details: other_timeline, emergency
WITHDRAWN = "withdrawn"  # that epoch's fence was withdrawn before anything was opened
SWITCH = "switch"  # the timed steps of a switch that succeeded
UNDONE = "undone"  # a switch that was undone: its steps, and why
BROKEN = "broken"  # the circuit breaker dropped that side's slots; details: reason, slots
ARCHIVED = "archived"  # the side out of service (target) has an archive that was restored and compared
TAKEN = "taken"  # what a revoke is about to take from the side out of service (target); details: grants, lent_to
# Keys of a fence's details that are not shown: SQL that the opening has to run, and how the old side's catalog looked.
SCRIPTS, GATES = "scripts", "gates"
RECONCILED = "reconciled"  # what green took before an emergency was dealt with on blue; details: ends, by lane
DECOMMISSIONED = "decommissioned"  # the side out of service (target) was dropped or closed to applications


@dataclass(frozen=True)
class Entry:
    """One row. ``epoch`` counts the switches of a migration from 1; phases belong to the epoch in which they ended."""

    migration: str
    side: Side
    epoch: int
    event: str
    at: str
    target: Side | None = None
    lsn: str | None = None
    by_role: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def in_emergency(self) -> bool:
        """Tell whether it opened its target while the other side, out of reach, could not be fenced."""
        return self.event == OPENED and bool(self.details.get("emergency"))

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "side": str(self.side),
            "epoch": self.epoch,
            "event": self.event,
            "target": str(self.target) if self.target else None,
            "lsn": self.lsn,
            "at": self.at,
            "by_role": self.by_role,
            "details": {key: value for key, value in self.details.items() if key not in (SCRIPTS, GATES)},
        }


@dataclass(frozen=True)
class PendingSwitch:
    """A switch past its point of no return whose new side is not open yet; ``details`` of its fence."""

    epoch: int
    target: Side
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)


def last_epoch(entries: Iterable[Entry]) -> int:
    """Return the highest epoch of any entry, 0 before the first switch."""
    return max((entry.epoch for entry in entries), default=0)


def last_fence(entries: Iterable[Entry]) -> Entry | None:
    """Return the ``fenced`` entry of the highest epoch whose fence was not withdrawn."""
    entries = list(entries)
    withdrawn = {entry.epoch for entry in entries if entry.event == WITHDRAWN}
    fences = [entry for entry in entries if entry.event == FENCED and entry.epoch not in withdrawn]
    return max(fences, key=lambda entry: entry.epoch, default=None)


def newest_opened(entries: Iterable[Entry]) -> Entry | None:
    """Return the ``opened`` entry of the highest epoch."""
    return max((one for one in entries if one.event == OPENED), key=lambda one: one.epoch, default=None)


def pending_switch(entries: Iterable[Entry]) -> PendingSwitch | None:
    """Return the unfinished switch past its point of no return: its ``fenced`` row has no ``opened`` one."""
    entries = list(entries)
    fence = last_fence(entries)
    if fence is None or fence.target is None:
        return None
    if any(entry.event == OPENED and entry.epoch == fence.epoch for entry in entries):
        return None
    return PendingSwitch(fence.epoch, fence.target, fence.details)


def with_what_was_kept(told: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of ``told`` together with the rows that an earlier reading of both sides saved, by time.

    Nothing if the two have no row in common: then they belong to different migrations.
    """
    known = {_key_of_result(row) for row in kept}
    if not any(_key_of_result(row) in known for row in told):
        return []
    rows = [*kept, *(row for row in told if _key_of_result(row) not in known)]
    return [dict(row) for row in sorted(rows, key=lambda row: (row["at"], row["epoch"]))]


def _key_of_result(row: Mapping[str, Any]) -> tuple[Any, ...]:
    run = row["details"].get("run")
    return (row["event"], run) if run else (row["event"], row["epoch"], row["side"], row["at"])


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Return both sides' entries by time; a row that was written on both sides appears once.

    Phases are recorded on both sides with one run id, so either side alone has the whole history.
    """
    seen: set[Any] = set()
    result = []
    for entry in sorted(entries, key=lambda one: (one.at, one.epoch)):
        run = entry.details.get("run")
        key = (entry.event, run) if run else (entry.event, entry.epoch, entry.side, entry.at)
        if key not in seen:
            seen.add(key)
            result.append(entry)
    return result
