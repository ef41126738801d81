# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reading is written as, and that rules and pages speak of metrics that exist."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import LaneFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.alerts import ALERTS, Alert, rules
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.catalogue import (
    ASKED_BY_EXPORTER,
    METRICS,
    READ_BY_MONITOR,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.dashboard import PANELS, dashboard
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.exporter import QUERIES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.exposition import lines_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.reading import Reading
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from scripts import write_metrics

NOTHING = Reading("shop", 1796000000.25, None, {}, {}, {})
FACTS = LaneFacts(
    slot=True, slot_status="reserved", subscription=True, enabled=True, working=False, lag=7, retained=1 << 40,
    errors=3, conflicts={"insert_exists": 2}, states={TableName("a", "b"): "r", TableName("a", "c"): "d"},
)  # fmt: skip
_ASKED_FOR_BY_ALERTS_ALONE = {"bluegreen_lane_enabled", "bluegreen_subscription_enabled"}
_OUR_METRIC = re.compile(r"\bbluegreen_\w+")
_LINE = re.compile(r'^(?P<name>\w+)\{(?P<labels>(?:\w+="(?:[^"\\\n]|\\.)*",?)*)\} (?P<value>\S+)$')


def lane(facts: LaneFacts, *, exists: bool = True) -> dict[str, Any]:
    return {**facts.as_result(), "exists": exists}


def lines(reading: Reading) -> list[str]:
    return [line for line in lines_of(reading.samples()) if not line.startswith("#")]


def reading_of(facts: LaneFacts) -> Reading:
    return Reading("shop", 0.0, None, {}, {}, {"forward": {"one": lane(facts)}})


def test_what_is_unknown_is_absent_and_never_zero() -> None:
    assert lines(NOTHING) == ['bluegreen_reading_timestamp_seconds{migration="shop"} 1796000000.25']
    bare = lines(reading_of(LaneFacts()))[1:]
    labels = '{migration="shop",direction="forward",lane="one"}'
    assert bare == [f"bluegreen_lane_{name}{labels} 0" for name in ("enabled", "working", "copying_tables")]
    unknown = Reading(
        "shop", 0.0, None, {Side.GREEN: True}, {"forward": None}, {"reverse": {"one": lane(FACTS, exists=False)}}
    )
    assert lines(unknown)[1:] == ['bluegreen_side_fenced{migration="shop",side="green"} 1']


def test_a_whole_reading() -> None:
    fenced, lags = {Side.BLUE: False, Side.GREEN: True}, {"forward": 0.004}
    links = {"forward": {"one": lane(FACTS)}}
    reading = Reading("shop", 1.0, Side.BLUE, fenced, lags, links, free_disk=5, way_back_safe=False)
    labels = '{migration="shop",direction="forward",lane="one"}'
    assert lines(reading) == [
        'bluegreen_reading_timestamp_seconds{migration="shop"} 1',
        'bluegreen_side_in_service{migration="shop",side="blue"} 1',
        'bluegreen_side_in_service{migration="shop",side="green"} 0',
        'bluegreen_side_fenced{migration="shop",side="blue"} 0',
        'bluegreen_side_fenced{migration="shop",side="green"} 1',
        'bluegreen_way_back_safe{migration="shop"} 0',
        'bluegreen_link_lag_seconds{migration="shop",direction="forward"} 0.004',
        f"bluegreen_lane_enabled{labels} 1",
        f"bluegreen_lane_working{labels} 0",
        f"bluegreen_lane_lag_bytes{labels} 7",
        f"bluegreen_lane_retained_wal_bytes{labels} 1099511627776",
        f"bluegreen_lane_slot_at_risk{labels} 0",
        f"bluegreen_lane_copying_tables{labels} 1",
        f"bluegreen_lane_apply_errors_total{labels} 3",
        'bluegreen_lane_conflicts_total{migration="shop",direction="forward",lane="one",kind="insert_exists"} 2',
        'bluegreen_disk_free_bytes{migration="shop"} 5',
    ]
    assert {sample.metric for sample in reading.samples()} == set(READ_BY_MONITOR)


@pytest.mark.parametrize(("status", "at_risk"), [("reserved", 0), ("extended", 0), ("unreserved", 1), ("lost", 1)])
def test_a_slot_that_loses_wal_is_at_risk(status: str, at_risk: int) -> None:
    told = [line for line in lines(reading_of(LaneFacts(slot=True, slot_status=status))) if "at_risk" in line]
    assert [line.rpartition(" ")[2] for line in told] == [str(at_risk)]


def test_help_and_type_come_once_before_a_metrics_samples() -> None:
    links = {"forward": {name: lane(FACTS) for name in ("one", "two")}}
    whole = list(lines_of(Reading("shop", 1.0, Side.BLUE, {}, {}, links).samples()))
    place = whole.index("# TYPE bluegreen_lane_lag_bytes gauge")
    assert whole[place - 1].startswith("# HELP bluegreen_lane_lag_bytes ")
    assert [line.partition("{")[0] for line in whole[place + 1 : place + 3]] == ["bluegreen_lane_lag_bytes"] * 2
    assert len([line for line in whole if line.startswith("# TYPE")]) == len(
        {line.split()[2] for line in whole if "#" in line}
    )


@given(some.text())
def test_any_name_is_one_label_on_one_line(name: str) -> None:
    [line] = lines(Reading(name, 0.0, None, {}, {}, {}))
    found = _LINE.match(line)
    assert found is not None
    quoted = found["labels"].removeprefix('migration="').removesuffix('"')
    assert re.sub(r"\\(.)", lambda one: {"n": "\n"}.get(one[1], one[1]), quoted) == name


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_asks_for_metrics_and_labels_that_exist(alert: Alert) -> None:
    asked = set(_OUR_METRIC.findall(alert.expression))
    assert asked
    assert asked <= {metric.name for metric in METRICS}
    labels = {label for metric in METRICS if metric.name in asked for label in metric.labels}
    told = set(re.findall(r"\$labels\.(\w+)", alert.summary + alert.description))
    assert told <= labels


def test_the_dashboard_shows_every_metric_and_no_other_and_panels_lie_side_by_side() -> None:
    asked = {name for panel in PANELS for query in panel.queries for name in _OUR_METRIC.findall(query)}
    assert asked == {metric.name for metric in METRICS} - _ASKED_FOR_BY_ALERTS_ALONE
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    covered = [
        (place["x"] + x, place["y"] + y) for place in places for x in range(place["w"]) for y in range(place["h"])
    ]
    assert len(covered) == len(set(covered)), "two panels lie upon each other"
    assert {x for x, _y in covered} == set(range(24))


def test_each_query_of_the_exporter_has_its_metrics_as_columns() -> None:
    asked = yaml.safe_load(write_metrics.query_file())
    named = [
        (f"{query}_{column}", described["usage"])
        for query, entry in asked.items()
        for each in entry["metrics"]
        for column, described in each.items()
        if described["usage"] != "LABEL"
    ]
    assert named == [(metric.name, metric.kind.upper()) for metric in ASKED_BY_EXPORTER]
    for entry in asked.values():
        columns = [column for each in entry["metrics"] for column in each]
        assert re.findall(r" AS (\w+)(?:,|\n)", entry["query"]) == columns
    assert {query: entry["runonserver"] for query, entry in asked.items() if "runonserver" in entry} == {
        "bluegreen_slot_wal": ">=13.0.0",
        "bluegreen_subscription_stats": ">=15.0.0",
    }


def test_a_unit_is_what_a_name_ends_in() -> None:
    units = {metric.name: metric.unit for metric in METRICS}
    assert units["bluegreen_link_lag_seconds"] == "seconds"
    assert units["bluegreen_slot_lag_bytes"] == "bytes"
    assert units["bluegreen_lane_apply_errors_total"] == ""


def test_page_rules_and_dashboard_are_what_the_list_says() -> None:
    page = write_metrics.PAGE.read_text(encoding="utf-8")
    assert write_metrics.written(page) == page
    assert write_metrics.RULES.read_text(encoding="utf-8") == write_metrics.rule_file()
    assert write_metrics.DASHBOARD.read_text(encoding="utf-8") == write_metrics.dashboard_file()
    assert write_metrics.QUERY_FILE.read_text(encoding="utf-8") == write_metrics.query_file()
    assert len(rules()["groups"][0]["rules"]) == len(ALERTS)


def test_a_reading_that_is_kept_leaves_out_what_was_not_read() -> None:
    links = {"forward": {"one": lane(FACTS), "two": {**lane(FACTS), "exists": False}}}
    kept = Reading("shop", 1.0, None, {Side.BLUE: False}, {"forward": None}, links).as_result()
    assert kept["lanes"] == {
        "forward": {
            "one": {"enabled": True, "working": False, "lag_bytes": 7, "retained_bytes": 1 << 40, "apply_errors": 3}
        }
    }
    assert (kept["in_service"], kept["fenced"], kept["lag"]) == (None, {"blue": False}, {"forward": None})
    assert kept["free_disk"] is None


def test_all_metrics_of_a_query_have_the_same_labels() -> None:
    assert [query.name for query in QUERIES if len({metric.labels for metric in query.metrics}) > 1] == []
