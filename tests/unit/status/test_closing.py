# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that a person reads last: what was done, where things stand, what comes next; a failure's reasons once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.way_home import WayHome
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.closing import (
    Ending,
    Stand,
    Switched,
    closing_lines,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.next_step import NEXT, next_steps
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.playbooks import (
    PLAYBOOKS,
    REFUSE,
    TABLE,
    WORK,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.standing import Standing

_COMMAND = "ansible-playbook -i inventory.yml"
_PLAYBOOK = f"{_COMMAND} bluegreen.postgresql."
_SYNCED = Stand(Standing.SYNCED, "rows flow both ways")


def _step(title: str, milliseconds: float | None = None, changed: bool = True) -> dict[str, Any]:
    return {"title": title, "milliseconds": milliseconds, "changed": changed}


def _lines(ending: Ending, stand: Stand = _SYNCED) -> list[str]:
    lines, outlook = closing_lines(ending, stand, _COMMAND)
    return [*lines, *outlook]


def test_a_phase_that_went_well() -> None:
    steps = [_step("make the slot", 12.34), _step("copy", 7655.2)]
    found = ["canary: 8 ms", "rows are equal"]
    assert _lines(Ending("sync", 8.66, steps=steps, observations=found)) == [
        "sync is done in 8.7 s",
        "  did       make the slot, 12.3 ms",
        "            copy, 7.7 s",
        "  found     canary: 8 ms",
        "            rows are equal",
        "  stands    rows flow both ways",
        f"  next      {_PLAYBOOK}cutover --check --diff    # every reason against it, at once",
        f"            {_PLAYBOOK}cutover    # moves the applications to green",
        f"            {_PLAYBOOK}rollback    # gives the migration up; blue is left as it was",
    ]


def test_a_switch_shows_its_steps_and_the_longest_wait_of_a_client() -> None:
    steps = [_step("fence blue", 10.0), _step("lead the routes", 5.0), _step("complete the way back", 7.5)]
    way = WayHome(("a column stops it",), ("how much is free",), (), ())
    ending = Ending("cutover", 90.0, switched=Switched(steps, 30.0, sessions=3, ended=2))
    assert _lines(ending, Stand(Standing.GREEN_SERVES, "green is in service", way))[:9] == [
        "cutover is done in 1 min 30 s",
        "  steps         10.0 ms  fence blue",
        "                 5.0 ms  lead the routes",
        "                 7.5 ms  complete the way back",
        "  clients   waited for 22.5 ms at most",
        "  sessions  3 were left on the side out of service, 2 of them ended",
        "  way back  not safe",
        "            a column stops it",
        "            how much is free",
    ]


@pytest.mark.parametrize(
    ("took", "words"), [(59.94, "59.9 s"), (59.0, "59.0 s"), (60.0, "1 min 0 s"), (60.4, "1 min 0 s")]
)
def test_a_phase_of_a_minute_is_told_in_minutes(took: float, words: str) -> None:
    assert _lines(Ending("sync", took))[0] == f"sync is done in {words}"


@pytest.mark.parametrize(
    ("took", "words"),
    [(998.5, "998.5 ms"), (999.0, "999.0 ms"), (1000.0, "1.0 s"), (1000.5, "1.0 s"), (59949.0, "59.9 s")],
)
def test_a_step_of_a_second_is_told_in_seconds(took: float, words: str) -> None:
    assert _lines(Ending("sync", 1.0, steps=[_step("copy", took)]))[1] == f"  did       copy, {words}"


def test_a_step_of_a_switch_without_a_time_took_none_and_sessions_that_were_not_ended_were_not() -> None:
    ending = Ending("cutover", 1.0, switched=Switched([_step("fence blue")], 30.0, sessions=3))
    lines = _lines(ending)
    assert lines[1] == "  steps          0.0 ms  fence blue"
    assert "  sessions  3 were left on the side out of service, 0 of them ended" in lines


@pytest.mark.parametrize(("count", "last"), [(8, "line 7"), (9, "and 1 more, in the reports")])
def test_eight_lines_fit(count: int, last: str) -> None:
    lines = _lines(Ending("sync", 1.0, observations=[f"line {number}" for number in range(count)]))
    assert [line for line in lines if line.strip().startswith(("line", "found", "and"))][-1].strip() == last


def test_what_a_client_of_our_own_saw_is_told_instead_of_what_follows_from_the_steps() -> None:
    switched = Switched(
        [_step("lead the routes", 3.0)], 3.0, client="longest gap 31 ms, 0 of 412 writes failed, 0 lost"
    )
    lines = _lines(Ending("cutover", switched=switched))
    assert "  clients   longest gap 31 ms, 0 of 412 writes failed, 0 lost" in lines
    assert not [line for line in lines if "waited" in line]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (WayHome((), (), (), ()), "safe, nothing would be lost"),
        (WayHome((), ("x",), (), ()), "not known to be safe"),
        (WayHome(("x",), (), (), ()), "not safe"),
    ],
)
def test_whether_the_way_back_is_safe(way: WayHome, words: str) -> None:
    assert f"  way back  {words}" in _lines(Ending("status"), Stand(Standing.GREEN_SERVES, "x", way))


def test_a_wait_that_is_not_known_is_not_called_short() -> None:
    switched = Switched([_step("finish the interrupted switch", 3.0)], 3.0)
    lines = _lines(Ending("cutover", switched=switched))
    assert "  clients   waited for an unknown time" in lines
    assert "  sessions  none was left on the side out of service" in lines


def test_a_failure_has_each_reason_once_and_the_command_for_another_try() -> None:
    error = "BG710: 2 reasons. Nothing was changed.\nRemove them; then run the same command\nagain.\n- one\n- two\n"
    lines = _lines(Ending("prepare", 3.21, task="Stop while anything blocks", error=error, observations=["seen"]))
    assert lines == [
        'prepare failed after 3.2 s, at the task "Stop while anything blocks"',
        "  why       BG710: 2 reasons. Nothing was changed.",
        "            Remove them; then run the same command",
        "            again.",
        "            - one",
        "            - two",
        "  found     seen",
        "  stands    rows flow both ways",
        f"  then      {_PLAYBOOK}prepare",
    ]


def test_each_of_many_reasons_is_a_line() -> None:
    error = "BG500: No go, 2 reason(s): (1) BG527 blue: the window (2) BG540 blue: no backup. Nothing was changed."
    assert _lines(Ending("cutover", error=error))[1:4] == [
        "  why       BG500: No go, 2 reason(s):",
        "            (1) BG527 blue: the window",
        "            (2) BG540 blue: no backup. Nothing was changed.",
    ]
    error = "BG500: No go, 2 reason(s): BG527 blue: the window | BG540 blue: a | b. Nothing was changed."
    assert _lines(Ending("cutover", error=error))[1:3] == [
        "  why       BG500: No go, 2 reason(s): BG527 blue: the window",
        "            BG540 blue: a | b. Nothing was changed.",
    ]


@pytest.mark.parametrize("ending", [Ending("decommission", error="BG001: no"), Ending("decommission", check=True)])
def test_the_same_command_is_told_with_what_it_refuses_to_run_without(ending: Ending) -> None:
    assert _lines(ending)[-1].endswith("bluegreen.postgresql.decommission -e bluegreen_decommission_confirm=DATABASE")


def test_a_refused_phase_leads_to_what_comes_next_in_its_place() -> None:
    lines = _lines(Ending("setup", error="BG743: it is over", check=True), Stand(Standing.ARCHIVED, "it is over"))
    assert lines[-1].startswith(f"  next      {_PLAYBOOK}decommission")
    assert [line for line in lines if line.startswith("  then")] == []


def test_where_nobody_answers_the_reason_is_not_repeated() -> None:
    error = "BG003: nobody answers. Nothing was changed."
    assert (
        _lines(Ending("setup", error=error), Stand(None, unknown=error))[2]
        == "  stands    not known, for the same reason"
    )
    lines = _lines(Ending("setup", error="BG100: x", check=True), Stand(None, unknown="nobody\nanswers"))
    assert lines == [
        "setup failed; nothing was changed (check mode)",
        "  why       BG100: x",
        "  stands    not known: nobody\\nanswers",
        f"  then      {_PLAYBOOK}setup",
    ]


def test_check_mode_says_that_nothing_was_changed() -> None:
    lines = _lines(Ending("setup", 2.0, check=True, steps=[_step("gate blue")]))
    assert lines[:2] == ["setup would go through; nothing was changed (check mode)", "  would do  gate blue"]
    assert lines[-1] == f"  next      {_PLAYBOOK}setup"


def test_a_phase_with_nothing_to_do_says_why() -> None:
    assert _lines(Ending("replicate", 1.0, idle="rows flow"))[0] == "replicate has nothing to do here: rows flow"


def test_prepare_says_that_it_found_nothing() -> None:
    assert "  found     no obstacle" in _lines(Ending("prepare"))
    assert not [line for line in _lines(Ending("setup")) if "found" in line]


def test_what_is_too_much_for_a_terminal_is_in_the_reports() -> None:
    many = [f"step {number}" for number in range(1, 12)]
    lines = _lines(Ending("setup", steps=[_step(title) for title in many]))
    assert lines[8:10] == ["            step 8", "            and 3 more, in the reports"]
    assert "            step 11" in _lines(Ending("status", observations=many))


def test_a_name_begins_no_line_of_its_own() -> None:
    ending = Ending("setup", steps=[_step("gate a\nb")], observations=["c\nd"])
    assert _lines(ending)[1:3] == ["  did       gate a\\nb", "  found     c\\nd"]


@pytest.mark.parametrize("standing", Standing)
def test_no_advice_is_refused_where_it_is_given(standing: Standing) -> None:
    assert [step.playbook for step in NEXT[standing] if TABLE[standing][step.playbook].does == REFUSE] == []


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("after", PLAYBOOKS)
def test_what_has_just_ended_is_advised_again_only_where_nothing_else_is(standing: Standing, after: str) -> None:
    steps = next_steps(standing, after)
    assert set(steps) <= set(NEXT[standing])
    others = [step for step in NEXT[standing] if step.playbook != after]
    assert not others or set(others) <= set(steps)
    assert bool(steps) is bool(NEXT[standing])
    assert all(TABLE[standing][step.playbook].does == WORK for step in steps)
