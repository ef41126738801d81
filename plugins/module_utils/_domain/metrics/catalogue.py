# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every metric: its name, type, unit, help, labels and source. The one list for the textfile, for postgres_exporter's
queries, for alert rules, dashboard and documentation.

Names and units follow Prometheus: base units, `_total` for counters (https://prometheus.io/docs/practices/naming/).
"""

from __future__ import annotations

from dataclasses import dataclass

GAUGE, COUNTER = "gauge", "counter"
MONITOR, EXPORTER = "monitor", "postgres_exporter"
_UNITS = ("bytes", "seconds")


@dataclass(frozen=True)
class Metric:
    """One metric; ``labels`` in the order in which they are written; ``source``: what writes it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    source: str = MONITOR

    @property
    def unit(self) -> str:
        """Return the base unit, which a name ends in, or nothing."""
        end = self.name.rpartition("_")[2]
        return end if end in _UNITS else ""


_LANE = ("migration", "direction", "lane")

READING = Metric(
    "bluegreen_reading_timestamp_seconds",
    GAUGE,
    "When monitor last read both sides, in seconds since 1970.",
    ("migration",),
)
IN_SERVICE = Metric(
    "bluegreen_side_in_service",
    GAUGE,
    "1 if this side accepts application writes; absent if unknown.",
    ("migration", "side"),
)
FENCED = Metric(
    "bluegreen_side_fenced",
    GAUGE,
    "1 if this side refuses application writes; absent if unknown.",
    ("migration", "side"),
)
WAY_BACK = Metric(
    "bluegreen_way_back_safe",
    GAUGE,
    "1 if a rollback would lose nothing, read once a minute; absent if unknown, and while green is not in service.",
    ("migration",),
)
LAG_SECONDS = Metric(
    "bluegreen_link_lag_seconds",
    GAUGE,
    "How long a row takes to the other side; absent if it did not arrive.",
    ("migration", "direction"),
)
ENABLED = Metric("bluegreen_lane_enabled", GAUGE, "1 if the lane's subscription is enabled.", _LANE)
WORKING = Metric("bluegreen_lane_working", GAUGE, "1 if an apply worker of the lane is running.", _LANE)
LAG_BYTES = Metric("bluegreen_lane_lag_bytes", GAUGE, "WAL that the lane's reader has not confirmed yet.", _LANE)
RETAINED = Metric("bluegreen_lane_retained_wal_bytes", GAUGE, "WAL that the lane's slot retains.", _LANE)
AT_RISK = Metric(
    "bluegreen_lane_slot_at_risk", GAUGE, "1 if WAL that the lane's slot needs is gone or about to go.", _LANE
)
COPYING = Metric("bluegreen_lane_copying_tables", GAUGE, "Tables of the lane whose first copy is not complete.", _LANE)
ERRORS = Metric(
    "bluegreen_lane_apply_errors_total",
    COUNTER,
    "Changes that failed to apply; absent on 14, which does not count them.",
    _LANE,
)
CONFLICTS = Metric(
    "bluegreen_lane_conflicts_total",
    COUNTER,
    "Conflicts by kind; absent below 18, which does not count them.",
    (*_LANE, "kind"),
)
FREE_DISK = Metric(
    "bluegreen_disk_free_bytes", GAUGE, "What the user's command says is free where blue keeps its WAL.", ("migration",)
)  # fmt: skip

_SLOT, _SUBSCRIPTION = ("slot",), ("subscription",)
DATABASE_FENCED = Metric(
    "bluegreen_database_fenced",
    GAUGE,
    "1 if the exporter's database refuses application writes; absent if no migration has one there.",
    ("datname",),
    EXPORTER,
)
SLOT_ACTIVE = Metric("bluegreen_slot_active", GAUGE, "1 if somebody reads the slot.", _SLOT, EXPORTER)
SLOT_LAG = Metric("bluegreen_slot_lag_bytes", GAUGE, "WAL that the slot's reader has not confirmed.", _SLOT, EXPORTER)
SLOT_RETAINED = Metric("bluegreen_slot_retained_wal_bytes", GAUGE, "WAL that the slot retains.", _SLOT, EXPORTER)
SLOT_AT_RISK = Metric(
    "bluegreen_slot_wal_at_risk",
    GAUGE,
    "1 if WAL that the slot needs is gone or about to go; absent below 13, where a slot keeps all of it.",
    _SLOT,
    EXPORTER,
)
SUBSCRIBED = Metric(
    "bluegreen_subscription_enabled", GAUGE, "1 if the subscription is enabled.", _SUBSCRIPTION, EXPORTER
)
APPLYING = Metric(
    "bluegreen_subscription_working",
    GAUGE,
    "1 if an apply worker of the subscription is running.",
    _SUBSCRIPTION,
    EXPORTER,
)
FAILED_APPLIES = Metric(
    "bluegreen_subscription_stats_apply_errors_total",
    COUNTER,
    "Changes that failed to apply; absent on 14, which does not count them.",
    _SUBSCRIPTION,
    EXPORTER,
)

READ_BY_MONITOR = (
    READING, IN_SERVICE, FENCED, WAY_BACK, LAG_SECONDS, ENABLED, WORKING, LAG_BYTES, RETAINED, AT_RISK, COPYING,
    ERRORS, CONFLICTS, FREE_DISK,
)  # fmt: skip
ASKED_BY_EXPORTER = (
    DATABASE_FENCED, SLOT_ACTIVE, SLOT_LAG, SLOT_RETAINED, SLOT_AT_RISK, SUBSCRIBED, APPLYING, FAILED_APPLIES,
)  # fmt: skip
METRICS = (*READ_BY_MONITOR, *ASKED_BY_EXPORTER)
