# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of tests that are left to `make soak` names files that exist, and tells names that no test has."""

from __future__ import annotations

from demo.commands import PROJECT
from tests.fixtures.long_runs import EACH_TIME, is_in_turn, long_runs, unknown


def test_each_file_on_the_list_exists() -> None:
    assert [one for one in long_runs() if not (PROJECT / one.partition("::")[0]).is_file()] == []


def test_a_name_that_no_test_of_a_collected_file_has_is_told() -> None:
    collected = ["a.py::test_one[17-18]", "a.py::test_two", "b.py::test_one"]
    assert unknown(["a.py::test_one[17-18]", "c.py::test_gone"], collected) == []
    assert unknown(["a.py::test_one", "b.py::test_one"], collected) == ["a.py::test_one"]


def test_each_test_has_its_day_and_some_have_every_day() -> None:
    tests = [f"tests/integration/a.py::test_one[{number}]" for number in range(400)]
    days = [[test for test in tests if is_in_turn(test, 4, day)] for day in range(100, 104)]
    assert sorted(test for day in days for test in day) == sorted(tests), "each once in four days"
    assert all(80 <= len(day) <= 120 for day in days)
    every_day = ["tests/integration/switch/test_cutover_kills.py::test_one", "tests/unit/a.py::test_one"]
    assert all(is_in_turn(test, 4, day) for test in every_day for day in range(4))
    assert all(is_in_turn(test, 1, 100) for test in tests)


def test_what_no_run_may_lack_exists() -> None:
    places = [str(path.relative_to(PROJECT)) for path in (PROJECT / "tests" / "integration").rglob("test_*.py")]
    for one in EACH_TIME:
        assert any(place.startswith(one) for place in places), one
