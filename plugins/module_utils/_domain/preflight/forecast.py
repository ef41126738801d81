# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the migration will take, with the arithmetic shown. What nobody has measured is unknown, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.units import in_bytes, in_time

from .facts import Facts

SHORTEST_PACE = 10.0  # seconds; less says little about a server
_LAST_TRANSACTIONS = 3_000_000  # PostgreSQL refuses to write when so many of 2^31 are left
_ALL_TRANSACTIONS = 2**31


@dataclass(frozen=True)
class Sample:
    """Blue's largest table, of which the first ``size`` bytes were read as text within ``seconds``."""

    table: str
    size: int
    seconds: float

    @property
    def rate(self) -> float:
        """Return bytes of table a second."""
        return self.size / self.seconds


@dataclass(frozen=True)
class Forecast:
    """``None`` is unknown. Seconds and bytes; ``lines`` are the arithmetic, for a person."""

    size: int
    copy_seconds: float | None
    wal_rate: float | None
    retained: float | None
    slot_lost_seconds: float | None
    wraparound_seconds: float | None
    lines: tuple[str, ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "size_bytes": self.size,
            "copy_seconds_at_least": self.copy_seconds,
            "wal_bytes_per_second": self.wal_rate,
            "retained_wal_bytes_after_copy": self.retained,
            "slot_lost_after_seconds": self.slot_lost_seconds,
            "wraparound_after_seconds": self.wraparound_seconds,
            "arithmetic": list(self.lines),
        }


def forecast(facts: Facts, sample: Sample | None) -> Forecast:
    """Return what can be told from blue as it is."""
    blue = facts.blue
    size = blue.database.size
    pace = blue.pace if blue.pace and blue.pace.seconds >= SHORTEST_PACE else None
    copying = size / sample.rate if sample else None
    wal_rate = pace.wal_bytes / pace.seconds if pace else None
    lines = [f"size: blue has {in_bytes(size)}", _copy_line(size, sample)]
    if pace is None or wal_rate is None:
        lines.append("WAL: unknown; the last checkpoint was just now, or the server shows none")
        return Forecast(size, copying, None, None, None, None, (*lines, _FENCE, _DRAIN))
    lines.append(f"WAL: {in_bytes(pace.wal_bytes)} in {in_time(pace.seconds)} = {in_bytes(wal_rate)} a second")
    retained = wal_rate * copying if copying is not None else None
    if retained is not None and copying is not None:
        lines.append(
            f"WAL kept when the copy ends: {in_bytes(wal_rate)} a second × {in_time(copying)} = {in_bytes(retained)}"
        )
    lost, lost_line = _until_lost(blue.number("max_slot_wal_keep_size"), wal_rate)
    transactions = pace.transactions / pace.seconds
    wraparound, wraparound_line = _until_wraparound(blue.database.frozen_age, transactions)
    lines += [lost_line, wraparound_line, _FENCE, _DRAIN]
    return Forecast(size, copying, wal_rate, retained, lost, wraparound, tuple(lines))


_FENCE = "fence: one lock on one relation, however many tables there are; it waits for the longest open write"
_DRAIN = "drain: unknown until the link runs; replication_lag_info shows it then"


def _copy_line(size: int, sample: Sample | None) -> str:
    if sample is None:
        return "copy: unknown; there is no table that is large enough to measure, or we may not read it"
    return (
        f"copy: {in_bytes(size)} / {in_bytes(sample.rate)} a second ({in_bytes(sample.size)} of {sample.table} read in "
        f"{sample.seconds:.2f} s) = {in_time(size / sample.rate)} at least; green has to write and to index it"
    )


def _until_lost(keep: int | None, wal_rate: float) -> tuple[float | None, str]:
    if keep is None or keep < 0:
        per_hour = in_bytes(wal_rate * 3600)
        return None, f"disk: a stopped link keeps {per_hour} an hour; how much is free PostgreSQL does not tell"
    limit = keep * 1024.0**2
    if wal_rate <= 0:
        return None, f"slot: lost after {in_bytes(limit)} of WAL; none is written now"
    after = limit / wal_rate
    return (
        after,
        f"slot: {in_bytes(limit)} / {in_bytes(wal_rate)} a second: a stopped link is lost after {in_time(after)}",
    )


def _until_wraparound(age: int, rate: float) -> tuple[float | None, str]:
    left = _ALL_TRANSACTIONS - _LAST_TRANSACTIONS - age
    if rate <= 0:
        return None, f"vacuum: {left} transactions are left while a snapshot is held; none is used now"
    return (
        left / rate,
        f"vacuum: {left} transactions left / {rate:.1f} a second = {in_time(left / rate)} with a held snapshot",
    )
