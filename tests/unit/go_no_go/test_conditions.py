# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cutover's other conditions: each reason says enough to act on, and limits hold exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.report import Verdict
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.conditions import (
    ConditionFacts,
    not_approved,
    outside_window,
    predicted_drain,
    reasons_of_conditions,
    unmet_lines,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

AT_ONCE = 1024 * 1024
WINDOW = {"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:02:00Z"}
COMPARED = ConditionFacts(Verdict(clean=True, age=10.0, tables=frozenset("ab")), 7200.0, frozenset("ab"))


def told(facts: ConditionFacts) -> list[str]:
    """Return the reasons against a cutover to green."""
    return [reason.what for reason in reasons_of_conditions(facts, Side.GREEN)]


def test_what_was_changed_on_the_old_side_and_what_the_new_one_lacks_are_told_of_the_right_side() -> None:
    facts = ConditionFacts(schema_drift=("table a",), without_statistics=("b",), postponed="a file")
    reasons = {reason.code: reason for reason in reasons_of_conditions(facts, Side.GREEN)}
    assert {code: (reason.side, reason.severity) for code, reason in reasons.items()} == {
        "BG518": ("blue", BLOCKS),
        "BG525": ("green", BLOCKS),
        "BG533": ("blue", BLOCKS),
    }
    assert (reasons["BG518"].objects, reasons["BG525"].objects) == (("table a",), ("b",))


@pytest.mark.parametrize(
    ("verdict", "what"),
    [
        (Verdict(clean=True, age=7200.0, tables=frozenset("abc")), []),
        (Verdict(clean=True, age=9000.0, tables=frozenset("ab")), ["began 2.5 hours ago, more than 2"]),
        (Verdict(clean=True, age=1.0, tables=frozenset("b")), ["left out a"]),
        (Verdict(clean=False, age=1.0, tables=frozenset("ab")), ["did not find both sides equal"]),
        (None, ["no comparison of both sides has finished"]),
    ],
)
def test_a_comparison_that_does_not_count_says_why(verdict: Verdict | None, what: list[str]) -> None:
    found = told(replace(COMPARED, verdict=verdict))
    assert len(found) == len(what)
    assert all(one.endswith(part) for part, one in zip(what, found, strict=True))


def test_five_of_the_tables_that_a_comparison_left_out_are_named() -> None:
    (what,) = told(replace(COMPARED, tables=frozenset("abcdefgh"), verdict=Verdict(True, 1.0, frozenset("a"))))  # noqa: FBT003
    assert what.endswith("left out b, c, d, e, f")


@pytest.mark.parametrize(
    ("window", "now", "why"),
    [
        ({}, 0.0, ""),
        ({"start": None, "end": None}, 0.0, ""),
        (WINDOW, 60.0, ""),
        (WINDOW, 120.0, ""),
        (WINDOW, 59.9, "the window is from"),
        (WINDOW, 120.1, "the window is from"),
        ({**WINDOW, "end": None}, 90.0, "must be times in ISO 8601"),
        ({**WINDOW, "start": None}, 90.0, "must be times in ISO 8601"),
        ({**WINDOW, "start": "soon"}, 90.0, "must be times in ISO 8601"),
        ({**WINDOW, "end": "late"}, 90.0, "must be times in ISO 8601"),
    ],
)
def test_a_window_holds_to_its_edges_and_half_a_window_is_none(
    window: dict[str, str | None], now: float, why: str
) -> None:
    found = outside_window(window, now)
    assert found.startswith(why) if why.startswith("the window is") else why in found
    assert bool(found) is bool(why)


@pytest.mark.parametrize(
    ("asked", "file_says", "row_by", "approved"),
    [
        ({"word": "Ada, 2026-11-20"}, None, None, True),
        ({"word": "Ada"}, "Ada, 2026-11-20", None, True),
        ({"word": "Ada"}, None, "dba", True),
        ({"word": "Ada, 2026-11-20 or so"}, None, None, False),
        ({"file": "/go"}, "Ada", None, False),
        ({"word": False, "file": None}, None, None, True),
    ],
)
def test_any_way_that_is_asked_for_is_enough(
    asked: dict[str, object], file_says: str | None, row_by: str | None, approved: bool
) -> None:  # fmt: skip
    assert (not_approved(asked, file_says, row_by) == "") is approved


def test_who_has_not_approved_is_told_which_ways_there_are() -> None:
    assert "(by file or word" in not_approved({"word": "yes", "file": "/go", "row": False}, None, None)


@pytest.mark.parametrize(("name", "listed"), [("access", False), ("rollback", False), ("backup", True)])
@pytest.mark.parametrize("fulfilled", [None, False, True])
def test_an_unknown_prerequisite_is_as_good_as_none(name: str, listed: bool, fulfilled: bool | None) -> None:
    line = {"name": name, "fulfilled": fulfilled, "known_by": "facts", "detail": "why"}
    assert unmet_lines([line]) == ((f"{name}: why",) if listed and not fulfilled else ())


@pytest.mark.parametrize(
    ("name", "known_by", "listed"),
    [("window", "bluegreen_window", False), ("window", "nothing", True), ("team", "bluegreen_window", True)],
)
def test_the_window_that_the_switch_reads_itself_is_not_told_twice(name: str, known_by: str, listed: bool) -> None:
    line = {"name": name, "fulfilled": False, "known_by": known_by, "detail": "why"}
    assert bool(unmet_lines([line])) is listed


def test_what_is_little_drains_at_once_whatever_was_confirmed() -> None:
    assert predicted_drain(0, 0, AT_ONCE, 0.25) == 0.0
    assert predicted_drain(0, 0, AT_ONCE + 1, 0.25) is None
    assert predicted_drain(2 * AT_ONCE, AT_ONCE, 9 * AT_ONCE, 0.25) is None, "what goes backwards never arrives"


@given(
    st.integers(0, 1 << 40),
    st.integers(1, 1 << 30),
    st.integers(AT_ONCE + 1, 1 << 40),
    st.floats(0.01, 10, allow_nan=False),
)
def test_what_is_missing_drains_at_the_speed_that_was_seen(
    before: int, confirmed: int, missing: int, seconds: float
) -> None:
    after = before + confirmed
    found = predicted_drain(before, after, after + missing, seconds)
    assert found == pytest.approx(missing * seconds / confirmed)
