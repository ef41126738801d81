# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps with their undo, and deadlines."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DeadlineReached, MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Step
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.critical_section import (
    CriticalSection,
    StepStopped,
)


def fail() -> None:
    """Fail as a step fails."""
    raise MigrationError("BG999", "it broke", "", "mend it")


@given(st.integers(1, 8), st.integers(0, 7))
def test_a_failure_undoes_what_was_begun_in_reverse_order(steps: int, failing: int) -> None:
    failing = min(failing, steps - 1)
    told: list[str] = []
    section = CriticalSection(lambda: None)

    def run_all() -> None:
        for number in range(steps):
            action = fail if number == failing else partial(told.append, f"do {number}")
            section.run(f"step {number}", action, partial(told.append, f"undo {number}"))

    with pytest.raises(StepStopped) as stopped:
        run_all()
    done = [f"do {number}" for number in range(failing)]
    assert told == done + [f"undo {number}" for number in range(failing, -1, -1)]
    assert stopped.value.step == f"step {failing}"
    assert stopped.value.undo_failures == ()


@pytest.mark.parametrize("failing", ["here", "there"])
def test_two_rows_end_both_before_anything_is_undone(failing: str) -> None:
    told: list[str] = []
    met = threading.Barrier(2, timeout=5)

    def step(name: str, row: str) -> Step:
        def act() -> None:
            met.wait()
            if row == failing:
                fail()
            time.sleep(0.05)
            told.append(f"do {name}")

        return Step(name, act, partial(told.append, f"undo {name}"))

    section = CriticalSection(partial(told.append, "before"))
    with pytest.raises(StepStopped) as stopped:
        section.run_beside([step("look", "here")], [step("prepare", "there")])
    lives = "prepare" if failing == "here" else "look"
    assert told == [f"do {lives}", "before", "undo prepare", "undo look"]
    assert stopped.value.step == ("look" if failing == "here" else "prepare")


def test_what_comes_after_a_failure_in_its_row_is_not_begun() -> None:
    told: list[str] = []
    section = CriticalSection(lambda: None)
    with pytest.raises(StepStopped):
        section.run_beside([Step("look", fail), Step("look again", partial(told.append, "looked"))], [])
    assert told == []


def test_an_undo_that_fails_is_named_and_the_others_still_run() -> None:
    told: list[str] = []
    section = CriticalSection(lambda: None)
    section.run("hold", lambda: None, lambda: told.append("released"))
    section.run("fence", lambda: None, fail)
    with pytest.raises(StepStopped) as stopped:
        section.run("drain", fail)
    assert told == ["released"]
    assert [one.split(":")[0] for one in stopped.value.undo_failures] == ["fence"]


def test_after_the_point_of_no_return_nothing_is_undone() -> None:
    told: list[str] = []
    section = CriticalSection(lambda: None)
    section.run("fence", lambda: None, lambda: told.append("undone"))
    section.pass_point_of_no_return()
    with pytest.raises(StepStopped):
        section.run("open", fail)
    assert told == []


def test_every_step_is_timed_the_failing_one_and_the_undo_too() -> None:
    section = CriticalSection(lambda: None)
    with pytest.raises(StepStopped):
        section.run("fence", fail, lambda: None)
    assert [step.title for step in section.record.steps] == ["fence", "undo: fence"]


class Hand:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time, in seconds."""
        return self.now


def test_a_deadline_counts_down_and_never_below_zero() -> None:
    clock = Hand()
    deadline = Deadline(10.0, "The switch", clock)
    clock.now += 4.0
    assert deadline.left() == pytest.approx(6.0)
    assert deadline.left_milliseconds() == 6000
    clock.now += 60.0
    assert deadline.left() == 0.0
    assert deadline.left_milliseconds() == 1, "0 would mean no limit to PostgreSQL"
    with pytest.raises(DeadlineReached, match="did not end within 10 s"):
        deadline.check()


def test_a_signal_ends_a_deadline_with_its_name() -> None:
    deadline = Deadline(10.0, "The switch", Hand())
    deadline.check()
    deadline.stop("SIGTERM")
    with pytest.raises(DeadlineReached, match="stopped by SIGTERM"):
        deadline.check()
