# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page says about a migration: verdict first, nothing invented, nothing that leads out of a text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import WARNS, Finding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.measurements import (
    line_of,
    measured,
    read_lines,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.page import page_of
from tests.unit.report.facts import BEGIN, comparison, phase, plans, reading, seen, statement, switch, table

HOSTILE = 'Weird "%s" <b>Name</b> {{ 7*7 }} </script>'


def _answers(page: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["label"]: (one["state"], one["value"]) for one in page["verdict"]}


def test_of_a_migration_that_nobody_could_read_nothing_is_known() -> None:
    page = page_of("shop", {}, [], [])
    assert _answers(page) == {
        "In service": ("unknown", "Not known"),
        "Way back": ("unknown", "Not known"),
        "Rows equal": ("unknown", "Not compared"),
        "Needs a person": ("unknown", "Not known"),
    }
    assert page["as_of"] is None
    assert (page["timeline"], page["charts"], page["first_copy"], page["comparison"]) == (None, [], None, None)
    assert not re.search(r"\b0 (ms|s|bytes|rows)\b", json.dumps(page))


def test_a_calm_migration_needs_nobody() -> None:
    page = page_of("shop", seen(), [phase("verify", "00:55:00", 3.0)], [comparison(table("a"), table("b"))])
    assert _answers(page) == {
        "In service": ("calm", "Blue"),
        "Way back": ("calm", "Not needed"),
        "Rows equal": ("good", "2 of 2 tables"),
        "Needs a person": ("good", "Nothing"),
    }
    assert page["as_of"] == "2026-11-30 00:55:00"


@pytest.mark.parametrize(
    ("safe", "expected"),
    [(True, ("good", "Safe")), (False, ("bad", "Not safe")), (None, ("care", "Not known to be safe"))],
)
def test_the_way_back_is_safe_only_if_that_is_known(safe: bool | None, expected: tuple[str, str]) -> None:
    way = {"safe": safe, "reasons": ["why"], "unknown": [], "notes": []}
    page = page_of("shop", seen(in_service="green", rollback=way), [], [])
    assert _answers(page)["Way back"] == expected


@pytest.mark.parametrize("name", ["cleaned_up", "aborted", "archived", "revoked", "dropped"])
def test_a_migration_that_is_over_has_no_way_back_that_would_be_unsafe(name: str) -> None:
    way = {"safe": False, "reasons": ["no link"], "unknown": [], "notes": []}
    over = seen(in_service="green", rollback=way, standing={"name": name, "where": "over", "no_rollback": ""})
    assert _answers(page_of("shop", over, [], []))["Way back"] == ("calm", "Ended")


def test_a_way_back_that_was_not_read_is_not_known() -> None:
    assert _answers(page_of("shop", seen(in_service="green"), [], []))["Way back"] == ("unknown", "Not known")


@pytest.mark.parametrize(
    ("compared", "expected"),
    [
        (comparison(table("a"), table("b", agrees=None, reason="no time")), ("care", "1 of 2 tables")),
        (comparison(table("a"), table("b", agrees=False, differences=3)), ("bad", "1 of 2 tables")),
        (comparison(table("a"), mode="sample"), ("care", "1 of 1 table")),
    ],
)
def test_rows_are_equal_only_if_all_were_compared(compared: dict[str, Any], expected: tuple[str, str]) -> None:
    assert _answers(page_of("shop", seen(), [], [compared]))["Rows equal"] == expected


def test_who_is_needed_is_told_with_the_reason() -> None:
    facts = {
        "contradiction": "blue is open although the journal says it was fenced", "pending_target": "green",
        "findings": [Finding("BG268", WARNS, "blue", "rows do not flow", "Run setup", ("a.b",)).as_result()],
        "start_again": {"reason": "the link keeps 51.2 GB"},
    }  # fmt: skip
    journal = [phase("sync", "00:55:00", 3.0, state="failed", task="t", error="BG711: They differ.\nmore")]
    [answer] = [
        one for one in page_of("shop", seen(**facts), journal, [])["verdict"] if one["label"] == "Needs a person"
    ]
    assert (answer["state"], answer["value"]) == ("bad", "5 things")
    told = " ".join(answer["lines"])
    for word in ("although", "has not ended", "51.2 GB", "sync failed: BG711: They differ.", "flow (a.b). Run setup"):
        assert word in told


def test_a_failure_that_was_overcome_needs_nobody() -> None:
    journal = [phase("sync", "00:55:00", 3.0, state="failed", error="x"), phase("sync", "00:57:00", 3.0)]
    assert _answers(page_of("shop", seen(), journal, []))["Needs a person"] == ("good", "Nothing")


def test_a_live_page_believes_the_newest_reading() -> None:
    kept = [reading(0, 0.1), reading(5, 0.1, in_service="green")]
    live = _answers(page_of("shop", seen(), [], kept, refresh=5.0))
    assert live["In service"] == ("calm", "Green")
    assert live["Way back"] == ("unknown", "Not known"), "what was read before the switch says nothing about it"
    assert _answers(page_of("shop", seen(), [], kept))["In service"] == ("calm", "Blue")


def test_a_switch_is_drawn_against_the_wait_of_a_client() -> None:
    page = page_of("shop", seen(), [switch(1, "green", "01:05:00")], [])
    [one] = page["switches"]
    assert (one["took"], one["gap"]) == ("31.0 ms", "20.0 ms")
    assert "longest wait of a client" in one["drawing"]["wide"]
    assert [step["began"] for step in one["steps"]][:2] == ["0.0 ms", "1.2 ms"]


def test_what_a_client_measured_is_told_with_its_switch_and_no_other() -> None:
    client = {
        "began": "2026-11-30T01:04:50.000000Z", "ended": "2026-11-30T01:05:10.000000Z", "longest_gap_ms": 18.5,
        "failed": 0, "writes": 412, "lost": 0, "doubled": 0, "unknown": 0,
    }  # fmt: skip
    journal = [switch(1, "green", "01:05:00"), phase("cutover", "01:05:20", 30.0, client=client)]
    [first, second] = page_of("shop", seen(), [*journal, switch(2, "blue", "01:08:00")], [])["switches"]
    assert first["client"] == "longest gap 18 ms, 0 of 412 writes failed, 0 lost"
    assert "measured by a client" in first["drawing"]["wide"]
    assert "18.5 ms" in first["drawing"]["wide"]
    assert (second["client"], "measured by" in second["drawing"]["wide"]) == ("", False)


def test_a_switch_whose_beginnings_are_not_kept_has_no_waterfall() -> None:
    row = switch(1, "green", "01:05:00", milliseconds=None)
    for step in row["details"]["steps"]:
        del step["began"]
    [one] = page_of("shop", seen(), [row], [])["switches"]
    assert one["drawing"] is None
    assert (one["took"], one["gap"], one["steps"][0]["began"]) == ("not known", "not known", "not known")


def test_a_switch_that_was_undone_says_where_and_why() -> None:
    row = {**switch(1, "green", "01:05:00", step="fence blue", why="BG1: no\nmore"), "event": "undone"}
    [one] = page_of("shop", seen(), [row], [])["switches"]
    assert (one["title"], one["step"], one["why"]) == ("Switch 1 to green, undone", "fence blue", "BG1: no")
    assert 'class="bar failed"' in one["drawing"]["wide"]
    assert one["gap"] == "not known"


def test_a_phase_whose_time_is_not_kept_took_a_time_that_is_not_known() -> None:
    [run] = page_of("shop", seen(), [phase("rollback", "01:00:00", None)], [])["phases"]
    assert (run["took"], run["operator"]) == ("not known", "not known")


def test_charts_show_what_was_known_and_say_what_was_not() -> None:
    kept = [reading(0, 0.1), reading(5, None), reading(10, 0.3, retained_bytes=None)]
    charts = page_of("shop", seen(), [], kept)["charts"]
    told = {chart["title"]: chart["wide"] for chart in charts}
    assert (
        "last 300 ms, at most 300 ms at 00:53:30 UTC, 3 readings, 1 of them not known"
        in (told["How long a row takes to the other side"])
    )
    assert "last not known, at most 1.0 kB" in told["WAL that slots retain"]
    assert "Free disk where blue keeps its WAL" not in told, "its size was never known"


def test_of_a_copy_its_newest_attempt_is_told_until_it_ends() -> None:
    def copy(at: float, attempt: int, done: int, state: str = "copying") -> dict[str, Any]:
        return {
            "kind": "copy", "at": BEGIN + at, "attempt": attempt, "phase": state, "tables": 7, "bytes": 4096,
            "bytes_done": done, "bytes_per_second": 100.0,
        }  # fmt: skip

    kept = [copy(0, 1, 4000), copy(5, 2, 0), copy(10, 2, 1024), copy(15, 2, 4096, "done"), copy(900, 2, 4096, "done")]
    told = page_of("shop", seen(), [], kept)["first_copy"]
    assert (told["done"], told["of"], told["when"]) == ("4.0 kB", "4.0 kB", "2026-11-30 00:53:35")
    assert "at most 614 bytes/s" in told["drawing"]["wide"]
    kept[3] = copy(15, 2, 512)
    shrunk = page_of("shop", seen(), [], kept)["first_copy"]
    assert "1 of them not known" in shrunk["drawing"]["wide"], "what a stream that began again took away is no speed"


def test_what_people_said_is_told_with_the_run_that_used_it() -> None:
    said = {"accepted": ["BG152 public.log: not needed"], "approved": ["Anna, 2026-11-30"]}
    told = page_of("shop", seen(), [phase("cutover", "01:00:00", 1.0, evidence=said)], [])["evidence"]
    assert [(one["phase"], one["kind"], one["line"]) for one in told] == [
        ("cutover", "accepted", "BG152 public.log: not needed"),
        ("cutover", "approved", "Anna, 2026-11-30"),
    ]


def test_plans_that_changed_are_told_by_id_and_what_is_not_known_is_said() -> None:
    worse = statement("-419", "worse", sequential=["public.users"])
    refused = statement("77", "unknown", why="it is not read", cost_after=None)
    lacks = Finding("BG218", WARNS, "green", "indexes are missing there", "Create them there", ("public.i",))
    differs = {"kind": "setting", "name": "random_page_cost", "blue": "1.1", "green": "4"}
    newest = plans(
        statement("1", "same"), worse, refused, at=300.0, findings=[lacks.as_result()], differences=[differs]
    )
    told = page_of("shop", seen(), [], [plans(statement("2", "fails")), newest])["plans"]
    assert (told["said"], told["when"]) == ("3 statements, 1 with the same plan", "2026-11-30 00:58:20")
    assert [(one["id"], one["before"], one["after"], one["state"], one["words"]) for one in told["changed"]] == [
        ("-419", "8", "1,733", "bad", "worse; public.users read from end to end"),
        ("77", "8", "not known", "unknown", "not compared: it is not read"),
    ]
    assert told["findings"] == ["BG218 green: indexes are missing there (public.i). Create them there"]
    assert told["differences"] == ["setting random_page_cost: blue 1.1, green 4"]
    assert page_of("shop", seen(), [], [])["plans"] is None
    none = page_of("shop", seen(), [], [plans(findings=[lacks.as_result()])])["plans"]
    assert none["said"] == "No plan was compared", "unknown is not zero"


def test_who_was_not_told_is_told_with_the_reason() -> None:
    kept = [{"kind": "untold", "at": BEGIN + at, "lines": [f"BG730: team {at}"]} for at in (0, 60)]
    told = page_of("shop", seen(), [], kept)["untold"]
    assert told == [
        {"when": "2026-11-30 00:53:20", "line": "BG730: team 0"},
        {"when": "2026-11-30 00:54:20", "line": "BG730: team 60"},
    ]


def test_consumers_are_told_with_what_becomes_of_them() -> None:
    reader = {"pid": 1, "role": None, "application": "debezium", "address": None}
    known = {"side": "blue", "plugin": "pgoutput", "reader": None, "behind": None, "leave": None}
    found = [
        {**known, "slot": "<cdc>", "reader": reader, "behind": 2048, "leave": ""},
        {**known, "slot": "old", "leave": "nobody reads it"},
        {**known, "slot": "new", "reader": {**reader, "role": "cdc", "application": None}},
    ]
    told = page_of("shop", seen(consumers=found), [], [])["consumers"]
    assert [(one["slot"], one["reader"], one["behind"], one["becomes"]) for one in told] == [
        ("&lt;cdc&gt;", "debezium, as not known", "2.0 kB", "it is to move before cleanup"),
        ("old", "nobody", "not known", "it stays: nobody reads it"),
        ("new", "not known, as cdc", "not known", "not known"),
    ]
    assert (told[0]["side"], told[0]["plugin"]) == ("blue", "pgoutput")
    assert page_of("shop", seen(), [], [])["consumers"] == []


def test_no_name_leads_out_of_its_text() -> None:
    journal = [
        phase("verify", "01:00:00", 1.0, observations=[HOSTILE], error=HOSTILE, evidence={HOSTILE: [HOSTILE]}),
        switch(1, "green", "01:05:00", why=HOSTILE),
    ]
    journal[1]["details"]["steps"][0]["title"] = HOSTILE
    kept = [comparison(table(HOSTILE, agrees=None, reason=HOSTILE)), {"kind": "untold", "at": 1.0, "lines": [HOSTILE]}]
    kept.append(plans(statement(HOSTILE, "worse", why=HOSTILE, role=HOSTILE, sequential=[HOSTILE])))
    page = page_of(
        HOSTILE,
        seen(views=[HOSTILE], findings=[Finding("BG1", WARNS, "blue", HOSTILE, "", (HOSTILE,)).as_result()]),
        journal,
        kept,
    )
    facts = page.pop("json")
    assert "<" not in facts
    del page["summary"]  # a file of its own, and no HTML
    for text in (json.dumps(page), facts):
        assert "<b>" not in text
        assert "</script>" not in text
        assert "{{" not in text
    assert json.loads(facts)["migration"] == HOSTILE


def test_no_password_gets_in() -> None:
    uri = "postgresql://app:s3cret-word@db/shop"
    page = page_of("shop", seen(), [phase("sync", "01:00:00", 1.0, state="failed", error=f"no route to {uri}")], [])
    assert "s3cret-word" not in json.dumps(page)


def test_of_very_many_readings_one_in_so_many_is_handed_on() -> None:
    kept = [reading(number, 0.1) for number in range(2500)]
    page = page_of("shop", seen(), [], kept)
    told = json.loads(page["json"])["measurements"]
    assert (told["one_reading_in"], len(told["readings"]), page["readings"]) == (3, 834, 2500)


def test_lines_come_back_and_one_that_was_cut_short_is_counted() -> None:
    whole = [line_of({"kind": "reading"}, 1.23456), line_of({"kind": "copy", "at": 7.0}, 2.0)]
    lines = "\n".join([whole[0], '{"kind": "rea', whole[1], ""])
    assert read_lines(lines) == ([{"at": 1.235, "kind": "reading"}, {"at": 7.0, "kind": "copy"}], 1)


@pytest.mark.parametrize(
    ("module", "result", "kind"),
    [
        ("replication_watch", {"reading": {"at": 1.0}}, "reading"),
        ("replication_watch", {"reading": None}, None),
        ("replication_catchup", {"first_copy": {"bytes": 1}}, "copy"),
        ("replication_catchup", {"first_copy": None}, None),
        ("consistency_check", {"tables": [table("a")], "mode": "full", "reference": "blue"}, "comparison"),
        ("consistency_check", {"tables": [table("a")], "resume": {}}, None),
        ("canary", {"canaries": {"forward": {"milliseconds": 4.0}}}, "canary"),
        ("canary", {"canaries": {}, "resume": {}}, None),
        ("backfill", {"changed": True}, None),
        ("plan_comparison_info", {"side": "green", "statements": [], "findings": [], "differences": []}, "plans"),
        ("notify", {"lines": ["BG730: team was not told"]}, "untold"),
        ("notify", {"lines": []}, None),
    ],
)
def test_what_a_module_measured_is_kept(module: str, result: dict[str, Any], kind: str | None) -> None:
    found = measured(module, result)
    assert (found["kind"] if found else None) == kind
