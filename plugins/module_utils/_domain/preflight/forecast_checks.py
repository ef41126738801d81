# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the forecast: will blue and the link survive the first copy?"""

from __future__ import annotations

from collections.abc import Iterator

from ..units import in_time
from .facts import Facts
from .outlook import SNAPSHOT_COPY, Forecast
from .reasons import Reason

# Holding a snapshot, or a link standing still, for this long is not unusual.
ONE_DAY = 86_400.0  # seconds
LONG_COPY = 3_600.0  # seconds


def _ahead(facts: Facts) -> Forecast | None:
    """Return the forecast while the first copy is still to come."""
    return None if facts.copied else facts.forecast


def disk_full(facts: Facts) -> Iterator[Reason]:
    """Find a copy during which blue's disk would fill up: the slot retains all WAL until the copy ends."""
    told = _ahead(facts)
    if told is None or told.copy_seconds is None or told.disk_full_seconds is None:
        return
    if told.disk_full_seconds <= told.copy_seconds:
        yield Reason(
            facts.blue.side,
            f"Blue's disk is full after {in_time(told.disk_full_seconds)} of WAL that is kept, the first copy takes "
            f"{in_time(told.copy_seconds)} at least",
            "Make room on blue's disk, or copy while less is written; the arithmetic is in the forecast",
            (facts.blue.database.name,),
        )


def slot_lost(facts: Facts) -> Iterator[Reason]:
    """Find a copy that takes longer than blue retains WAL for a slot."""
    told = _ahead(facts)
    if told is None or told.copy_seconds is None or told.slot_lost_seconds is None:
        return
    if told.slot_lost_seconds <= told.copy_seconds:
        yield Reason(
            facts.blue.side,
            f"max_slot_wal_keep_size is reached after {in_time(told.slot_lost_seconds)}, the first copy takes "
            f"{in_time(told.copy_seconds)} at least: the link's slot is lost before the copy ends",
            "ALTER SYSTEM SET max_slot_wal_keep_size = …; -- above what the forecast keeps; takes a reload",
            ("max_slot_wal_keep_size",),
        )


def held_snapshot(facts: Facts) -> Iterator[Reason]:
    """Find a first copy whose single snapshot prevents vacuum on blue for a long time."""
    told = _ahead(facts)
    if told is None or told.copy_seconds is None or facts.wishes.copy != SNAPSHOT_COPY:
        return
    if told.copy_seconds >= LONG_COPY:
        yield Reason(
            facts.blue.side,
            f"The first copy's snapshot holds vacuum back on blue for {in_time(told.copy_seconds)} at least: dead rows "
            "of every table stay until all rows are copied",
            "Copy while less is written, and make sure that blue has room for them; bluegreen_copy: native takes "
            "longer, and holds vacuum back for one table after the other",
            (facts.blue.database.name,),
        )


def vacuum_trouble(facts: Facts) -> Iterator[Reason]:
    """Find a database that would run out of transaction ids while the copy, or an existing link, holds vacuum back."""
    told = facts.forecast
    if told is None or told.wraparound_seconds is None:
        return
    held = ONE_DAY if facts.copied else max(ONE_DAY, told.copy_seconds or ONE_DAY)
    if told.wraparound_seconds <= held:
        yield Reason(
            facts.blue.side,
            f"Blue takes no more writes after {in_time(told.wraparound_seconds)} with a held snapshot; the first copy, "
            f"or a link that stands still, can hold one for {in_time(held)}",
            "VACUUM (FREEZE); -- in this database, after ending what holds its snapshot, and before anything is copied",
            (facts.blue.database.name,),
        )
