# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/metrics.md, alert rules, dashboard and the exporter's queries from the list of metrics:
`python -m scripts.write_metrics`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.alerts import ALERTS, rules
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.catalogue import METRICS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.dashboard import dashboard
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.exporter import QUERIES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.metrics import exporter

_PROJECT = Path(__file__).resolve().parent.parent
PAGE = _PROJECT / "docs" / "metrics.md"
_FILES = _PROJECT / "roles" / "dashboards" / "files"
RULES = _FILES / "rules.yml"
DASHBOARD = _FILES / "dashboard.json"
QUERY_FILE = _FILES / "queries.yml"
_METRICS = re.compile(
    r"(?<=<!-- metrics: python -m scripts\.write_metrics -->\n).*?(?=<!-- end of metrics -->)", re.DOTALL
)
_ALERTS = re.compile(
    r"(?<=<!-- alerts: python -m scripts\.write_metrics -->\n).*?(?=<!-- end of alerts -->)", re.DOTALL
)
_STATEMENTS = {
    "bluegreen_database": exporter.DATABASE,
    "bluegreen_slot": exporter.SLOT,
    "bluegreen_slot_retained": exporter.SLOT_RETAINED,
    "bluegreen_slot_wal": exporter.SLOT_WAL,
    "bluegreen_subscription": exporter.SUBSCRIPTION,
    "bluegreen_subscription_stats": exporter.SUBSCRIPTION_STATS,
}
_TITLES = "\n| metric | type | unit | from | labels | what it is |\n|---|---|---|---|---|---|\n"


class _Indented(yaml.SafeDumper):
    """Writes lists as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent a list within a mapping, too."""
        del indentless
        super().increase_indent(flow, indentless=False)


def _as_block(dumper: _Indented, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Indented.add_representer(str, _as_block)


def written(page: str) -> str:
    """Return the page with the current tables."""
    metrics = [
        f"| `{one.name}` | {one.kind} | {one.unit} | {one.source} | {', '.join(one.labels)} | {one.help} |\n"
        for one in METRICS
    ]
    alerts = [f"| `{one.name}` | {one.severity} | `{one.expression}` | {one.lasts} |\n" for one in ALERTS]
    page = _METRICS.sub(lambda _old: "".join([_TITLES, *metrics, "\n"]), page)
    return _ALERTS.sub(
        lambda _old: "".join(["\n| alert | severity | when | for |\n|---|---|---|---|\n", *alerts, "\n"]), page
    )


def rule_file() -> str:
    """Return the file of alert rules, as Prometheus reads it."""
    return "---\n" + yaml.dump(rules(), Dumper=_Indented, sort_keys=False, width=100)


def query_file() -> str:
    """Return the file of queries, as postgres_exporter reads it."""
    entries = {query.name: query.as_entry(_STATEMENTS[query.name]) for query in QUERIES}
    return "---\n" + yaml.dump(entries, Dumper=_Indented, sort_keys=False, width=100)


def dashboard_file() -> str:
    """Return the dashboard, as Grafana provisions it."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    RULES.write_text(rule_file(), encoding="utf-8")
    DASHBOARD.write_text(dashboard_file(), encoding="utf-8")
    QUERY_FILE.write_text(query_file(), encoding="utf-8")
