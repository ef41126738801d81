# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When Prometheus alerts people about a migration: one list, from which the file of rules is written. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import catalogue as of


@dataclass(frozen=True)
class Alert:
    """One alerting rule; ``lasts``: how long the expression must hold, in Prometheus' durations."""

    name: str
    expression: str
    lasts: str
    severity: str
    summary: str
    description: str

    def as_rule(self) -> dict[str, Any]:
        """Return it as Prometheus' file of rules has it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasts,
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "description": self.description},
        }


_M = "{{ $labels.migration }}"
_LANE = f"{_M}: lane {{{{ $labels.lane }}}}"

ALERTS = (
    Alert(
        "BluegreenReplicationLate", f"{of.LAG_SECONDS.name} > 5", "1m", "warning",
        f"{_M}: a row takes {{{{ $value | humanizeDuration }}}} ({{{{ $labels.direction }}}})",
        "The other side is behind. A cutover would have to wait that long; run monitor to see which lane it is.",
    ),
    Alert(
        "BluegreenRowsDoNotArrive",
        f"max by (migration, direction) ({of.ENABLED.name}) == 1"
        f" unless on (migration, direction) {of.LAG_SECONDS.name}",
        "1m", "critical", f"{_M}: no row arrives ({{{{ $labels.direction }}}})",
        "The link is enabled and a marker row did not arrive. Run monitor, which says why.",
    ),
    Alert(
        "BluegreenLaneStopped", f"{of.ENABLED.name} == 1 and {of.WORKING.name} == 0", "1m", "critical",
        f"{_LANE} is enabled and no worker of it runs",
        "Its worker fails again and again or cannot reach the other side. The side in service goes on, and its slot "
        "keeps WAL meanwhile. Run monitor, which says why.",
    ),
    Alert(
        "BluegreenApplyErrors", f"increase({of.ERRORS.name}[5m]) > 0", "0m", "warning",
        f"{_LANE} failed to apply changes",
        "The server tries again by itself. Run monitor, which has the server's reason if it can be read.",
    ),
    Alert(
        "BluegreenConflicts", f"increase({of.CONFLICTS.name}[5m]) > 0", "0m", "critical",
        f"{_LANE} met a conflict ({{{{ $labels.kind }}}})",
        "Both sides have other rows than the link expects. No cutover before verify has found them equal.",
    ),
    Alert(
        "BluegreenSlotAtRisk", f"{of.AT_RISK.name} == 1", "0m", "critical",
        f"{_LANE}: its slot is losing WAL",
        "max_slot_wal_keep_size is exceeded. Once the slot is lost this direction has to start again.",
    ),
    Alert(
        "BluegreenDiskFillsUp", f"predict_linear({of.FREE_DISK.name}[30m], 4 * 3600) < 0", "5m", "critical",
        f"{_M}: blue's disk is full in less than four hours",
        "Find out what keeps WAL (status names slots and sessions). The circuit breaker drops our slots at "
        "bluegreen_breaker_free_disk.",
    ),
    Alert(
        "BluegreenServerSlotAtRisk", f"{of.SLOT_AT_RISK.name} == 1", "0m", "critical",
        "Slot {{ $labels.slot }} is losing WAL",
        "max_slot_wal_keep_size is exceeded. Once the slot is lost this direction has to start again.",
    ),
    Alert(
        "BluegreenSubscriptionStopped", f"{of.SUBSCRIBED.name} == 1 and {of.APPLYING.name} == 0", "1m", "critical",
        "{{ $labels.subscription }} is enabled and no worker of it runs",
        "Its worker fails again and again or cannot reach the other side. Run monitor, which says why.",
    ),
    Alert(
        "BluegreenBothSidesRefuse", f"count by (migration) ({of.FENCED.name} == 1) == 2", "1m", "critical",
        f"{_M}: both sides refuse application writes",
        "A switch was interrupted. Run the same playbook again, or rollback; status shows where things stand.",
    ),
    Alert(
        "BluegreenSideOutOfReach",
        f"{of.READING.name} unless on (migration) count by (migration) ({of.FENCED.name}) == 2",
        "1m", "critical", f"{_M}: a side cannot be read",
        "bluegreen_side_fenced has the one that answers. Run status, which says what it knows and what to do.",
    ),
    Alert(
        "BluegreenWayBackUnsafe", f"{of.WAY_BACK.name} == 0", "0m", "critical",
        f"{_M}: a rollback would lose rows, or cannot run",
        "Green is in service, and the way back is not safe. status says why; until it is mended, only green has what "
        "is written.",
    ),
    Alert(
        "BluegreenWayBackUnknown",
        f'{of.IN_SERVICE.name}{{side="green"}} == 1 unless on (migration) {of.WAY_BACK.name}',
        "5m", "warning", f"{_M}: nobody knows whether a rollback would be safe",
        "Green is in service, and what a rollback depends on could not be read. status says what that is.",
    ),
    Alert(
        "BluegreenWatchSilent", f"time() - {of.READING.name} > 300", "0m", "warning",
        f"{_M}: nobody has looked for {{{{ $value | humanizeDuration }}}}",
        "monitor writes these metrics. Run it on a schedule or with bluegreen_monitor_duration, or remove the file "
        "when the migration has ended.",
    ),
)  # fmt: skip


def rules() -> dict[str, Any]:
    """Return the whole file of rules."""
    return {"groups": [{"name": "bluegreen", "rules": [alert.as_rule() for alert in ALERTS]}]}
