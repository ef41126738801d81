# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of tests that are left to `make soak` names files that exist, and tells names that no test has."""

from __future__ import annotations

from demo.commands import PROJECT
from tests.fixtures.long_runs import long_runs, unknown


def test_each_file_on_the_list_exists() -> None:
    assert [one for one in long_runs() if not (PROJECT / one.partition("::")[0]).is_file()] == []


def test_a_name_that_no_test_of_a_collected_file_has_is_told() -> None:
    collected = ["a.py::test_one[17-18]", "a.py::test_two", "b.py::test_one"]
    assert unknown(["a.py::test_one[17-18]", "c.py::test_gone"], collected) == []
    assert unknown(["a.py::test_one", "b.py::test_one"], collected) == ["a.py::test_one"]
