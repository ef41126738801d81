# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's wishes for a migration, and its forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SNAPSHOT_COPY = "snapshot"
NATIVE_COPY = "native"
_OTHER_SESSIONS = 6  # for phases, a watchdog and a comparison, at most


@dataclass(frozen=True)
class Wishes:
    """What servers must have room for.

    ``lanes``: lanes in each direction. ``copy``: how green gets blue's rows; ``streams``: connections to each side that
    copy at the same time. ``at_once``: migrations on these servers at the same time, this one included, of which
    ``forks`` work at the same time; 0 for all.
    """

    lanes: int = 1
    copy: str = SNAPSHOT_COPY
    streams: int = 4
    at_once: int = 1
    forks: int = 0

    @property
    def sessions(self) -> int:
        """Return how many sessions one migration may have on a server."""
        return _OTHER_SESSIONS + self.streams

    @property
    def working(self) -> int:
        """Return how many of the migrations have all their sessions at the same time."""
        return min(self.at_once, self.forks) if self.forks else self.at_once

    @property
    def others(self) -> int:
        """Return how many migrations run beside this one."""
        return max(self.at_once - 1, 0)


@dataclass(frozen=True)
class Sample:
    """Blue's largest table, of which the first ``size`` bytes were read as text within ``seconds``."""

    table: str
    size: int
    seconds: float

    @property
    def rate(self) -> float:
        """Return table bytes per second."""
        return self.size / self.seconds


@dataclass(frozen=True)
class Forecast:
    """In seconds and bytes; ``None`` is unknown. ``lines``: the arithmetic, for a person."""

    size: int
    copy_seconds: float | None
    wal_rate: float | None
    retained: float | None
    slot_lost_seconds: float | None
    wraparound_seconds: float | None
    disk_full_seconds: float | None
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
            "disk_full_after_seconds": self.disk_full_seconds,
            "arithmetic": list(self.lines),
        }
