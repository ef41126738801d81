# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker: when a link costs more than the user allows, it drops the link to save the publisher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..phase_names import DONE
from ..service.journal import BROKEN, PHASE, Entry
from ..sides import Side
from ..space import Space
from ..units import in_bytes

_BEGINS_ANEW = "setup"


@dataclass(frozen=True)
class Limits:
    """The user's limits, in bytes; ``None``: no limit. ``free``: how much must stay free on blue's disk."""

    retained: int | None = None
    free: int | None = None


@dataclass(frozen=True)
class SlotWal:
    """The WAL that a slot retains, and how far its reader's confirmations lag, in bytes; ``None`` is unknown.

    A slot retains WAL from the start of the oldest transaction that was open when its reader confirmed something:
    whatever is retained beyond ``behind`` belongs to that transaction, and no reader, however fast, can release it.
    """

    kept: int | None
    behind: int | None = None

    def is_late(self, limit: int) -> bool:
        """Tell whether the slot retains more than ``limit`` because of its reader; one that never confirmed anything
        counts."""
        if self.kept is None or self.kept <= limit:
            return False
        return self.behind is None or self.behind > limit

    def is_held_up(self, limit: int) -> bool:
        """Tell whether it retains more than ``limit`` although its reader is not behind."""
        return self.kept is not None and self.kept > limit and not self.is_late(limit)


@dataclass(frozen=True)
class Retention:
    """The slots of a migration's links on one side; ``oldest``: its server's oldest open transaction, in words, if any.

    ``early``: what slots keep that a switch has made; no link needs one that outlives it.
    """

    side: Side
    slots: Mapping[str, SlotWal]
    oldest: str | None = None
    early: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def holder(self) -> str:
        """Return in words which transaction makes a slot retain WAL although its reader is not behind."""
        return self.oldest or "a transaction that has ended, or that our role may not see (pg_monitor)"


def reason_to_break(held: Retention, space: Space | None, limits: Limits) -> str | None:
    """Describe why the slots of that side must be dropped, ``None`` if they may stay; unknown drops nothing.

    A slot whose reader is not behind is dropped only to protect the disk.
    """
    limit = limits.retained
    late = [
        one.kept for one in held.slots.values() if limit is not None and one.kept is not None and one.is_late(limit)
    ]
    if limit is not None and late:
        return f"the link keeps {in_bytes(max(late))} of WAL on {held.side}, {in_bytes(limit)} are allowed"
    is_on_that_disk = held.side is Side.BLUE and bool(held.slots)
    if is_on_that_disk and limits.free is not None and space and space.free is not None and space.free < limits.free:
        reason = f"{in_bytes(space.free)} are free on blue's disk, {in_bytes(limits.free)} have to stay free"
        return reason + _held_for_others(held)
    return None


def outgrown(held: Retention, space: Space | None, limits: Limits) -> tuple[str, ...]:
    """Return the early slots that cost more than the user allows; the links go on without them."""
    free = space.free if space is not None and held.side is Side.BLUE else None
    scarce = limits.free is not None and free is not None and free < limits.free
    limit = limits.retained
    too_much = [name for name, kept in held.early.items() if limit is not None and kept is not None and kept > limit]
    return tuple(sorted(held.early if scarce else too_much))


def _held_for_others(held: Retention) -> str:
    """Return whose transaction makes the slots retain most of their WAL; nothing if their readers are behind."""
    for name, one in sorted(held.slots.items()):
        if one.kept is not None and one.behind is not None and one.kept > 2 * one.behind and held.oldest:
            return f"; {name} keeps {in_bytes(one.kept)} and is {in_bytes(one.behind)} behind: the rest is held by " + (
                held.oldest
            )
    return ""


def held_up(held: Iterable[Retention], limits: Limits) -> list[str]:
    """Return in words which slots retain too much because of somebody else's transaction, and whose it is."""
    limit = limits.retained
    unprotected = (
        "" if limits.free is not None else "; no limit protects the disk from it, see bluegreen_breaker_free_disk"
    )
    return [
        f"{name} keeps {in_bytes(one.kept)} of WAL on {each.side}, although its reader is only "
        f"{in_bytes(one.behind)} behind. It is held by {each.holder}. End that transaction; the slot stays{unprotected}"
        for each in held
        for name, one in sorted(each.slots.items())
        if limit is not None and one.kept is not None and one.behind is not None and one.is_held_up(limit)
    ]


def unknowns(held: Iterable[Retention], space: Space | None, limits: Limits) -> list[str]:
    """Describe the values that a limit needs but that are unknown."""
    unknown = []
    if limits.retained is not None:
        unknown += [
            f"how much WAL {name} keeps on {one.side} is unknown"
            for one in held
            for name, wal in one.slots.items()
            if wal.kept is None
        ]
    if limits.free is not None and (space is None or space.free is None):
        unknown.append(
            f"how much is free on blue's disk is unknown: {space.problem if space else 'no command was given'}"
        )
    return unknown


def broken_since_setup(story: Iterable[Entry], serves: Side | None) -> dict[str, Any] | None:
    """Return the newest break's reason if no setup followed it: rows written since then never arrive.

    :param story: rows by time, oldest first
    :param serves: the side in service; slots of the other side brought nothing, and are recreated
    """
    found = None
    for entry in story:
        if entry.event == BROKEN and serves in (None, entry.side):
            found = {"at": entry.at, **entry.details}
        elif entry.event == PHASE and entry.details.get("phase") == _BEGINS_ANEW and entry.details.get("state") == DONE:
            found = None
    return found
