# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason not to switch, each alone and all at once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.report import Verdict
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.copy.backfill import Unfilled
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, Finding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.conditions import (
    ConditionFacts,
    not_approved,
    outside_window,
    predicted_drain,
    unmet_lines,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.decision import (
    AheadOfSlot,
    Transaction,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.reasons import (
    Limits,
    Readiness,
    reasons_against,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.route import RouteFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sequences import (
    Sequence,
    Successor,
    sequence_problems,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.beginnings import Stray
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.users_check import FailedCheck
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import NEWEST

BLUE, GREEN = Side.BLUE, Side.GREEN
OPEN = GateFacts(journal=True, installed=True, exempt=True, gated=(TableName("public", "users"),))
CLOSED = replace(OPEN, fenced=True, signpost=True)


def situation(blue: GateFacts, green: GateFacts) -> Situation:
    """Return a situation before any switch."""
    return Situation({BLUE: blue, GREEN: green}, ())


BEFORE = situation(OPEN, CLOSED)

USERS = frozenset({"public.users"})
ASKED = ConditionFacts(Verdict(clean=True, age=60.0, tables=USERS), 3600.0, USERS)
READY = Readiness({}, {}, drain_seconds=0.01, lag_bytes=0, transactions=(), prepared=(), conditions=ASKED)
BOUNCER = RouteFacts("pgbouncer", BLUE, held=False, follows=False, problems=())


def codes(state: Situation = BEFORE, readiness: Readiness = READY, route: RouteFacts = BOUNCER) -> list[str]:
    """Return the codes of all reasons against a cutover to green."""
    return sorted(one.code for one in reasons_against(state, GREEN, readiness, (route,), Limits(1.0, 5.0, 9.0)))


PLANTED: dict[str, tuple[str, dict[str, Any]]] = {
    "a version that was not tried": ("BG007", {"majors": {GREEN: NEWEST + 1}}),
    "lanes": ("BG510", {"lane_problems": {"l": ("is disabled",)}}),
    "way back": ("BG511", {"way_back_problems": {"l": ("has no slot",)}}),
    "lag": ("BG512", {"drain_seconds": 1.001}),
    "long": ("BG513", {"transactions": (Transaction(1, "app", "x", 5.1),)}),
    "prepared": ("BG514", {"prepared": ("gid",)}),
    "standby": ("BG516", {"absent_standbys": ("slot",)}),
    "canary": ("BG522", {"canary_problem": "it did not come back"}),
    "sequences": ("BG524", {"sequence_problems": ("public.s does not exist",)}),
    "unfit index": ("BG243", {"unfit_indexes": {GREEN: ("public.t by by_hash",)}}),
    "writes that fail": ("BG245", {"failing": {GREEN: ("public.t has no replica identity",)}}),
    "missed rows": ("BG536", {"missed": ("bluegreen_shop_forward_1 (1 so far)",)}),
    "another table": ("BG537", {"changed": ((TableName("public", "t"), "public.t on blue: another table"),)}),
    "loss": ("BG534", {"loss": ("public.users.phone",)}),
    "settings that change rows": ("BG244", {"row_changing": {GREEN: (("lc_monetary",), "reset it")}}),
    "another role's settings": ("BG250", {"strays": {BLUE: (Stray("BG250", "passes the fence", {"app": "ALTER"}),)}}),
    "views without rows": ("BG560", {"not_populated": ("public.v",)}),
    "ahead of the slot": ("BG538", {"ahead_of_slot": AheadOfSlot((Transaction(1, "etl", "x", 5.1),))}),
    "unfilled rows": ("BG255", {"unfilled": (Unfilled("phone of public.users", "2 rows"),)}),
}
CONDITIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "schema": ("BG518", {"schema_drift": ("table t",)}),
    "comparison": ("BG523", {"verdict": None}),
    "statistics": ("BG525", {"without_statistics": ("t",)}),
    "left behind": ("BG562", {"left_behind": ("publication p",)}),
    "check": ("BG526", {"failed_checks": (FailedCheck("shop", "status 500"),)}),
    "window": ("BG527", {"outside_window": "later"}),
    "approval": ("BG528", {"not_approved": "nobody"}),
    "postponed": ("BG533", {"postponed": "a file"}),
    "checklist": ("BG540", {"unmet": ("backup: none",)}),
}


def test_nothing_speaks_against_a_migration_that_is_well() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    "planted", [*itertools.combinations(PLANTED, 1), *itertools.combinations(PLANTED, 2), tuple(PLANTED)]
)
def test_every_reason_is_named_alone_and_with_others(planted: tuple[str, ...]) -> None:
    changes = {key: value for name in planted for key, value in PLANTED[name][1].items()}
    assert codes(readiness=replace(READY, **changes)) == sorted(PLANTED[name][0] for name in planted)


@pytest.mark.parametrize("planted", [*itertools.combinations(CONDITIONS, 1), tuple(CONDITIONS)])
def test_every_condition_is_named_alone_and_with_others(planted: tuple[str, ...]) -> None:
    changes = {key: value for name in planted for key, value in CONDITIONS[name][1].items()}
    found = codes(readiness=replace(READY, conditions=replace(ASKED, **changes)))
    assert found == sorted(CONDITIONS[name][0] for name in planted)


@pytest.mark.parametrize(
    ("verdict", "reasons"),
    [
        (Verdict(clean=True, age=3600.0, tables=frozenset({"public.users", "public.more"})), []),
        (Verdict(clean=True, age=3600.1, tables=frozenset({"public.users"})), ["BG523"]),
        (Verdict(clean=False, age=1.0, tables=frozenset({"public.users"})), ["BG523"]),
        (Verdict(clean=True, age=1.0, tables=frozenset()), ["BG523"]),
        (None, ["BG523"]),
    ],
)
def test_a_comparison_must_be_clean_fresh_and_of_everything(verdict: Verdict | None, reasons: list[str]) -> None:
    assert codes(readiness=replace(READY, conditions=replace(ASKED, verdict=verdict))) == reasons
    nobody_asks = replace(ASKED, verdict=verdict, compared_within=0.0)
    assert codes(readiness=replace(READY, conditions=nobody_asks)) == []


def test_a_window_is_told_by_its_ends() -> None:
    window = {"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:02:00Z"}
    assert [bool(outside_window(window, now)) for now in (59.0, 60.0, 120.0, 121.0)] == [True, False, False, True]
    assert outside_window({}, 0.0) == ""
    assert "ISO 8601" in outside_window({"start": "soon", "end": None}, 0.0)


@pytest.mark.parametrize(
    ("asked", "file_says", "row_by", "approved"),
    [
        ({}, None, None, True),
        ({"word": None, "file": None, "row": False}, None, None, True),
        ({"word": "Ada, 2026-11-20"}, None, None, True),
        ({"word": ", 2026-11-20"}, None, None, False),
        ({"word": "yes"}, None, None, False),
        ({"file": "/go"}, None, None, False),
        ({"file": "/go"}, "Ada, 2026-11-20", None, True),
        ({"row": True}, None, None, False),
        ({"row": True, "word": "yes"}, None, "dba", True),
    ],
)
def test_an_approval_is_a_signed_word_or_a_row(
    asked: dict[str, Any], file_says: str | None, row_by: str | None, approved: bool
) -> None:
    assert (not_approved(asked, file_says, row_by) == "") is approved


def test_the_checklist_leaves_out_what_the_switch_reads_itself() -> None:
    def line(name: str, *, fulfilled: bool | None, known_by: str = "x") -> dict[str, Any]:
        return {"name": name, "fulfilled": fulfilled, "known_by": known_by, "detail": "why"}

    lines = [
        line("backup", fulfilled=None),
        line("team", fulfilled=True),
        line("rollback", fulfilled=False),
        line("window", fulfilled=False, known_by="bluegreen_window"),
        line("window", fulfilled=None, known_by="nothing"),
    ]
    assert unmet_lines(lines) == ("backup: why", "window: why")


def test_what_nobody_confirms_drains_for_an_unknown_time() -> None:
    much = 10 * 1024 * 1024
    assert predicted_drain(0, 0, 1000, 0.25) == 0.0
    assert predicted_drain(0, 0, much, 0.25) is None
    assert predicted_drain(0, much // 2, much, 0.25) == pytest.approx(0.25)
    assert codes(readiness=replace(READY, drain_seconds=None, predicted_seconds=None)) == ["BG519"]
    assert codes(readiness=replace(READY, predicted_seconds=9.1)) == ["BG519"]


@pytest.mark.parametrize(
    ("successor", "problem"),
    [
        (Successor(TableName("s", "q"), 1, 1, 1000, settable=True), ""),
        (Successor(TableName("s", "q"), 5, 1, 110, settable=True), ""),
        (Successor(TableName("s", "q"), 1, 1, 109, settable=True), "would have to stand at 110"),
        (Successor(TableName("s", "q"), -1, 1, 1000, settable=True), "counts the other way"),
        (Successor(TableName("s", "q"), 1, 1, 1000, settable=False), "may not be set"),
        (Successor(TableName("s", "other"), 1, 1, 1000, settable=True), "does not exist"),
    ],
)
def test_a_sequence_has_to_go_on(successor: Successor, problem: str) -> None:
    name = TableName("s", "q")
    found = sequence_problems([Sequence(name, 10, 1, 1, 10_000, cycles=False)], 100, [successor], {name})
    assert [problem in one for one in found] == ([True] if problem else [])
    unused = Sequence(name, None, 1, 1, 1000, cycles=False)
    assert sequence_problems([unused], 100, [successor], {name}) == ()


def test_unknown_is_never_zero() -> None:
    assert codes(readiness=replace(READY, drain_seconds=None, lag_bytes=None)) == ["BG512"]
    hidden = replace(READY, transactions=(Transaction(1, "x", "", None),))
    assert codes(readiness=hidden) == ["BG513"]
    assert codes(readiness=replace(READY, ahead_of_slot=AheadOfSlot((Transaction(1, "x", "", None),)))) == ["BG538"]
    assert codes(readiness=replace(READY, ahead_of_slot=AheadOfSlot(prepared=("gid",)))) == ["BG538"]


def test_a_short_transaction_is_no_reason() -> None:
    assert codes(readiness=replace(READY, transactions=(Transaction(1, "app", "x", 4.9),))) == []
    ahead = AheadOfSlot((Transaction(1, "app", "x", 4.9),))
    assert codes(readiness=replace(READY, ahead_of_slot=ahead)) == []


def test_routes_that_lead_elsewhere_or_nobody_knows_where_are_reasons() -> None:
    assert codes(route=replace(BOUNCER, side=GREEN)) == ["BG517"]
    assert codes(route=replace(BOUNCER, side=None)) == ["BG517"]
    assert codes(route=replace(BOUNCER, side=None, follows=True)) == []
    blocked = Finding("BG605", BLOCKS, "blue", "session pooling", "use transaction pooling")
    assert codes(route=replace(BOUNCER, problems=(blocked,))) == ["BG605"]
    assert codes(route=replace(BOUNCER, side=None, problems=(blocked,))) == ["BG605"], "one reason, not two"


def test_gates_with_holes_are_reasons() -> None:
    hole = replace(OPEN, ungated=(TableName("public", "new"),))
    assert codes(situation(hole, CLOSED)) == ["BG515"]
    assert "BG515" in codes(situation(OPEN, GateFacts()))
    assert "BG504" in codes(situation(OPEN, GateFacts()))


def _told(readiness: Readiness = READY, route: RouteFacts = BOUNCER) -> list[str]:
    return [one.what for one in reasons_against(BEFORE, GREEN, readiness, (route,), Limits(1.0, 5.0, 9.0))]


def test_what_is_exactly_at_its_limit_is_within_it() -> None:
    at_limits = replace(
        READY, drain_seconds=1.0, predicted_seconds=9.0, transactions=(Transaction(1, "app", "x", 5.0),)
    )
    assert codes(readiness=at_limits) == []


def test_a_reason_names_the_session_and_where_a_route_leads() -> None:
    long = [Transaction(7, "app", name, 60.0) for name in ("nightly", "")]
    assert _told(replace(READY, transactions=tuple(long))) == [
        "pid 7 (app, nightly) has been in a transaction for 60 s",
        "pid 7 (app, no application name) has been in a transaction for 60 s",
    ]
    assert _told(route=replace(BOUNCER, side=GREEN)) == ["pgbouncer leads to green, not to the side in service"]
    assert _told(route=replace(BOUNCER, side=None)) == [
        "pgbouncer leads to an unknown place, not to the side in service"
    ]


def test_nothing_is_left_to_drain_unless_something_is_known() -> None:
    assert READY.predicted_seconds == 0.0


def _found(readiness: Readiness) -> list[Finding]:
    return reasons_against(BEFORE, GREEN, readiness, (), Limits(1.0, 5.0, 9.0))


def test_of_many_changed_tables_each_is_named_once_and_the_first_five_told() -> None:
    changed = tuple((TableName("public", f"t{number // 2}"), f"word {number}") for number in range(6))
    (reason,) = _found(replace(READY, changed=changed))
    assert reason.objects == ("public.t0", "public.t1", "public.t2")
    assert reason.what.endswith(f"({'; '.join(f'word {number}' for number in range(5))})")


def test_what_each_side_applies_with_is_a_reason_for_that_side() -> None:
    settings = {BLUE: (("lc_monetary",), "reset it"), GREEN: (("bytea_output", "DateStyle"), "reset both")}
    found = _found(replace(READY, row_changing=settings))
    assert [(one.side, one.fix, one.objects) for one in found] == [
        ("blue", "reset it", ("lc_monetary",)),
        ("green", "reset both", ("bytea_output", "DateStyle")),
    ]


def test_each_stray_of_each_side_is_a_reason_that_tells_each_statement_once() -> None:
    mends = {"app": "ALTER ROLE a;", "web": "ALTER ROLE a;", "job": "ALTER SYSTEM;"}
    passes = Stray("BG250", "passes the fence", mends)
    overlooks = Stray("BG251", "overlooks the signpost", {"app": "ALTER ROLE b;"})
    found = _found(replace(READY, strays={BLUE: (passes, overlooks), GREEN: (passes,)}))
    assert [(one.code, one.side) for one in found] == [("BG250", "blue"), ("BG251", "blue"), ("BG250", "green")]
    assert (found[0].fix, found[0].objects) == ("ALTER ROLE a; ALTER SYSTEM;", ("app", "web", "job"))


def test_unfilled_rows_can_be_filled_and_unknown_ones_need_an_index_first() -> None:
    unfilled = (Unfilled("phone of public.users", "2 rows"), Unfilled("fax of public.users", "no index", unknown=True))
    filling, asking = _found(replace(READY, unfilled=unfilled))
    assert (filling.what, filling.objects) == (
        "the backfill of phone of public.users: 2 rows",
        ("phone of public.users",),
    )
    assert (filling.code, asking.code) == ("BG255", "BG256")
    assert filling.fix.startswith("Run the backfill again")
    assert (asking.what, asking.objects) == ("the backfill of fax of public.users: no index", ("fax of public.users",))
    assert asking.fix.startswith("Give the table an index with that condition")


def test_a_gate_names_the_tables_that_our_role_may_not_gate() -> None:
    reach = replace(OPEN, out_of_reach=(TableName("public", "theirs"), TableName("public", "more")))
    (reason,) = reasons_against(situation(reach, CLOSED), GREEN, READY, (), Limits(1.0, 5.0, 9.0))
    assert (reason.side, reason.objects) == ("blue", ("public.theirs", "public.more"))
