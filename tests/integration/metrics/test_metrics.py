# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of metrics, read by a real node_exporter and a real Prometheus while a migration runs; the alert rules."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.alerts import ALERTS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.metrics.dashboard import dashboard
from demo.prometheus import Prometheus
from scripts.write_metrics import RULES
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.prometheus import firing, program, watching
from tests.live.modules import ModuleProcess

_SECONDS = 20.0


def _await(question: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _SECONDS
    while not (answer := question()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.2)
    return answer


def _read(made: Pair, file: Path, **more: Any) -> dict[str, Any]:
    return made.succeed("replication_watch", metrics_file=str(file), warning_seconds=1.0, **more)


@pytest.mark.parametrize(("blue", "green"), [(17, 18), pytest.param(14, 17, marks=pytest.mark.soak)])
def test_prometheus_reads_a_migration_and_alerts_when_a_lane_stops(
    pair: PairFactory, tmp_path: Path, blue: int, green: int
) -> None:
    made = pair(blue, green)
    with watching(tmp_path, {"blue": made.blue, "green": made.green}) as prometheus:
        file = prometheus.textfiles / "bluegreen_shop.prom"
        _read(made, file)
        made.replicate()
        _read(made, file, free_disk_command=["echo", "1000000000"])
        subprocess.run([program("promtool"), "check", "metrics"], input=file.read_bytes(), check=True)
        [free] = _await(lambda: prometheus.query("bluegreen_disk_free_bytes"))
        assert free["value"] == 1e9
        [serves] = prometheus.query("bluegreen_side_in_service == 1")
        assert (serves["side"], serves["migration"]) == ("blue", made.migration)
        [lag] = [one for one in prometheus.query("bluegreen_link_lag_seconds") if one["direction"] == "forward"]
        assert 0.0 < lag["value"] < 1.0
        [lane] = prometheus.query('bluegreen_lane_working{direction="forward"}')
        assert lane["value"] == 1.0
        assert prometheus.query("node_textfile_scrape_error")[0]["value"] == 0.0
        assert bool(prometheus.query("bluegreen_lane_apply_errors_total")) is (green >= 15)
        _await(lambda: prometheus.query('bluegreen_slot_active{job="blue"} == 1'))
        _await(lambda: prometheus.query('bluegreen_subscription_working{job="green"} == 1'))
        fenced = {one["job"]: one["value"] for one in prometheus.query("bluegreen_database_fenced")}
        assert fenced == {"blue": 0.0, "green": 1.0}
        _answers_each_panel(prometheus, without=set() if green >= 18 else {"conflicts"})
        assert firing(prometheus) == set()
        made.green.query("ALTER TABLE users RENAME TO gone")
        assert made.write(made.blue, "INSERT INTO users (name) VALUES ('lost on its way')") is None
        _await(lambda: not _read(made, file)["lag"]["forward"]["seconds"])
        _await(lambda: "BluegreenRowsDoNotArrive" in firing(prometheus))
        assert prometheus.query('bluegreen_link_lag_seconds{direction="forward"}') == []
        made.green.query("ALTER TABLE gone RENAME TO users")
        _await(lambda: _read(made, file)["lag"]["forward"]["seconds"])
        _await(lambda: "BluegreenRowsDoNotArrive" not in firing(prometheus))


def test_a_way_back_that_is_unsafe_is_an_alert_and_one_that_is_not_known_is_absent(
    pair: PairFactory, tmp_path: Path
) -> None:
    made = pair(17, 18, green_ddl="ALTER TABLE users ADD phone text")
    file = tmp_path / "bluegreen_shop.prom"
    made.replicate()

    def told() -> list[str]:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [line.rpartition(" ")[2] for line in lines if line.startswith("bluegreen_way_back_safe{")]

    def unfinished(resume: dict[str, Any] | None = None) -> dict[str, Any]:
        return _read(made, file, duration=60.0, interval=0.1, slice=0.001, resume=resume)

    assert (_read(made, file)["reading"]["way_back_safe"], told()) == (None, []), "blue serves: nothing to roll back"
    made.succeed("cutover", target="green")
    first = unfinished()
    assert told() == ["1"]
    assert made.write(made.green, "UPDATE users SET phone = '1' WHERE id = 1") is None
    second = unfinished(first["resume"])
    assert told() == ["1"], "a judgement is kept for a minute: it counts rows"
    second["resume"]["way_back_at"] -= 60.0
    unfinished(second["resume"])
    assert told() == ["0"]
    made.green.query("ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    assert (_read(made, file)["reading"]["way_back_safe"], told()) == (None, []), "unknown is absent"


def test_a_side_that_is_lost_ends_no_watch_and_is_told(pair: PairFactory, tmp_path: Path) -> None:
    made = pair(17, 18, alone=True)
    made.replicate()
    sides = {"blue": made.blue.endpoint("migrator"), "green": made.green.endpoint("migrator")}
    with watching(tmp_path) as prometheus:
        file = str(prometheus.textfiles / "bluegreen_shop.prom")
        asked = {"duration": 60.0, "interval": 1.0, "warning_seconds": 5.0, "late": False, "metrics_file": file}
        watch = ModuleProcess("replication_watch", {"migration": made.migration, **sides, **asked})
        _await(lambda: prometheus.query("count(bluegreen_side_fenced) == 2"))
        made.green.server.embedded.stop("immediate")
        _await(lambda: prometheus.query("count(bluegreen_side_fenced) == 1"))
        [left] = prometheus.query("bluegreen_side_fenced")
        assert (left["side"], left["value"]) == ("blue", 0.0)
        assert prometheus.query("bluegreen_lane_enabled") == []
        assert prometheus.query("bluegreen_side_in_service") == [], "green may serve: who knows?"
        _await(lambda: "BluegreenSideOutOfReach" in firing(prometheus))
    ended = watch.wait()
    assert not ended.get("failed"), ended
    assert ended["lag"]["forward"]["seconds"] is None


def _answers_each_panel(prometheus: Prometheus, without: set[str]) -> None:
    """Run each query of the dashboard; only what says that all is well may be empty."""
    for expression in (target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]):
        asked = partial(prometheus.query, expression.replace("$migration", ".*"))
        if "at_risk" in expression or "way_back" in expression or any(word in expression for word in without):
            assert asked() == []
        else:
            _await(asked)
    [switches] = dashboard()["annotations"]["list"]
    assert prometheus.query(switches["expr"].replace("$migration", ".*")) == []


def test_check_mode_writes_no_file_and_a_file_that_cannot_be_written_is_refused(
    pair: PairFactory, tmp_path: Path
) -> None:
    made = pair(17, 18)
    file = tmp_path / "shop.prom"
    _read(made, file, check=True)
    assert not file.exists()
    for wrong in (tmp_path / "shop.txt", tmp_path / "new" / "shop.prom", Path("/proc/shop.prom")):
        refused = made.run("replication_watch", metrics_file=str(wrong))
        assert refused["code"] == "BG332", refused
        assert str(wrong) in refused["msg"]
    _read(made, file)
    assert file.stat().st_mode & 0o777 == 0o644


_LANE = 'migration="shop",direction="forward",lane="one"'
# What each rule shall fire at, and what is so like it that it must not.
_SERIES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "BluegreenReplicationLate": (
        {'bluegreen_link_lag_seconds{migration="shop",direction="forward"}': "6x60"},
        {'bluegreen_link_lag_seconds{migration="shop",direction="forward"}': "5x60"},
    ),
    "BluegreenRowsDoNotArrive": (
        {f"bluegreen_lane_enabled{{{_LANE}}}": "1x60"},
        {
            f"bluegreen_lane_enabled{{{_LANE}}}": "1x60",
            'bluegreen_link_lag_seconds{migration="shop",direction="forward"}': "0x60",
        },
    ),
    "BluegreenLaneStopped": (
        {f"bluegreen_lane_enabled{{{_LANE}}}": "1x60", f"bluegreen_lane_working{{{_LANE}}}": "0x60"},
        {f"bluegreen_lane_enabled{{{_LANE}}}": "0x60", f"bluegreen_lane_working{{{_LANE}}}": "0x60"},
    ),
    "BluegreenApplyErrors": (
        {f"bluegreen_lane_apply_errors_total{{{_LANE}}}": "0+1x60"},
        {f"bluegreen_lane_apply_errors_total{{{_LANE}}}": "7x60"},
    ),
    "BluegreenConflicts": (
        {f'bluegreen_lane_conflicts_total{{{_LANE},kind="insert_exists"}}': "0+1x60"},
        {f'bluegreen_lane_conflicts_total{{{_LANE},kind="insert_exists"}}': "7x60"},
    ),
    "BluegreenSlotAtRisk": (
        {f"bluegreen_lane_slot_at_risk{{{_LANE}}}": "1x60"},
        {f"bluegreen_lane_slot_at_risk{{{_LANE}}}": "0x60"},
    ),
    "BluegreenDiskFillsUp": (
        {'bluegreen_disk_free_bytes{migration="shop"}': "10000-100x60"},
        {'bluegreen_disk_free_bytes{migration="shop"}': "1000000-100x60"},
    ),
    "BluegreenServerSlotAtRisk": (
        {'bluegreen_slot_wal_at_risk{slot="one"}': "1x60"},
        {'bluegreen_slot_wal_at_risk{slot="one"}': "0x60"},
    ),
    "BluegreenSubscriptionStopped": (
        {
            'bluegreen_subscription_enabled{subscription="one"}': "1x60",
            'bluegreen_subscription_working{subscription="one"}': "0x60",
        },
        {
            'bluegreen_subscription_enabled{subscription="one"}': "0x60",
            'bluegreen_subscription_working{subscription="one"}': "0x60",
        },
    ),
    "BluegreenBothSidesRefuse": (
        {f'bluegreen_side_fenced{{migration="shop",side="{side}"}}': "1x60" for side in ("blue", "green")},
        {
            'bluegreen_side_fenced{migration="shop",side="blue"}': "1x60",
            'bluegreen_side_fenced{migration="shop",side="green"}': "0x60",
        },
    ),
    "BluegreenSideOutOfReach": (
        {
            'bluegreen_reading_timestamp_seconds{migration="shop"}': "0+60x60",
            'bluegreen_side_fenced{migration="shop",side="blue"}': "0x60",
        },
        {
            'bluegreen_reading_timestamp_seconds{migration="shop"}': "0+60x60",
            'bluegreen_side_fenced{migration="shop",side="blue"}': "0x60",
            'bluegreen_side_fenced{migration="shop",side="green"}': "1x60",
        },
    ),
    "BluegreenWayBackUnsafe": (
        {'bluegreen_way_back_safe{migration="shop"}': "0x60"},
        {'bluegreen_way_back_safe{migration="shop"}': "1x60"},
    ),
    "BluegreenWayBackUnknown": (
        {'bluegreen_side_in_service{migration="shop",side="green"}': "1x60"},
        {
            'bluegreen_side_in_service{migration="shop",side="green"}': "1x60",
            'bluegreen_way_back_safe{migration="shop"}': "0x60",
        },
    ),
    "BluegreenWatchSilent": (
        {'bluegreen_reading_timestamp_seconds{migration="shop"}': "0x60"},
        {'bluegreen_reading_timestamp_seconds{migration="shop"}': "0+60x60"},
    ),
}


def test_a_mark_is_set_when_a_side_comes_into_service_and_none_for_the_one_that_it_leaves(tmp_path: Path) -> None:
    [switches] = dashboard()["annotations"]["list"]
    came = {"labels": '{migration="shop",side="green"}', "value": 1}
    sides = {"blue": "1x10 0x10", "green": "0x10 1x10"}
    name = "bluegreen_side_in_service"
    series = [{"series": f'{name}{{migration="shop",side="{side}"}}', "values": sides[side]} for side in sides]
    expression = switches["expr"].replace("$migration", ".*").replace("[1m]", "[2m]")
    asked = {"expr": f"({expression}) * 1", "eval_time": "11m", "exp_samples": [came]}
    test = {"name": "marks", "interval": "1m", "input_series": series, "promql_expr_test": [asked]}
    _promtool(tmp_path, [test])


def test_each_rule_fires_at_its_case_and_not_at_its_like(tmp_path: Path) -> None:
    assert set(_SERIES) == {alert.name for alert in ALERTS}
    tests = []
    for name, cases in _SERIES.items():
        for series, fires in zip(cases, (True, False), strict=True):
            numbers = [{"series": key, "values": value} for key, value in series.items()]
            # Labels and annotations of alerts that fire would have to be listed, so the rule's own series is asked.
            asked = {
                "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)',
                "eval_time": "40m",
                "exp_samples": [{"labels": "{}", "value": int(fires)}],
            }
            tests.append({"name": name, "interval": "1m", "input_series": numbers, "promql_expr_test": [asked]})
    _promtool(tmp_path, tests)


def _promtool(folder: Path, tests: list[dict[str, Any]]) -> None:
    file = folder / "rules_test.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "tests": tests}), encoding="utf-8")
    done = subprocess.run(
        [program("promtool"), "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
