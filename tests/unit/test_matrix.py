# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of ansible-core and Python: which exist, whose turn it is, and when a run of all is a success."""

from __future__ import annotations

import re

import pytest
import yaml

from demo.commands import PROJECT
from scripts.matrix import PASSED, PYTHONS, UNKNOWN, Cell, cells, complete, in_turn, table


def test_the_cells_are_what_the_collection_promises() -> None:
    runtime = yaml.safe_load((PROJECT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    oldest, newest = min(cells()), max(cells())
    assert runtime["requires_ansible"] == f">={oldest[0]}.0"
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert f"ansible-core {oldest[0]} to {newest[0]} and Python {oldest[1]}+" in readme
    assert sorted({cell[1] for cell in cells()}) == list(PYTHONS)
    lock = (PROJECT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert max(re.findall(r"^ansible-core==(\d+\.\d+)\.", lock, re.MULTILINE)) == newest[0]


@pytest.mark.parametrize(
    ("pythons", "even", "odd"),
    [
        (PYTHONS, ("2.18", "3.11"), ("2.21", "3.14")),
        (("3.11", "3.13"), ("2.18", "3.11"), ("2.21", "3.13")),
        (("3.11",), ("2.18", "3.11"), ("2.19", "3.11")),
        (("3.14",), ("2.20", "3.14"), ("2.21", "3.14")),
    ],
)
def test_the_oldest_and_the_newest_of_what_is_here_take_turns(pythons: tuple[str, ...], even: Cell, odd: Cell) -> None:
    assert [in_turn(day, pythons) for day in (20786, 20787, 20788)] == [
        ("oldest", even),
        ("newest", odd),
        ("oldest", even),
    ]


def test_a_machine_without_any_of_the_pythons_is_told_so() -> None:
    with pytest.raises(SystemExit, match=r"None of Python 3\.11, .*3\.14 is here"):
        in_turn(1, [])


def test_a_python_that_is_not_here_is_in_the_table_and_no_failure() -> None:
    results = dict.fromkeys(cells(), PASSED) | {cell: UNKNOWN for cell in cells() if cell[1] == "3.14"}
    assert complete(results)
    lines = table(results).splitlines()
    assert lines[0].split("  ")[0] == "ansible-core"
    assert [line.count(UNKNOWN) for line in lines] == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    "spoilt",
    [
        {("2.19", "3.12"): "unit tests failed"},
        {cell: UNKNOWN for cell in cells() if cell[0] == "2.20"},
    ],
)
def test_a_cell_that_failed_or_an_ansible_core_that_ran_nowhere_is_a_failure(spoilt: dict[Cell, str]) -> None:
    assert not complete(dict.fromkeys(cells(), PASSED) | spoilt)
