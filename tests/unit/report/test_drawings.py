# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements and paths: well-formed whatever a text says; what is unknown interrupts a line; thinning keeps extremes."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.bars import Bar, Bars
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.charts import (
    NARROW,
    WIDE,
    Lines,
    Mark,
    Series,
    spark,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.scales import unit_of_bytes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.svg import (
    Drawing,
    Point,
    path_of,
    thinned,
)

_POINTS = some.lists(some.tuples(some.floats(0, 1e6), some.none() | some.floats(0, 1e6)), min_size=1, max_size=400)
_TEXTS = some.text(some.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def _parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def _words(svg: str) -> list[str]:
    return ["".join(found.itertext()) for found in _parsed(svg).iter("text")]


def test_what_is_unknown_interrupts_a_line() -> None:
    points: list[Point] = [(0, 1), (1, 2), (2, None), (3, 4), (4, None), (5, 6), (6, 7)]
    assert path_of(points) == "M0 1L1 2M3 4h1M5 6L6 7"
    assert path_of([(0, None)]) == ""


@given(_POINTS, some.integers(30, 100))
def test_thinning_keeps_extremes_gaps_and_order(points: list[Point], most: int) -> None:
    kept = thinned(points, most)
    known = [value for _at, value in points if value is not None]
    still = [value for _at, value in kept if value is not None]
    assert len(kept) <= most + 3
    assert (min(still), max(still)) == (min(known), max(known)) if known else not still
    assert (None in [value for _at, value in kept]) == (None in [value for _at, value in points])
    assert [points.index(point) for point in kept] == sorted(points.index(point) for point in kept) or len(
        set(points)
    ) < len(points)


@given(_TEXTS, _TEXTS)
def test_no_text_breaks_out(title: str, told: str) -> None:
    svg = _parsed(Drawing("a", 10.0, 10.0, title, told, "").svg())
    assert [(found.tag, found.text or "") for found in svg] == [("title", title), ("desc", told)]
    assert svg.get("aria-labelledby") == "a-t a-d"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_chart_has_axes_with_unit_marks_limit_and_key(width: float) -> None:
    series = [
        Series("blue to green", [(0.0, 0.0), (60.0, 3 * 2**20)]),
        Series("green to blue", [(0.0, None), (60.0, 1.0)]),
    ]
    marks = [Mark(30.0, "to green"), Mark(30.5, "hidden by the one before"), Mark(90.0, "later")]
    chart = Lines("wal", "WAL", series, unit_of_bytes, marks, (2.0 * 2**20, "limit"), "in words")
    words = _words(chart.drawing(width).svg())
    for expected in ("MB", "0", "1", "3", "00:00:30", "to green", "limit", "blue to green", "green to blue"):
        assert expected in words, words
    assert not {"later", "hidden by the one before"} & set(words)


def test_everything_in_a_chart_lies_on_its_paper() -> None:
    chart = Lines("a", "A", [Series("one", [(0.0, 5.0), (1.0, 0.0)])], unit_of_bytes)
    svg = _parsed(chart.drawing(NARROW).svg())
    for line in svg.iter("line"):
        assert all(0 <= float(line.attrib[name]) <= NARROW for name in ("x1", "x2"))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_bar_is_seen_however_short_it_is(width: float) -> None:
    rows = [Bar("first", 0.0, 1000.0, "1,000 ms"), Bar("last, and " + "very " * 40 + "long", 1000.0, 1000.0, "0.0 ms")]
    svg = Bars("steps", "Steps", rows, "").drawing(width).svg()
    drawn = list(_parsed(svg).iter("rect"))
    assert all(float(one.attrib["width"]) >= 3 for one in drawn)
    assert all(float(one.attrib["x"]) + float(one.attrib["width"]) <= width for one in drawn)
    assert "ms" in _words(svg)
    assert any(words.startswith("last, and") and words.endswith("…") for words in _words(svg))


def test_a_spark_needs_two_values_that_are_known() -> None:
    assert spark("s", "lag", [(0.0, 1.0), (1.0, None)]) == ""
    assert "<path" in spark("s", "lag", [(0.0, 1.0), (1.0, 0.0)])
