# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links by versions and by the side in service: common options, which link is parked, and what is wrong with it
then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.assignment import Assignment
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import (
    LaneFacts,
    both_at_once,
    is_parked,
    lane_specs,
    outside_of,
    require_publishable,
    wanted_options,
    writes_would_fail,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.source import Source
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import Column, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from tests.unit.lanes.test_links import table
from tests.unit.replication.examples import HEALTHY, SPEC, USERS

_SOURCE = Source("7714256498159128065", 1, "0123456789abcdef", received_on=1)

FORWARD, REVERSE = Direction.FORWARD, Direction.REVERSE
READY = replace(HEALTHY, slot=False, slot_status=None, enabled=False, working=False)


@pytest.mark.parametrize(
    ("publisher", "subscriber", "options"),
    [
        (14, 15, {}),
        (18, 15, {}),
        (15, 16, {"streaming": "on", "origin": "any"}),
        (14, 18, {"streaming": "on", "origin": "any"}),
        (16, 16, {"streaming": "parallel", "origin": "none"}),
        (17, 18, {"streaming": "parallel", "origin": "none"}),
    ],
)
def test_a_subscription_gets_the_options_that_both_servers_know(
    publisher: int, subscriber: int, options: dict[str, str]
) -> None:
    assert wanted_options(publisher, subscriber) == options


@pytest.mark.parametrize(("blue", "green", "both"), [(15, 18, False), (16, 16, True), (18, 15, False), (17, 18, True)])
def test_both_links_live_at_once_from_16_on_both_sides(blue: int, green: int, both: bool) -> None:
    assert both_at_once(blue, green) is both
    for direction, serves in ((FORWARD, Side.GREEN), (REVERSE, Side.BLUE), (FORWARD, None)):
        assert is_parked(direction, serves, both) is not both
    assert not is_parked(FORWARD, Side.BLUE, both)
    assert not is_parked(REVERSE, Side.GREEN, both)


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({}, []),
        ({"published": None}, ["has no publication of all tables"]),
        ({"published": (USERS,)}, ["has no publication of all tables"]),
        ({"subscription": False}, ["has no subscription to all tables"]),
        ({"states": {USERS.table: "r"}}, ["has no subscription to all tables"]),
        ({"states": {**HEALTHY.states, TableName("public", "more"): "r"}}, []),
        ({"slot": True}, ["has a slot, which retains WAL for nobody"]),
        ({"enabled": True}, ["its subscription is enabled"]),
    ],
)
def test_each_fault_of_a_parked_lane_is_a_problem(change: dict[str, Any], problems: list[str]) -> None:
    facts = replace(READY, **change)
    assert facts.problems_while_parked(SPEC) == problems
    lacks = [one for one in problems if one.startswith("has no")]
    assert facts.lacks_while_parked(SPEC) == lacks, "a slot or a running subscription keeps it from nothing"


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"slot": False, "subscription": False}, ["has no slot", "has no subscription"]),
        ({"enabled": False, "working": False}, ["its subscription is disabled"]),
        ({"working": False}, ["has no apply worker"]),
        ({"working": False, "source": _SOURCE, "timeline": 1}, ["has no apply worker"]),
        ({"working": False, "source": _SOURCE, "timeline": None}, ["has no apply worker"]),
        (
            {"working": False, "source": _SOURCE, "timeline": 2},
            ["has no apply worker: since a failover it reads from a server that is not primary any more"],
        ),
        ({"source": _SOURCE, "timeline": 2}, []),
        ({"slot_status": "extended"}, []),
        (
            {"states": {**HEALTHY.states, TableName("public", "more"): "r"}},
            ["subscribes to public.more, which it should not publish"],
        ),
        ({"states": {**HEALTHY.states, USERS.table: "d"}}, ["still copies public.users"]),
        (
            {"states": {one: "r" for one in HEALTHY.states if one != USERS.table}},
            ["does not subscribe to public.users"],
        ),
    ],
)
def test_only_what_is_wrong_is_told(change: dict[str, Any], problems: list[str]) -> None:
    assert replace(HEALTHY, **change).problems(SPEC) == problems


def test_many_tables_are_counted_and_the_first_five_named() -> None:
    for count, end in ((5, "t3, public.t4"), (6, "public.t4 and 1 more"), (7, "public.t4 and 2 more")):
        states = {**HEALTHY.states, **{TableName("public", f"t{number}"): "d" for number in range(count)}}
        assert replace(HEALTHY, states=states).problems(SPEC)[-1].endswith(end)


@pytest.mark.parametrize("change", [{"published": None}, {"slot": False}, {"subscription": False}])
def test_a_lane_is_present_with_all_of_its_parts(change: dict[str, Any]) -> None:
    assert HEALTHY.present
    assert not replace(HEALTHY, **change).present
    assert not LaneFacts().present
    assert not HEALTHY.slot_lost


def test_the_result_counts_tables_and_keeps_what_is_unknown_unknown() -> None:
    copying = replace(HEALTHY, states={**HEALTHY.states, USERS.table: "d", TableName("public", "more"): "r"})
    result = copying.as_result()
    assert (result["tables"], result["tables_ready"]) == (3, 2)
    assert (result["lag_bytes"], result["retained_bytes"], result["apply_errors"], result["conflicts"]) == (None,) * 4
    assert replace(HEALTHY, conflicts={"insert_exists": 1}).as_result()["conflicts"] == {"insert_exists": 1}
    assert replace(HEALTHY, conflicts={}).as_result()["conflicts"] == {}


def test_what_does_not_flow_is_told_with_its_reason_and_what_was_left_out_is_not() -> None:
    users, new, lacking, aside = (table(name, "id") for name in ("users", "new", "lacking", "aside"))
    told = outside_of(FORWARD, [users, new, lacking, aside], [users, new], [aside.name], [users.name])
    assert told == ("public.new (has not joined)", "public.lacking (green lacks it)")


def test_each_table_flows_through_its_own_lane_with_a_marker_in_each() -> None:
    users, orders = table("users", "id"), table("orders", "id")
    wanted = {users.name: 1, orders.name: 2}
    specs = lane_specs("shop", FORWARD, [users, orders], [users, orders], [], Assignment(lanes=(1, 2), wanted=wanted))
    assert [[str(one.table) for one in spec.tables] for spec in specs] == [
        ["public.users", "bluegreen.marker_1", "bluegreen.probe"],
        ["public.orders", "bluegreen.marker_2"],
    ]
    (alone,) = lane_specs("shop", FORWARD, [users, orders], [users, orders], [orders.name])
    assert [str(one.table) for one in alone.tables] == ["public.users", "bluegreen.marker_1", "bluegreen.probe"]


def test_a_column_that_the_other_side_computes_itself_is_not_sent() -> None:
    mine, theirs = table("users", "id", "total"), table("users", "id", "total", generated="total")
    (spec,) = lane_specs("shop", FORWARD, [mine], [theirs], [])
    assert spec.tables[0].columns == ("id",)


def test_replica_identity_full_is_refused_only_where_a_column_list_is_needed() -> None:
    full = table("log", "id", "line", identity="f")
    more = replace(full, columns=(*full.columns, Column("level", "text", False, 0)))  # noqa: FBT003
    require_publishable(FORWARD, [full], [more], [], 17)
    require_publishable(FORWARD, [more], [full], [more.name], 17)
    with pytest.raises(MigrationError, match=r"BG302: public\.log: REPLICA IDENTITY FULL"):
        require_publishable(FORWARD, [more], [full], [], 17)
    require_publishable(FORWARD, [table("log", "id", "line")], [table("log", "id")], [], 17)


def test_a_table_whose_writes_would_fail_is_refused_and_told_where_it_is_published_already() -> None:
    users = table("users", "id")
    log = replace(table("log", "id"), identity="n", columns=(Column("id", "int", generated=False, key=0),))
    with pytest.raises(MigrationError) as caught:
        require_publishable(FORWARD, [users, log], [users, log], [], 17)
    assert (caught.value.code, caught.value.stands) == ("BG245", "Nothing was changed")
    assert "public.log has no replica identity" in caught.value.what
    assert "users" not in caught.value.what
    require_publishable(FORWARD, [users, log], [users, log], [log.name], 17)
    with pytest.raises(MigrationError, match=r"public\.log is published already"):
        require_publishable(FORWARD, [log], [log], [], 17, [users.name, log.name])


def test_of_many_tables_whose_writes_would_fail_the_first_five_are_told_and_all_returned() -> None:
    for count, end in ((5, "t4 has none"), (6, "t4 has none and 1 more"), (7, "t4 has none and 2 more")):
        failing = {TableName("public", f"t{number}"): "has none" for number in range(count)}
        error = writes_would_fail(Side.BLUE, failing)
        assert error.what.endswith(f"public.{end}")
        assert error.details["tables"] == {f"public.t{number}": "has none" for number in range(count)}
        assert error.stands == "Nothing was changed"


def test_a_lane_of_which_nothing_is_known_neither_runs_nor_applies() -> None:
    assert LaneFacts().problems_while_parked(SPEC) == LaneFacts().lacks_while_parked(SPEC)
    assert "has no apply worker" in LaneFacts(subscription=True, enabled=True).problems(SPEC)
    assert "its subscription is disabled" in LaneFacts(subscription=True).problems(SPEC)


def test_what_nobody_has_read_of_a_lane_is_not_there_and_needs_no_mending() -> None:
    unread = LaneFacts()
    assert (unread.present, unread.slot, unread.subscription, unread.enabled) == (False, False, False, False)
    assert (unread.all_tables, unread.attached) == (False, True)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (replace(HEALTHY, slot=False, slot_status=None), "has no slot"),
        (replace(HEALTHY, slot_status="lost"), "has a slot that has lost WAL it needs"),
        (replace(HEALTHY, subscription=False), "has no subscription"),
        (replace(HEALTHY, enabled=False), "has a disabled subscription"),
        (replace(HEALTHY, slot_status="unreserved"), ""),
        (HEALTHY, ""),
    ],
)
def test_a_lane_is_off_where_nothing_flows_until_somebody_acts(facts: LaneFacts, why: str) -> None:
    assert facts.is_off == why
