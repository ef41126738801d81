# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a fleet: what needs a person comes first, and no name leads out of its text."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.fleet import rows_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.page import page_of
from tests.unit.report.facts import reading, seen


def _summary(name: str, **facts: Any) -> dict[str, Any]:
    kept = [reading(0, 0.004), reading(5, 0.2), reading(10, facts.pop("lag", 0.1))]
    summary = page_of(name, seen(**facts), [], kept)["summary"]
    again: dict[str, Any] = json.loads(json.dumps(summary))
    return again


def test_what_needs_a_person_comes_first_then_the_order_of_names() -> None:
    ill = _summary("zebra", contradiction="blue is open")
    rows = rows_of({"a/report.html": _summary("a"), "b/report.html": _summary("b"), "zebra/report.html": ill})
    assert [row["migration"] for row in rows] == ["zebra", "a", "b"]
    assert [one["value"] for one in rows[1]["answers"]] == ["Blue", "Not needed", "Not compared", "Nothing"]


def test_a_row_has_its_line_and_says_when_the_lag_is_not_known() -> None:
    [row] = rows_of({"a/report.html": _summary("a")})
    assert row["lag"] == "100 ms"
    assert "a row took 100 ms at last, at most 200 ms" in row["spark"]
    [lost] = rows_of({"a/report.html": _summary("a", lag=None)})
    assert lost["lag"] == "not known"


def test_a_migration_without_a_reading_has_no_line() -> None:
    [row] = rows_of({"a/report.html": page_of("a", {}, [], [])["summary"]})
    assert (row["spark"], row["lag"], row["as_of"], row["where"]) == ("", "", "", "")


def test_no_name_leads_out_of_its_row() -> None:
    [row] = rows_of({'x"><b>/report.html': _summary("<b>{{ 7*7 }}</b>")})
    told = json.dumps(row)
    assert "<b>" not in told
    assert "{{" not in told
