# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard for Grafana: panels of the metrics in the catalogue. Pure.

Source of the shape: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import catalogue as of
from .catalogue import Metric

_SCHEMA_VERSION = 39  # of Grafana 11; later ones upgrade it by themselves
_COLUMNS, _PANEL_WIDTH, _PANEL_HEIGHT = 24, 12, 8
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_CHOSEN = '{migration=~"$migration"}'


@dataclass(frozen=True)
class Panel:
    """One drawing: expressions with their legends. ``unit`` is one of Grafana's."""

    title: str
    unit: str
    queries: Mapping[str, str]


def _of(metric: Metric) -> str:
    return f"{metric.name}{_CHOSEN}"


_LANE = "{{migration}} {{lane}}"
_SLOT, _SUBSCRIPTION = "{{slot}}", "{{subscription}}"
PANELS = (
    Panel("Side in service", "none", {f"{_of(of.IN_SERVICE)} == 1": "{{migration}}: {{side}}"}),
    Panel("Sides that refuse writes", "none", {_of(of.FENCED): "{{migration}}: {{side}}"}),
    Panel("How long a row takes", "s", {_of(of.LAG_SECONDS): "{{migration}} {{direction}}"}),
    Panel("Not confirmed yet", "bytes", {_of(of.LAG_BYTES): _LANE}),
    Panel("WAL retained by slots", "bytes", {_of(of.RETAINED): _LANE}),
    Panel("Free on blue's disk", "bytes", {_of(of.FREE_DISK): "{{migration}}"}),
    Panel("Way back safe", "none", {_of(of.WAY_BACK): "{{migration}}"}),
    Panel("Tables being copied", "none", {_of(of.COPYING): _LANE}),
    Panel(
        "Errors and conflicts", "none",
        {
            f"increase({_of(of.ERRORS)}[5m])": f"{_LANE} errors",
            f"increase({_of(of.CONFLICTS)}[5m])": f"{_LANE} {{{{kind}}}}",
        },
    ),
    Panel("Lanes that work", "none", {_of(of.WORKING): _LANE, f"{_of(of.AT_RISK)} == 1": f"{_LANE} loses WAL"}),
    Panel("Seconds since the last reading", "s", {f"time() - {_of(of.READING)}": "{{migration}}"}),
    Panel("Databases that refuse writes", "none", {of.DATABASE_FENCED.name: "{{instance}} {{datname}}"}),
    Panel("Not confirmed yet, as the server says", "bytes", {of.SLOT_LAG.name: _SLOT}),
    Panel("WAL retained, as the server says", "bytes", {of.SLOT_RETAINED.name: _SLOT}),
    Panel(
        "Slots that are read", "none",
        {of.SLOT_ACTIVE.name: _SLOT, f"{of.SLOT_AT_RISK.name} == 1": f"{_SLOT} loses WAL"},
    ),
    Panel(
        "Subscriptions that work", "none",
        {
            of.APPLYING.name: _SUBSCRIPTION,
            f"increase({of.FAILED_APPLIES.name}[5m])": f"{_SUBSCRIPTION} errors",
        },
    ),
)  # fmt: skip


def dashboard() -> dict[str, Any]:
    """Return the whole dashboard as Grafana provisions it."""
    return {
        "uid": "bluegreen-postgresql",
        "title": "bluegreen.postgresql",
        "tags": ["postgresql", "bluegreen"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_choice_of_source(), _choice_of_migrations()]},
        "annotations": {"list": [_switches()]},
        "panels": [_drawn(number, panel) for number, panel in enumerate(PANELS)],
    }


def _choice_of_source() -> dict[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _choice_of_migrations() -> dict[str, Any]:
    asked = f"label_values({of.READING.name}, migration)"
    return {
        "name": "migration", "type": "query", "datasource": _SOURCE, "query": asked, "definition": asked,
        "refresh": 2, "multi": True, "includeAll": True, "allValue": ".*",
    }  # fmt: skip


def _switches() -> dict[str, Any]:
    """Return the marks at which another side came into service; the one that it left has none."""
    return {
        "name": "Switches", "enable": True, "iconColor": "orange", "datasource": _SOURCE,
        "expr": f"{_of(of.IN_SERVICE)} == 1 and changes({_of(of.IN_SERVICE)}[1m]) > 0",
        "titleFormat": "{{migration}}: {{side}}",
    }  # fmt: skip


def _drawn(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number * _PANEL_WIDTH, _COLUMNS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": column, "y": row * _PANEL_HEIGHT, "w": _PANEL_WIDTH, "h": _PANEL_HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
            for place, (expression, legend) in enumerate(panel.queries.items())
        ],
    }
