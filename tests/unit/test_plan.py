# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan without steps changes nothing, and every result shows steps in one shape."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import (
    Plan,
    Record,
    Step,
    StepResult,
    in_milliseconds,
)


class _Same:
    """A state that no step touches."""

    def as_result(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def as_diff(self) -> str:
        """Return nothing."""
        return ""


def test_a_plan_changes_what_its_steps_say_in_their_order() -> None:
    state = _Same()
    assert not Plan(state).changes
    done: list[str] = []
    plan = Plan(state, tuple(Step(title, partial(done.append, title)) for title in ("publish it", "subscribe to it")))
    assert plan.changes
    plan.perform()
    assert done == ["publish it", "subscribe to it"]


def _fail() -> None:
    raise MigrationError("BG999", "it broke", "", "mend it")


def test_a_step_has_no_time_before_it_is_done_and_then_one_to_a_tenth_of_a_millisecond() -> None:
    look = Step("look", partial(time.sleep, 0.02), changes=False)
    plan = Plan(_Same(), (look, Step("open green", lambda: None)))
    assert [step.as_result() for step in plan.planned] == [
        {"title": "look", "milliseconds": None, "changed": False},
        {"title": "open green", "milliseconds": None, "changed": True},
    ]
    plan.perform()
    looked, opened = plan.record.as_result()
    assert 20.0 <= looked["milliseconds"] == round(looked["milliseconds"], 1)
    assert looked["milliseconds"] + opened["milliseconds"] <= (plan.record.milliseconds or 0.0) + 0.2
    assert (opened["title"], opened["milliseconds"] >= 0.0) == ("open green", True)


def test_milliseconds_have_one_digit_after_the_point() -> None:
    assert [in_milliseconds(seconds) for seconds in (0.0, 0.02, 1.23456, 60.0)] == [0.0, 20.0, 1234.6, 60_000.0]


def test_plans_of_the_same_steps_are_the_same_whatever_was_done() -> None:
    state, steps = _Same(), (Step("publish it", list),)
    done = Plan(state, steps)
    done.perform()
    assert done == Plan(state, steps)


def test_nothing_has_a_time_before_it_has_ended() -> None:
    record, seen = Record(), []
    record.perform(Step("look", lambda: seen.append(record.milliseconds)))
    assert seen == [None]


def test_a_step_that_fails_has_a_time_as_well() -> None:
    record = Record()
    with pytest.raises(MigrationError):
        record.perform(Step("fence blue", _fail))
    assert [step.title for step in record.steps] == ["fence blue"]


def test_a_step_that_consists_of_others_is_shown_as_those() -> None:
    parts = [StepResult("fence blue", 1.0, changed=True), StepResult("open green", 2.0, changed=True)]
    record = Record()
    record.perform(Step("switch to green", lambda: parts))
    record.perform(Step("switch again", list))
    assert record.steps == parts


def test_steps_beside_each_other_take_the_time_of_the_longer_one() -> None:
    record = Record()
    assert Record().milliseconds is None
    with ThreadPoolExecutor(2) as pool:
        for _number in range(2):
            pool.submit(record.perform, Step("wait", partial(time.sleep, 0.05)))
    assert record.milliseconds is not None
    assert 50.0 <= record.milliseconds < sum(step.milliseconds or 0.0 for step in record.steps)


def test_with_fresher_facts_only_what_is_left_is_done() -> None:
    done: list[str] = []
    step = {title: Step(title, partial(done.append, title)) for title in ("drop it", "record it", "something new")}
    planned = Plan(_Same(), (step["drop it"], step["record it"]))
    planned.perform_what_is_left(Plan(_Same(), (step["record it"], step["something new"])))
    assert done == [one.title for one in planned.record.steps] == ["record it"]


def test_a_journal_learns_when_each_step_began() -> None:
    record = Record()
    for title in ("first", "second"):
        record.perform(Step(title, partial(time.sleep, 0.02)))
    first, second = record.with_beginnings()
    assert (first["title"], first["began"]) == ("first", 0.0)
    assert second["began"] >= first["milliseconds"]
    assert "began" not in record.as_result()[0]
