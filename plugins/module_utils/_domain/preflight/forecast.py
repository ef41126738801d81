# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the migration will need, with the arithmetic. What was not measured is unknown, never zero."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..space import Space
from ..units import in_bytes, in_time
from .facts import Facts
from .outlook import SNAPSHOT_COPY, Forecast, Sample

SHORTEST_PACE = 10.0  # seconds; a shorter time says little about a server
_LAST_TRANSACTIONS = 3_000_000  # PostgreSQL refuses writes when only this many of 2^31 are left
_ALL_TRANSACTIONS = 2**31
_FARTHEST = timedelta(days=365)


def forecast(facts: Facts, sample: Sample | None, space: Space | None, now: datetime) -> Forecast:
    """Return what can be predicted from blue's current state.

    :param space: the free space on blue's disk, ``None`` without a command for it
    """
    blue = facts.blue
    size = blue.database.size
    pace = blue.pace if blue.pace and blue.pace.seconds >= SHORTEST_PACE else None
    copying = size / sample.rate if sample else None
    lines = [f"size: blue has {in_bytes(size)}", _copy_line(size, sample)]
    if facts.wishes.copy == SNAPSHOT_COPY and not facts.copied:
        lines.append(_snapshot_line(copying))
    if pace is None:
        lines.append("WAL: unknown; the last checkpoint was just now, or the server shows none")
        last_lines = (_fence_line(facts), _drain_line(facts, None))
        return Forecast(size, copying, None, None, None, None, None, (*lines, *last_lines))
    wal_rate = pace.wal_bytes / pace.seconds
    lines.append(f"WAL: {in_bytes(pace.wal_bytes)} in {in_time(pace.seconds)} = {in_bytes(wal_rate)} a second")
    retained = None
    if copying is not None:
        retained = wal_rate * copying
        lines.append(
            f"WAL kept when the copy ends: {in_bytes(wal_rate)} a second × {in_time(copying)} = {in_bytes(retained)}"
        )
    lost, lost_line = _until_lost(blue.number("max_slot_wal_keep_size"), wal_rate)
    full, full_line = _until_full(space, wal_rate, now)
    transactions = pace.transactions / pace.seconds
    wraparound, wraparound_line = _until_wraparound(blue.database.frozen_age, transactions)
    lines += [line for line in (lost_line, full_line, wraparound_line) if line]
    lines += [_fence_line(facts), _drain_line(facts, wal_rate)]
    return Forecast(size, copying, wal_rate, retained, lost, wraparound, full, tuple(lines))


def _fence_line(facts: Facts) -> str:
    tables = len(facts.replicated(facts.blue))
    return (
        f"fence: one lock on one relation = 1 lock for {tables} table{'' if tables == 1 else 's'}; it waits for the "
        "longest open write, not for the tables"
    )


def _drain_line(facts: Facts, wal_rate: float | None) -> str:
    ours = [slot.retained for slot in facts.blue.slots if facts.is_ours(slot.name)]
    if not ours:
        return "drain: unknown until the link runs; replication_lag_info shows it then"
    if None in ours or not wal_rate:
        return "drain: unknown; it is unknown how much the link has to read, and how fast it can"
    behind = sum(kept for kept in ours if kept is not None)
    return (
        f"drain: {in_bytes(behind)} kept / {in_bytes(wal_rate)} a second written = {in_time(behind / wal_rate)} "
        "at most, for a link that keeps up"
    )


def _copy_line(size: int, sample: Sample | None) -> str:
    if sample is None:
        return "copy: unknown; there is no table that is large enough to measure, or we may not read it"
    return (
        f"copy: {in_bytes(size)} / {in_bytes(sample.rate)} a second ({in_bytes(sample.size)} of {sample.table} read in "
        f"{sample.seconds:.2f} s) = {in_time(size / sample.rate)} at least; green has to write and to index it"
    )


def _snapshot_line(copying: float | None) -> str:
    how_long = "for an unknown time" if copying is None else f"for {in_time(copying)} at least"
    return f"snapshot: vacuum on blue is held back while rows are copied, {how_long}; bluegreen_copy: native holds less"


def _until_lost(keep: int | None, wal_rate: float) -> tuple[float | None, str]:
    if keep is None or keep < 0:
        return None, ""
    limit = keep * 1024.0**2
    if wal_rate <= 0:
        return None, f"slot: lost after {in_bytes(limit)} of WAL; none is written now"
    after = limit / wal_rate
    return (
        after,
        f"slot: {in_bytes(limit)} / {in_bytes(wal_rate)} a second: a stopped link is lost after {in_time(after)}",
    )


def _until_full(space: Space | None, wal_rate: float, now: datetime) -> tuple[float | None, str]:
    per_hour = in_bytes(wal_rate * 3600)
    if space is None:
        return None, f"disk: a stopped link keeps {per_hour} an hour; set bluegreen_free_disk_command to know the hour"
    if space.free is None:
        return None, f"disk: a stopped link keeps {per_hour} an hour; how much is free is unknown: {space.problem}"
    if wal_rate <= 0:
        return None, f"disk: {in_bytes(space.free)} are free; no WAL is written now"
    after = space.free / wal_rate
    days = timedelta(seconds=min(after, _FARTHEST.total_seconds()))
    when = "in more than a year" if days >= _FARTHEST else f"at {now + days:%Y-%m-%d %H:%M} UTC"
    division = f"{in_bytes(space.free)} free / {in_bytes(wal_rate)} a second = {in_time(after)}"
    return after, f"disk: {division}: a link that stops now fills blue's disk {when}"


def _until_wraparound(age: int, rate: float) -> tuple[float | None, str]:
    left = _ALL_TRANSACTIONS - _LAST_TRANSACTIONS - age
    if rate <= 0:
        return None, f"vacuum: {left} transactions are left while a snapshot is held; none is used now"
    return (
        left / rate,
        f"vacuum: {left} transactions left / {rate:.1f} a second = {in_time(left / rate)} with a held snapshot",
    )
