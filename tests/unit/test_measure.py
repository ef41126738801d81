# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A measure holds or not, and its line says so."""

from __future__ import annotations

import json

import pytest

from tests.benchmark.measure import Measure
from tests.benchmark.registry import names, parts_of


@pytest.mark.parametrize(
    ("value", "limit", "at_least", "holds"),
    [(5, 5, False, True), (5.1, 5, False, False), (5, 5, True, True), (4.9, 5, True, False)],
)
def test_a_limit_is_the_most_or_the_least(value: float, limit: float, at_least: bool, holds: bool) -> None:
    assert Measure("gap", value, "ms", limit, at_least=at_least).holds is holds


def test_the_line_has_every_key() -> None:
    line = json.loads(Measure("gap", 30.0, "ms", 25.0, baseline=10.0).as_line())
    assert line == {
        "name": "gap", "value": 30.0, "unit": "ms", "baseline": 10.0, "ratio": 3.0, "limit": 25.0, "holds": False,
    }  # fmt: skip


def test_without_a_baseline_there_is_no_ratio() -> None:
    line = json.loads(Measure("errors", 0, "errors", 0).as_line())
    assert (line["baseline"], line["ratio"], line["holds"]) == (None, None, True)


def test_a_benchmark_is_all_of_its_parts() -> None:
    parts = [name for name, _part in parts_of("cutover")]
    assert len(parts) > 1
    assert {"cutover", *parts} <= set(names())
    assert [name for name, _part in parts_of(parts[0])] == [parts[0]]
