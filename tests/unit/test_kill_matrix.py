# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of kill tests: no cell counts that was not hit, and a seed repeats a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.evidence import LocalCommits, both_writable
from tests.chaos.matrix import Matrix, cells, plan
from tests.chaos.steps import COMMIT, STEPS, named, unknown_steps
from tests.chaos.trial import Ending

_CELL = cells()[0]
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _matrix(*, hit: bool = True, wrong: tuple[str, ...] = (), sides: tuple[str, ...] = ("green", "blue")) -> Matrix:
    (run,) = plan([_CELL], 1, seed=1)
    matrix = Matrix([_CELL])
    for way, side in enumerate(sides):
        matrix.add(_CELL, Ending(run.place(way, side), hit=hit, wrong=list(wrong)))
    return matrix


def test_a_matrix_holds_when_every_planned_cell_was_hit_both_ways() -> None:
    assert _matrix().holds
    assert "1 + 1" in _matrix().render()


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        (_matrix(hit=False), "EMPTY"),
        (_matrix(sides=("green",)), "EMPTY"),
        (_matrix(wrong=("two writable sides",)), "WRONG"),
        (Matrix([_CELL]), "EMPTY"),
    ],
)
def test_an_empty_cell_and_a_wrong_ending_are_failures(matrix: Matrix, shown: str) -> None:
    assert not matrix.holds
    assert shown in matrix.render()


def test_a_seed_repeats_its_runs_and_another_one_does_not() -> None:
    every = cells()
    assert list(plan(every, 20, seed=7)) == list(plan(every, 20, seed=7))
    assert list(plan(every, 20, seed=7)) != list(plan(every, 20, seed=8))


def test_enough_runs_visit_every_cell() -> None:
    every = cells()
    assert {run.cell for run in plan(every, len(every) + 5, seed=1)} == set(every)


def test_213_runs_are_the_whole_matrix_of_what_may_befall_a_switch() -> None:
    planned = {(run.cell.fault.name, run.cell.step, run.cell.route) for run in plan(cells(), 213, seed=1)}
    faults = {"kill", "terminate", "cut", "crash blue", "crash green", "playbook", "bouncer", "deadline"}
    for step in STEPS[: STEPS.index(COMMIT) + 1]:
        assert {fault for fault, where, route in planned if where == step and route == "pgbouncer"} == faults
        assert {fault for fault, where, route in planned if where == step and route == "multihost"} == faults - {
            "bouncer"
        }
    for step in STEPS[STEPS.index(COMMIT) + 1 :]:
        assert {fault for fault, where, route in planned if where == step and route == "pgbouncer"} == faults - {
            "deadline"
        }


def test_the_steps_of_a_switch_are_compared_with_those_of_the_matrix() -> None:
    known = [{"title": named(step, "green")} for step in STEPS]
    assert not unknown_steps({"steps": known}, "green")
    assert unknown_steps({"steps": [*known, {"title": "a new step"}]}, "green") == {"a new step"}
    assert unknown_steps({"steps": known[1:]}, "green") == {STEPS[0]}


def test_writes_on_the_old_side_after_the_first_on_the_new_one_are_two_writable_sides() -> None:
    def commits(first: int, last: int) -> LocalCommits:
        return LocalCommits(_NOON + timedelta(seconds=first), _NOON + timedelta(seconds=last), 2)

    assert both_writable(commits(0, 5), commits(6, 9)) == timedelta()
    assert both_writable(commits(0, 7), commits(6, 9)) == timedelta(seconds=1)
    assert both_writable(commits(0, 7), LocalCommits(None, None, 0)) == timedelta()
