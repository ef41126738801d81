# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page takes from the journals: phases, switches with their steps, other events, moments that explain."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report import story
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.bars import Bar
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.verdict import verdict
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.words import seconds
from tests.unit.report.facts import BEGIN, phase, switch

_CUT = switch(1, "green", "00:54:20")
_UNDONE = {
    **switch(2, "blue", "00:55:20", step="drain into green", why="too slow\nmore", steps=None),
    "event": "undone",
}


def _client(began: str, ended: str, gap: float) -> dict[str, Any]:
    moments = {"began": f"2026-11-30T{began}.000000Z", "ended": f"2026-11-30T{ended}.000000Z"}
    return {
        **moments, "longest_gap_ms": gap, "writes": 9, "failed": 0, "unknown": 0, "lost": 0, "doubled": 0,
        "acknowledged": 9, "settled": 0, "errors": {}, "p50_ms": 1.0, "p99_ms": 1.0, "sides": [], "ended_by": "stop",
    }  # fmt: skip


def test_a_phase_is_told_with_its_beginning_its_end_and_who_ran_it() -> None:
    rows = [
        phase("setup", "00:54:20", 30.0, operator="ada", task="Copy", error="it broke", observations=[1]),
        {**phase("sync", "00:55:20", None, state="failed"), "by_role": None},
        _CUT,
    ]
    assert story.phases(rows) == [
        {
            "phase": "setup", "state": "done", "failed": False, "began": BEGIN + 30, "ended": BEGIN + 60,
            "when": "2026-11-30 00:53:50", "took": "30.0 s", "operator": "ada", "role": "migrator",
            "observations": ["1"], "task": "Copy", "error": "it broke",
        },
        {
            "phase": "sync", "state": "failed", "failed": True, "began": None, "ended": BEGIN + 120,
            "when": "2026-11-30 00:55:20", "took": "not known", "operator": "not known", "role": "not known",
            "observations": [], "task": "", "error": "",
        },
    ]  # fmt: skip


def test_the_timeline_has_a_bar_for_each_phase() -> None:
    rows = [phase("setup", "00:54:20", 30.0), phase("sync", "00:55:20", None, state="failed")]
    drawn = story.timeline(story.phases(rows))
    assert drawn is not None
    assert drawn.rows == [
        Bar("setup", BEGIN + 30, BEGIN + 60, "30.0 s", "done"),
        Bar("sync, failed", BEGIN + 120, BEGIN + 120, "not known", "failed"),
    ]
    assert drawn.times is True
    assert story.timeline([]) is None


def test_a_switch_is_told_step_by_step_and_one_that_was_undone_says_why() -> None:
    [cut, undone] = story.switches([phase("setup", "00:54:00", 1.0), _CUT, _UNDONE])
    assert (cut["title"], cut["number"], cut["undone"], cut["gap"]) == ("Switch 1 to green", 1, False, "20.0 ms")
    assert (undone["title"], undone["number"], undone["undone"]) == ("Switch 2 to blue, undone", 2, True)
    assert (undone["why"], undone["step"], undone["gap"]) == ("too slow", "drain into green", "not known")
    assert (undone["steps"], undone["drawing"]) == ([], None)
    assert cut["steps"][0] == {"title": "hold the routes", "began": "0.0 ms", "took": "1.2 ms", "waits": False}
    assert [step["waits"] for step in cut["steps"]] == [False, False, False, True, True, False, False, False]
    [known] = story.switches(
        [{**_CUT, "details": {"steps": [{"title": "a", "milliseconds": 1.0}], "milliseconds": 1.0}}]
    )
    assert (known["steps"][0]["waits"], known["drawing"]) == (False, None), (
        "what is not said to wait has changed something"
    )


def test_the_waterfall_has_the_waits_of_clients_first_and_then_each_step_where_it_ran() -> None:
    [cut] = story.switches([_CUT, phase("cutover", "00:54:40", 1.0, client=_client("00:54:00", "00:54:30", 25.0))])
    bars = cut["drawing"].rows
    assert bars[:2] == [
        Bar("measured by a client", 0.0, 25.0, "25.0 ms", "gap"),
        Bar("longest wait of a client", 0.0, 20.0, "20.0 ms", "gap"),
    ]
    assert bars[2] == Bar("hold the routes", 0.0, 1.2, "1.2 ms", "done")
    assert bars[6] == Bar("drain into green", 10.4, 15.2, "4.8 ms", "waits")


def test_steps_that_failed_or_were_taken_back_are_drawn_as_such() -> None:
    steps = [
        {"title": "fence blue", "began": 0.0, "milliseconds": 1.0},
        {"title": "drain", "began": 1.0, "milliseconds": 2.0, "changed": False},
        {"title": "undo: fence blue", "began": 3.0, "milliseconds": 1.0, "changed": True},
    ]
    [undone] = story.switches([{**_UNDONE, "details": {"steps": steps, "milliseconds": 4.0, "step": "drain"}}])
    assert [one.kind for one in undone["drawing"].rows] == ["done", "failed", "undo"]


@pytest.mark.parametrize(
    ("began", "ended", "seen"),
    [
        ("00:54:20", "00:54:30", True), ("00:54:10", "00:54:20", True), ("00:54:21", "00:54:30", False),
        ("00:54:10", "00:54:19", False),
    ],
)  # fmt: skip
def test_a_probe_counts_for_the_switch_that_ended_while_it_ran(began: str, ended: str, seen: bool) -> None:
    [cut] = story.switches([_CUT, phase("cutover", "00:54:40", 1.0, client=_client(began, ended, 25.0))])
    assert bool(cut["client"]) is seen
    assert (cut["drawing"].rows[0].label == "measured by a client") is seen


def test_other_events_have_their_place_in_the_wal_where_it_is_known() -> None:
    rows = [{**_CUT, "event": "fenced", "side": "blue", "lsn": "0/1A"}, {**_CUT, "event": "opened", "side": "green"}]
    assert story.others([*rows, _CUT]) == [
        {"when": "2026-11-30 00:54:20", "what": "blue refuses writes: the point of no return", "lsn": "0/1A"},
        {"when": "2026-11-30 00:54:20", "what": "green was opened", "lsn": ""},
    ]


def test_only_switches_mark_a_line_over_time() -> None:
    rows = [phase("setup", "00:54:00", 1.0), _CUT, _UNDONE]
    assert list(story.marks_of(rows)) == [(BEGIN + 60, "to green"), (BEGIN + 120, "undone")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not known"), (0.0, "0 ms"), (0.1234, "123 ms"), (0.9994, "999 ms"), (1.0, "1.0 s"), (1.26, "1.3 s"),
        (59.94, "59.9 s"), (59.0, "59.0 s"), (60.0, "1 min 0 s"), (90.0, "1 min 30 s"),
    ],
)  # fmt: skip
def test_a_time_is_told_in_the_unit_that_fits(value: float | None, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("where", "read", "lines"),
    [("all is well", "green", ["all is well"]), ("all is well", "blue", []), ("", "green", []), ("", "blue", [])],
)
def test_where_it_stands_is_told_only_of_the_side_that_serves_now(where: str, read: str, lines: list[str]) -> None:
    seen = {"in_service": read, "standing": {"where": where}}
    assert verdict(seen, "green", [])[0]["lines"] == lines


@pytest.mark.parametrize(("refused", "lines"), [("blue is lost", ["blue is lost"]), (None, [])])
def test_why_a_way_back_is_not_known(refused: str | None, lines: list[str]) -> None:
    way = verdict({"in_service": "green", "standing": {"no_rollback": refused}}, "green", [])[1]
    assert (way["value"], way["lines"]) == ("Not known", lines)


def test_the_newest_phase_alone_needs_a_person() -> None:
    failed, done = (
        phase("setup", "00:54:00", 1.0, state="failed", error="no disk\nat all"),
        phase("sync", "00:55:00", 1.0),
    )
    assert verdict({"journal": [done, failed]}, "blue", [])[3]["lines"] == ["setup failed: no disk"]
    assert verdict({"journal": [failed, done]}, "blue", [])[3]["lines"] == []
