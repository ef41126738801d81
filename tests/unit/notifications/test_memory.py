# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only a change tells a channel something: a problem once, its end once, and a phase that did nothing never."""

from __future__ import annotations

import json

import pytest

from ansible_collections.bluegreen.postgresql.plugins.filter.told_so_far import told_so_far
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.memory import (
    Problems,
    judge,
    recall,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.message import Message, cut


def message(phase: str, state: str, text: str = "t", about: str = "", *, changed: bool = True) -> Message:
    return Message("shop", phase, state, text, "now", about, changed=changed)


def after(*messages: Message) -> Problems:
    problems: Problems = {}
    for one in messages:
        problems = judge(one, problems).problems
    return problems


FAILED = message("replicate", "failed", "BG301")


def states(one: Message, *before: Message) -> set[str]:
    return set(judge(one, after(*before)).states)


def test_a_failure_that_repeats_itself_is_told_once() -> None:
    assert states(FAILED) == {"failed"}
    assert states(FAILED, FAILED) == set()
    assert states(message("replicate", "failed", "BG302"), FAILED) == {"failed"}
    assert states(FAILED, FAILED, message("replicate", "done")) == {"failed"}


def test_a_phase_that_changed_nothing_is_told_only_where_it_ends_a_failure() -> None:
    nothing = message("replicate", "done", changed=False)
    assert states(nothing) == set()
    assert states(message("replicate", "done")) == {"done"}
    assert states(nothing, FAILED) == states(message("replicate", "done"), FAILED) == {"done", "recovered"}
    assert states(nothing, FAILED, nothing) == set()


@pytest.mark.parametrize(
    ("done", "failed", "over"),
    [("sync", "replicate", True), ("rollback", "cutover", True), ("cleanup", "monitor", False),
     ("sync", "verify", False), ("monitor", "monitor", True), ("monitor", "cutover", False),
     ("monitor", "lag", False), ("cutover", "lag", False),
     ("rehearse", "sync", False)],
)  # fmt: skip
def test_a_phase_ends_its_own_failure_and_those_of_phases_before_it(done: str, failed: str, over: bool) -> None:
    told = judge(message(done, "done"), after(message(failed, "failed")))
    assert told.ends == ((failed,) if over else ())
    assert (failed in told.problems) is not over


def test_an_approval_that_is_waited_for_is_no_problem_that_ends() -> None:
    waiting = message("cutover", "waiting")
    assert states(waiting, waiting) == set()
    assert states(message("cutover", "done"), waiting) == {"done"}
    assert after(waiting, message("cutover", "done")) == {}
    assert states(message("cutover", "failed"), waiting) == {"failed"}


def test_an_alarm_ends_where_it_is_said_to() -> None:
    late, fine = message("monitor", "alarm", about="lag"), message("monitor", "recovered", about="lag")
    assert states(late) == {"alarm"}
    assert states(late, late) == set()
    told = judge(fine, after(late))
    assert (set(told.states), told.ends, told.problems) == ({"recovered"}, ("lag",), {})
    assert states(message("monitor", "done"), late) == {"done"}


@pytest.mark.parametrize(
    "damaged",
    ["", "[]", "7", "{", "null", '{"channels": {"a": {"sync": 7}}, "lost": []}', '{"channels": 3, "lost": 4}',
     '{"channels": {}, "lost": [7]}', '{"channels": {"a": {"sync": {"state": "failed"}}}, "lost": []}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_memory_remembers_nothing(damaged: str) -> None:
    assert recall(damaged) == {"channels": {}, "lost": []}
    assert told_so_far(damaged) == {"known": [], "lost": []}


def test_a_memory_is_read_as_it_was_written() -> None:
    lost = {"at": "2026", "phase": "sync", "state": "done", "channel": "a", "why": "no answer"}
    memory = {"channels": {"a": dict(after(FAILED)), "b": {}}, "lost": [lost]}
    assert recall(json.dumps(memory)) == memory
    assert told_so_far(json.dumps(memory)) == {"known": ["replicate"], "lost": [lost]}


def test_what_begins_changes_no_problem() -> None:
    begins = judge(message("cutover", "begins"), after(FAILED))
    assert (set(begins.states), begins.ends, begins.problems) == ({"begins"}, (), after(FAILED))


def test_a_message_is_remembered_by_sixteen_digits_and_counts_as_a_change_unless_it_says_otherwise() -> None:
    assert [len(problem["told"]) for problem in after(FAILED).values()] == [16]
    assert Message("shop", "sync", "done", "t", "now").changed is True


def test_a_text_that_just_fits_is_whole() -> None:
    assert (cut("abc", 3), cut("abcd", 3)) == ("abc", "ab…")
