# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What postgres_exporter asks a server for: which metrics come from which query. Pure.

Source of the shape: https://github.com/prometheus-community/postgres_exporter (--extend.query-path)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..capabilities import Capability
from . import catalogue as of
from .catalogue import Metric


@dataclass(frozen=True)
class Query:
    """One query: its metrics are named after it and their columns. ``since``: what a server must be able to do."""

    name: str
    metrics: tuple[Metric, ...]
    since: Capability | None = None

    def as_entry(self, statement: str) -> dict[str, Any]:
        """Return it as the exporter's file has it; ``statement``: the SQL."""
        described = [{label: _usage("LABEL", f"The {label}")} for label in self.metrics[0].labels]
        described += [{self._column(metric): _usage(metric.kind.upper(), metric.help)} for metric in self.metrics]
        first = {} if self.since is None else {"runonserver": f">={self.since.value[0]}.0.0"}
        return {"query": statement.strip(), **first, "metrics": described}

    def _column(self, metric: Metric) -> str:
        return metric.name[len(self.name) + 1 :]


def _usage(kind: str, description: str) -> dict[str, str]:
    return {"usage": kind, "description": description}


QUERIES = (
    Query("bluegreen_database", (of.DATABASE_FENCED,)),
    Query("bluegreen_slot", (of.SLOT_ACTIVE, of.SLOT_LAG)),
    Query("bluegreen_slot_retained", (of.SLOT_RETAINED,)),
    Query("bluegreen_slot_wal", (of.SLOT_AT_RISK,), Capability.SLOT_STATUS),
    Query("bluegreen_subscription", (of.SUBSCRIBED, of.APPLYING)),
    Query("bluegreen_subscription_stats", (of.FAILED_APPLIES,), Capability.SUBSCRIPTION_ERRORS),
)
