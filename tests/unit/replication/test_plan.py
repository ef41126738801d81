# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for a link: each gap is closed, and nothing begins that would lose or double rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import create_autospec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.copy.first_copy import (
    DONE,
    FAILED,
    CopyFacts,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import LaneFacts, LaneSpec
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import StepResult
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.plan import (
    PLANS,
    How,
    LaneState,
    LinkState,
    Remnants,
    after_some_steps,
    copy_steps,
    leads_into_service,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.verbs import LaneVerbs
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from tests.unit.replication.examples import (
    ALONE,
    BACK,
    BLUE,
    BLUE_SERVES,
    CLOSED,
    GREEN,
    GREEN_SERVES,
    HEALTHY,
    LIVE,
    OPEN,
    OPTIONS,
    ORDERS,
    PARKED,
    SPEC,
    USERS,
    WORKER,
    actions,
    deeds,
    lane,
    planned,
    refused,
)


def test_nothing_is_done_about_a_link_that_is_as_it_should_be() -> None:
    assert planned(lane()) == ([], HEALTHY)
    assert actions(lane(), wish="enabled") == []
    assert actions(lane(replace(HEALTHY, enabled=False)), wish="disabled") == []
    assert actions(lane(LaneFacts()), wish="absent") == []
    assert actions(lane(LaneFacts()), wish="enabled") == [], "what is not there is not enabled"


@pytest.mark.parametrize(
    ("change", "done"),
    [
        ({"all_tables": True}, ["replace_publication"]),
        ({"published": (USERS,)}, ["change_publication"]),
        ({"published": (ORDERS, USERS)}, []),
        ({"enabled": False}, ["enable"]),
        ({"attached": False}, ["attach"]),
        ({"options": {**OPTIONS, "origin": "any"}}, ["set_options"]),
        ({"options": {**OPTIONS, "binary": "on"}}, []),
        ({"states": {USERS.table: "r"}}, ["refresh"]),
        ({"states": {USERS.table: "r"}, "enabled": False}, ["enable", "refresh"]),
        ({"states": {}, "attached": False, "options": {}}, ["attach", "set_options", "refresh"]),
    ],
)
def test_only_what_differs_is_mended(change: dict[str, Any], done: list[str]) -> None:
    assert actions(lane(replace(HEALTHY, **change))) == done


def test_an_option_that_differs_is_named_and_the_others_are_left() -> None:
    other = lane(replace(HEALTHY, options={"streaming": "on", "origin": "none"}))
    assert planned(other)[0] == [("set_options", (SPEC, {"streaming": "parallel"}))]
    (step,), _facts = PLANS["present"](other, LIVE, create_autospec(LaneVerbs, instance=True))
    assert step.title == f"set streaming = parallel of {SPEC.name}"


@pytest.mark.parametrize("brings", [True, False])
def test_a_table_that_joins_brings_its_rows_only_where_that_is_wanted(brings: bool) -> None:
    joins = lane(replace(HEALTHY, states={}), brings_rows=brings)
    assert planned(joins)[0] == [("refresh", (SPEC, brings))]


@pytest.mark.parametrize(
    ("facts", "how", "done"),
    [
        (LaneFacts(), LIVE, ["create_publication", "create_slot", "subscribe"]),
        (LaneFacts(), replace(LIVE, copy="snapshot"), ["create_publication"]),
        (LaneFacts(published=SPEC.tables), replace(LIVE, copy="none"), ["create_slot", "subscribe"]),
        (LaneFacts(published=SPEC.tables, slot=True), replace(LIVE, copy="none"), ["subscribe"]),
        (LaneFacts(), PARKED, ["create_publication", "arm"]),
        (LaneFacts(), replace(PARKED, copy="snapshot"), ["create_publication", "arm"]),
    ],
)
def test_a_link_is_made_as_far_as_it_is_to_go(facts: LaneFacts, how: How, done: list[str]) -> None:
    assert actions(lane(facts), how) == done


def test_a_link_that_lies_ready_gets_no_slot_and_is_not_enabled() -> None:
    _deeds, facts = planned(lane(LaneFacts()), PARKED)
    assert (facts.published, facts.subscription) == (SPEC.tables, True)
    assert (facts.slot, facts.enabled) == (False, False)
    _deeds, facts = planned(lane(LaneFacts()))
    assert (facts.slot, facts.enabled, facts.options) == (True, True, OPTIONS)


def test_one_that_lies_ready_is_subscribed_anew_where_it_lacks_a_table_since_it_cannot_be_refreshed() -> None:
    stopped = replace(HEALTHY, slot=False, enabled=False, attached=False, states={USERS.table: "r"})
    assert actions(lane(stopped), PARKED) == ["unsubscribe", "arm"]
    assert actions(lane(replace(stopped, states=HEALTHY.states)), PARKED) == []
    assert actions(lane(replace(HEALTHY, states={})), PARKED) == ["refresh"], "one that still runs can be"
    assert planned(lane(HEALTHY), PARKED)[1].enabled, "nobody stops what runs"


@pytest.mark.parametrize(
    ("facts", "done"),
    [
        (HEALTHY, ["unsubscribe", "unpublish"]),
        (LaneFacts(slot=True), ["unsubscribe"]),
        (LaneFacts(subscription=True), ["unsubscribe"]),
        (LaneFacts(published=()), ["unpublish"]),
    ],
)
def test_each_part_that_is_there_is_removed(facts: LaneFacts, done: list[str]) -> None:
    assert planned(lane(facts), wish="absent") == ([(verb, (SPEC,)) for verb in done], LaneFacts())


def test_enabling_and_disabling_change_that_alone() -> None:
    stopped = replace(HEALTHY, enabled=False)
    assert planned(lane(stopped), wish="enabled") == ([("enable", (SPEC,))], HEALTHY)
    assert planned(lane(), wish="disabled") == ([("disable", (SPEC,))], stopped)


@pytest.mark.parametrize(
    ("facts", "how", "code"),
    [
        (replace(HEALTHY, slot=False), LIVE, "BG305"),
        (replace(HEALTHY, slot_status="lost"), LIVE, "BG305"),
        (replace(HEALTHY, published=None), LIVE, "BG308"),
        (LaneFacts(slot=True), replace(LIVE, copy="none"), "BG308"),
        (LaneFacts(slot=True), replace(LIVE, copy="none", start_lsn="0/1"), "BG308"),
    ],
)
def test_a_gap_in_what_arrived_is_refused_and_never_papered_over(facts: LaneFacts, how: How, code: str) -> None:
    error = refused(lane(facts), how)
    assert error.code == code
    assert error.stands == "Nothing was changed; what green has of blue is not complete"
    assert error.todo.startswith("Run rollback to undo the migration")


@pytest.mark.parametrize("change", [{"slot": False}, {"slot_status": "lost"}, {"published": None}])
def test_a_link_that_lies_ready_has_no_gap(change: dict[str, Any]) -> None:
    assert "subscribe" not in actions(lane(replace(HEALTHY, **change)), PARKED)


def test_a_slot_without_publication_is_made_anew_while_nothing_was_copied_by_it() -> None:
    facts = LaneFacts(slot=True)
    assert actions(lane(facts)) == ["unsubscribe", "create_publication", "create_slot", "subscribe"]
    unused = lane(facts, BACK)
    assert actions(unused, replace(LIVE, copy="none"))[0] == "unsubscribe", "the way back has brought nothing yet"


@pytest.mark.parametrize("change", [{"slot": False}, {"slot_status": "lost"}, {"published": None}])
def test_a_broken_way_back_is_made_anew_while_the_side_it_comes_from_takes_no_writes(change: dict[str, Any]) -> None:
    how = replace(LIVE, copy="none")
    broken = lane(replace(HEALTHY, **change), BACK)
    assert actions(broken, how)[-3:] == ["create_publication", "create_slot", "subscribe"]
    assert refused(broken, replace(how, situation=GREEN_SERVES)).code in ("BG305", "BG308")
    assert refused(broken, replace(how, situation=ALONE)).code in ("BG305", "BG308"), "an emergency drains nobody"
    assert "unpublish" not in actions(broken, replace(how, armed_only=True))
    assert actions(lane(spec=BACK), how) == [], "a whole one is left alone"


def test_a_link_brings_nothing_only_from_a_side_that_was_drained_before_it_was_left() -> None:
    assert leads_into_service(Direction.REVERSE, BLUE_SERVES)
    assert leads_into_service(Direction.FORWARD, GREEN_SERVES)
    assert not leads_into_service(Direction.FORWARD, BLUE_SERVES)
    assert not leads_into_service(Direction.REVERSE, ALONE)
    # One journal says that green was opened, but blue, which alone is open, has no record of that.
    torn = Situation({BLUE: OPEN, GREEN: CLOSED}, GREEN_SERVES.entries)
    assert not leads_into_service(Direction.REVERSE, torn)


def test_a_copy_into_tables_that_hold_rows_is_refused() -> None:
    error = refused(lane(LaneFacts(), filled=(USERS.table,)))
    assert (error.code, "public.users" in error.what) == ("BG306", True)
    assert error.todo.startswith("Empty these tables on green")
    serving = refused(lane(LaneFacts(), filled=(USERS.table,)), replace(LIVE, situation=GREEN_SERVES))
    assert serving.todo.startswith("Leave green as it is")


def test_what_is_left_behind_is_removed_by_name() -> None:
    left = Remnants(("pg_1_sync_2",), ("pg_3",), ("lane_2",), ("lane_1_early",))
    assert deeds(left.steps) == [
        ("drop_slot", ("pg_1_sync_2",)), ("drop_slot", ("lane_1_early",)), ("drop_origin", ("pg_3",)),
        ("drop_publication", ("lane_2",)),
    ]  # fmt: skip
    every = ("pg_1_sync_2", "pg_3", "lane_2", "lane_1_early")
    assert left.as_lines() == [f"left behind: {name}" for name in every]
    assert deeds(Remnants().steps) == []


def test_the_diff_has_one_fact_a_line_and_the_result_each_lane() -> None:
    state = LinkState(Direction.FORWARD, armed_only=False, lanes=(lane(),), situation=BLUE_SERVES)
    assert state.as_diff().splitlines() == [
        f"{SPEC.name}:",
        "  publication: True",
        "  publishes public.orders (id, total)",
        "  publishes public.users",
        "  slot: True",
        "  subscription: True",
        "  enabled: True",
        "  origin: none",
        "  streaming: parallel",
    ]
    assert state.as_result()["lanes"] == {SPEC.name: HEALTHY.as_result()}
    assert state.as_result()["first_copy"] is None
    assert replace(state, copy=WORKER).as_result()["first_copy"] == WORKER.as_result()
    nothing = replace(state, lanes=(lane(LaneFacts()),))
    assert "  publication: False" in nothing.as_diff().splitlines()


@pytest.mark.parametrize(
    ("copy", "leads_on"),
    [
        (WORKER, True),
        (None, False),
        (replace(WORKER, alive=False), False),
        (replace(WORKER, phase=DONE), False),
        (replace(WORKER, phase=FAILED), False),
    ],
)
def test_the_diff_shows_what_a_copy_under_way_leads_to(copy: CopyFacts | None, leads_on: bool) -> None:
    begun = lane(LaneFacts(published=SPEC.tables))
    state = LinkState(Direction.FORWARD, armed_only=False, lanes=(begun,), situation=BLUE_SERVES, copy=copy)
    lines = state.as_diff().splitlines()
    for part in ("slot", "subscription", "enabled"):
        assert f"  {part}: {leads_on}" in lines
    assert ("  origin: none" in lines) is leads_on


def test_rows_of_joining_tables_are_brought_only_on_request() -> None:
    assert not LaneState(SPEC, HEALTHY).brings_rows


@pytest.mark.parametrize("copy", ["native", "none"])
def test_only_a_native_copy_lets_the_subscription_bring_the_rows(copy: str) -> None:
    assert planned(lane(LaneFacts()), replace(LIVE, copy=copy))[0][-1] == ("subscribe", (SPEC, copy == "native"))


_REACHES = LaneFacts(published=SPEC.tables, slot=True, slot_status="reserved", position="0/5")
_FROM_A_COPY = replace(LIVE, copy="none", start_lsn="0/10")


@pytest.mark.parametrize("position", ["0/5", "0/10"])
def test_after_a_physical_copy_the_slot_begins_where_its_rows_end(position: str) -> None:
    assert planned(lane(replace(_REACHES, position=position)), _FROM_A_COPY)[0] == [
        ("begin_at", (SPEC, "0/10")),
        ("subscribe", (SPEC, False)),
    ]
    assert actions(lane(), _FROM_A_COPY) == [], "one that is subscribed has begun already"


@pytest.mark.parametrize(
    ("change", "lsn", "what"),
    [
        ({}, "here", "here is not a position in the WAL"),
        ({"slot": False}, "0/10", "has no publication and slot from before 0/10"),
        ({"slot": False, "published": None}, "0/10", "has no publication and slot from before 0/10"),
        ({"slot_status": "lost"}, "0/10", "begins at 0/5, after 0/10"),
        ({"position": None}, "0/10", "begins at None, after 0/10"),
        ({"position": "0/11"}, "0/10", "begins at 0/11, after 0/10"),
    ],
)
def test_a_slot_that_would_leave_rows_out_after_a_physical_copy_is_refused(
    change: dict[str, Any], lsn: str, what: str
) -> None:
    error = refused(lane(replace(_REACHES, **change)), replace(_FROM_A_COPY, start_lsn=lsn))
    assert (error.code, error.stands) == ("BG309", "Nothing was changed")
    assert what in error.what


@pytest.mark.parametrize(
    ("copy", "title"),
    [
        (None, "copy 2 tables from a snapshot, and subscribe"),
        (WORKER, None),
        (replace(WORKER, alive=False), "copy 2 tables from a snapshot anew, and subscribe"),
        (replace(WORKER, phase=FAILED), "copy 2 tables from a snapshot, and subscribe"),
        (replace(WORKER, phase=DONE, alive=False), "copy 2 tables from a snapshot, and subscribe"),
    ],
)
def test_a_copy_begins_for_lanes_without_subscription_unless_one_is_under_way(
    copy: CopyFacts | None, title: str | None
) -> None:
    begun: list[tuple[LaneSpec, ...]] = []
    steps = copy_steps((lane(), lane(LaneFacts())), copy, begun.append)
    assert [step.title for step in steps] == ([title] if title else [])
    for step in steps:
        step.action()
    assert begun == ([(SPEC,)] if title else [])
    assert copy_steps((lane(),), copy, begun.append) == [], "nothing lacks its rows"


_SOME = st.sampled_from([None, (), (USERS,), SPEC.tables])
_FACTS = st.builds(
    LaneFacts,
    published=_SOME,
    slot=st.booleans(),
    slot_status=st.sampled_from(["reserved", "lost"]),
    subscription=st.booleans(),
    enabled=st.booleans(),
    attached=st.booleans(),
    all_tables=st.booleans(),
    states=st.sampled_from([{}, {USERS.table: "r"}, HEALTHY.states]),
    options=st.sampled_from([{}, OPTIONS]),
)
_HOWS = st.builds(
    How,
    armed_only=st.booleans(),
    copy=st.sampled_from(["native", "none"]),
    situation=st.sampled_from([BLUE_SERVES, GREEN_SERVES, ALONE]),
)


@given(_FACTS, _HOWS, st.sampled_from([SPEC, BACK]))
def test_whatever_stands_there_the_wish_is_reached_or_refused_with_nothing_changed(
    facts: LaneFacts, how: How, spec: LaneSpec
) -> None:
    refusal, after = None, facts
    try:
        _deeds, after = planned(lane(facts, spec), how)
    except MigrationError as error:
        refusal = error
    if refusal is not None:
        assert refusal.stands.startswith("Nothing was changed")
        return
    assert (after.published, after.subscription, after.options) == (spec.tables, True, OPTIONS)
    assert after.enabled or how.armed_only
    again = replace(after, all_tables=False, attached=True, slot_status="reserved", states=HEALTHY.states)
    if again.slot or how.armed_only:
        assert actions(lane(again, spec), how) == [], "the second run changes nothing"


def test_what_was_done_before_a_step_that_failed_is_told() -> None:
    done = [StepResult("publish a", 1.0, changed=True), StepResult("look", 1.0, changed=False)]
    assert after_some_steps("Nothing flows", done) == "Nothing flows. What was done before it stays: publish a"
    assert after_some_steps("Nothing flows", done[1:]) == "Nothing flows"
