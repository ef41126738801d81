# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page makes of measurements: the newest comparison, canaries, speeds, and what was not measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report import measured
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.fleet import summary_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.html import for_a_script
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.page import page_of
from tests.unit.report.facts import BEGIN, comparison, reading, seen, table


def _copy(at: float, done: int, *, attempt: int = 1, rate: float | None = 100.0) -> dict[str, Any]:
    return {
        "kind": "copy", "at": BEGIN + at, "attempt": attempt, "phase": "copying", "tables": 1, "bytes": 4096,
        "bytes_done": done, "bytes_per_second": rate,
    }  # fmt: skip


def _speeds(*copies: dict[str, Any]) -> list[float | None]:
    told = measured.copied(copies)
    assert told is not None
    return [value for _at, value in told["drawing"].series[0].points] if told["drawing"] else []


def test_the_newest_comparison_is_told_table_by_table() -> None:
    told = measured.compared(
        [
            comparison(table("old"), at=1.0),
            comparison(
                table("a"),
                table("b", agrees=False, differences=2),
                table("c", agrees=None, reason="no key"),
                {**table("d", agrees=None), "rows": None, "bytes": None},
                at=90.0,
            ),
        ]
    )
    assert told is not None
    assert [(one["name"], one["state"], one["words"]) for one in told["tables"]] == [
        ("a", "good", "equal"),
        ("b", "bad", "2 differences"),
        ("c", "care", "undecided: no key"),
        ("d", "care", "undecided: no reason is kept"),
    ]
    assert [(one["blue"], one["green"], one["size"]) for one in told["tables"][1::2]] == [
        ("1,200", "1,198", "4.0 MB"),
        ("not known", "not known", "not known"),
    ]


def test_canaries_are_told_by_direction_with_what_is_not_known() -> None:
    def sent(at: float, traffic: dict[str, Any] | None, **canary: Any) -> dict[str, Any]:
        return {"kind": "canary", "at": BEGIN + at, "traffic": traffic, "canaries": {"forward": canary}}

    told = measured.canaries(
        [sent(1, {"line": "calm"}, milliseconds=1234.56, slowest=None, sent=3), sent(2, None, milliseconds=None)]
    )
    assert [(one["direction"], one["sent"], one["last"], one["slowest"], one["traffic"]) for one in told] == [
        ("blue to green", "3", "1,234.6 ms", "not known", "calm"),
        ("blue to green", "not known", "not known", "not known", ""),
    ]


def test_a_direction_counts_that_has_a_lag_or_a_lane_and_one_reading_is_no_line() -> None:
    one = {**reading(0, 0.1), "lag": {"reverse": 0.5}}
    charts = {chart.name: chart for chart in measured.over_time([one, {**one, "at": BEGIN + 5}], [])}
    assert [series.name for series in charts["lag"].series] == ["green to blue"]
    assert [series.name for series in charts["retained"].series] == ["blue to green"]
    assert measured.over_time([one], []) == []


def test_a_speed_is_what_came_in_the_time_between() -> None:
    assert _speeds(_copy(0, 0), _copy(0.5, 50), _copy(0.5, 60), _copy(2.5, 60), _copy(3.5, 61)) == [100.0, 0.0, 1.0]
    assert _speeds(_copy(0, 9), _copy(1, 0), _copy(2, 5)) == [None, 5.0]


def test_only_the_newest_attempt_counts_and_an_unknown_speed_is_not_zero() -> None:
    told = measured.copied([_copy(0, 4000), _copy(1, 8, attempt=2), _copy(2, 16, attempt=2), _copy(3, 24, attempt=2)])
    assert told is not None
    assert (told["done"], told["rate"]) == ("24 bytes", "100 bytes/s")
    assert _speeds(_copy(0, 4000), _copy(1, 8, attempt=2), _copy(2, 16, attempt=2), _copy(3, 24, attempt=2)) == [8, 8]
    unknown = measured.copied([_copy(0, 1, rate=None)])
    assert unknown is not None
    assert unknown["rate"] == "not known"


def test_of_very_many_readings_some_are_kept_for_auditors_and_everything_else() -> None:
    def facts(number: int) -> dict[str, Any]:
        kept = [*(reading(at, 0.1) for at in range(number)), comparison(table("a"))]
        told: dict[str, Any] = json.loads(page_of("shop", seen(), [], kept)["json"])["measurements"]
        return told

    for number, readings, one_in in ((999, 999, 1), (1000, 1000, 1), (1001, 501, 2), (2001, 667, 3)):
        told = facts(number)
        assert (len(told["readings"]), told["one_reading_in"]) == (readings, one_in)
        assert [one["kind"] for one in told["others"]] == ["comparison"]


def test_a_live_page_tells_the_newest_reading_and_others_what_was_read() -> None:
    kept = [reading(0, 0.1, "blue"), reading(1, 0.1, "green"), reading(2, 0.1, None)]
    assert page_of("shop", seen(), [], kept, refresh=5.0)["in_service"] is None
    assert page_of("shop", seen(), [], kept)["in_service"] == "blue"


def test_what_was_read_stands_on_the_page() -> None:
    page = page_of("shop", seen(views=["v"], left_behind=[{"role": "r"}]), [], [])
    assert (page["views"], page["left_behind"], page["unreadable"]) == (["v"], [{"role": "r"}], 0)
    assert page["versions"] == {"blue": 17, "green": 18}


def test_a_row_of_a_fleet_has_sixty_points_at_most() -> None:
    def points(number: int) -> int:
        return len(summary_of("shop", [], None, "", [reading(at, float(at)) for at in range(number)])["lag"])

    assert (points(60), points(61)) == (60, 31)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": "\u00e9", "a": 1}, '{"a": 1, "b": "\\u00e9"}'),
        ("{{ x }}", '"\\u007b{ x }}"'),
        ("{% x", '"\\u007b% x"'),
        ("</script>&", '"\\u003c/script\\u003e\\u0026"'),
    ],
)
def test_facts_lead_out_of_no_script(value: Any, text: str) -> None:
    assert for_a_script(value) == text
    assert json.loads(text) == value
