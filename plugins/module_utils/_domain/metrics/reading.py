# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one reading says, metric by metric. What is unknown is left out, never written as zero. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..sides import Side
from . import catalogue
from .catalogue import Metric

# Values of wal_status: WAL of the slot can go at the next checkpoint, or has gone.
_AT_RISK = ("unreserved", "lost")
_KEPT = ("enabled", "working", "lag_bytes", "retained_bytes", "apply_errors")


@dataclass(frozen=True)
class Sample:
    """One value of a metric; ``labels`` in the metric's order."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True)
class Reading:
    """What was read of both sides at ``at``, in seconds since 1970.

    ``fenced``: by each side that could be read. ``lags``: seconds that a row took, by direction; ``None`` if it did not
    arrive. ``links``: by direction and lane, as RETURN of replication_lag_info has them. ``free_disk``: bytes on blue.
    ``way_back_safe``: ``None`` if unknown, or if there is nothing to roll back.
    """

    migration: str
    at: float
    in_service: Side | None
    fenced: Mapping[Side, bool]
    lags: Mapping[str, float | None]
    links: Mapping[str, Mapping[str, Mapping[str, Any]]]
    free_disk: int | None = None
    way_back_safe: bool | None = None

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready. A side, direction or lane that could not be read is missing."""
        return {
            "at": round(self.at, 3),
            "in_service": str(self.in_service) if self.in_service else None,
            "fenced": {str(side): fenced for side, fenced in self.fenced.items()},
            "lag": dict(self.lags),
            "lanes": {
                direction: {name: {key: lane[key] for key in _KEPT} for name, lane in lanes.items() if lane["exists"]}
                for direction, lanes in self.links.items()
            },
            "free_disk": self.free_disk,
            "way_back_safe": self.way_back_safe,
        }

    def samples(self) -> Iterator[Sample]:
        """Yield what is known."""
        yield Sample(catalogue.READING, (self.migration,), self.at)
        for side in Side if self.in_service is not None else ():
            yield Sample(catalogue.IN_SERVICE, (self.migration, str(side)), float(side is self.in_service))
        for side, fenced in self.fenced.items():
            yield Sample(catalogue.FENCED, (self.migration, str(side)), float(fenced))
        if self.way_back_safe is not None:
            yield Sample(catalogue.WAY_BACK, (self.migration,), float(self.way_back_safe))
        for direction, seconds in self.lags.items():
            if seconds is not None:
                yield Sample(catalogue.LAG_SECONDS, (self.migration, direction), seconds)
        for direction, lanes in self.links.items():
            for name, lane in lanes.items():
                if lane["exists"]:
                    yield from _of_lane((self.migration, direction, name), lane)
        if self.free_disk is not None:
            yield Sample(catalogue.FREE_DISK, (self.migration,), float(self.free_disk))


def _of_lane(labels: tuple[str, ...], lane: Mapping[str, Any]) -> Iterator[Sample]:
    status = lane["slot_status"]
    known = {
        catalogue.ENABLED: lane["enabled"],
        catalogue.WORKING: lane["working"],
        catalogue.LAG_BYTES: lane["lag_bytes"],
        catalogue.RETAINED: lane["retained_bytes"],
        catalogue.AT_RISK: None if status is None else status in _AT_RISK,
        catalogue.COPYING: lane["tables"] - lane["tables_ready"],
        catalogue.ERRORS: lane["apply_errors"],
    }
    for metric, value in known.items():
        if value is not None:
            yield Sample(metric, labels, float(value))
    for kind, count in (lane["conflicts"] or {}).items():
        yield Sample(catalogue.CONFLICTS, (*labels, kind), float(count))
