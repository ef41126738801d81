# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dashboard would have shown of a migration: its queries, asked of a Prometheus that was there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.dashboard import dashboard
from demo.prometheus import Prometheus


@dataclass(frozen=True)
class Drawn:
    """What one panel shows: how many series, and of how many points the longest is."""

    panel: str
    series: int
    points: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return self.points == 0


def drawn_since(prometheus: Prometheus, start: float) -> list[Drawn]:
    """Return what each panel shows since `start`, in seconds since 1970. Raises OSError when Prometheus is gone."""
    return [
        _drawn(str(panel["title"]), [str(target["expr"]) for target in panel["targets"]], prometheus, start)
        for panel in dashboard()["panels"]
    ]


def marks_since(prometheus: Prometheus, start: float) -> int:
    """Return how many marks the dashboard's annotations set since `start`: one each time a side came into service."""
    [switches] = dashboard()["annotations"]["list"]
    return prometheus.spells(_of_all(str(switches["expr"])), start)


def fired_since(prometheus: Prometheus, start: float) -> list[str]:
    """Return the names of the alerts that fired since `start`."""
    fired = prometheus.points('sum by (alertname) (ALERTS{alertstate="firing"})', start)
    return sorted(str(json.loads(labels)["alertname"]) for labels in fired)


def render_dashboard(panels: Sequence[Drawn], marks: int, alerts: Sequence[str]) -> str:
    """Return it as a table."""
    lines = [f"{'panel':<38}{'series':>7}{'points':>8}"]
    lines += [f"{one.panel:<38}{one.series:>7}{one.points:>8}{'  EMPTY' if one.is_empty else ''}" for one in panels]
    return "\n".join([*lines, f"switches marked: {marks}", f"alerts fired: {', '.join(alerts) or 'none'}"])


def _drawn(title: str, expressions: Sequence[str], prometheus: Prometheus, start: float) -> Drawn:
    counts = [count for expression in expressions for count in prometheus.points(_of_all(expression), start).values()]
    return Drawn(title, len(counts), max(counts, default=0))


def _of_all(expression: str) -> str:
    return expression.replace("$migration", ".*")
