# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which materialized views are refreshed, in which order, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plans.views import (
    Asked,
    Refresh,
    Standing,
    View,
    in_order,
    in_words,
    not_populated,
    refresh_line,
    some,
    why_not,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

A, B, C = (TableName("s", name) for name in "abc")
ASKED = Asked(epoch=2, max_age=None, left_alone=frozenset())
FRESH = Refresh(epoch=2, seconds=1.5, age=100.0)


def view(name: TableName = A, *reads: TableName, **own: Any) -> View:
    """Return a view that our role may refresh and that holds rows."""
    known: dict[str, Any] = {
        "oid": 1, "path": None, "may_maintain": True, "may_act": False, "concurrently": False, "populated": True,
        "owner": "shop", "of_superuser": False,
    }  # fmt: skip
    return View(name, reads=frozenset(reads), **{**known, **own})


def standing(*views: View, refreshed: dict[TableName, Refresh] | None = None, wanted: str = "abc") -> Standing:
    """Return green's views."""
    return Standing(Side.GREEN, views, frozenset(TableName("s", one) for one in wanted), refreshed or {})


@pytest.mark.parametrize(
    ("last", "asked", "due"),
    [
        (None, ASKED, True),
        (FRESH, ASKED, False),
        (replace(FRESH, epoch=1), ASKED, True),
        (FRESH, replace(ASKED, max_age=100.0), True),
        (FRESH, replace(ASKED, max_age=100.1), False),
        (replace(FRESH, age=None), replace(ASKED, max_age=5.0), True),
        (None, replace(ASKED, left_alone=frozenset({"s.a"})), False),
    ],
)
def test_a_view_is_due_once_after_a_switch_and_when_it_is_too_old(
    last: Refresh | None, asked: Asked, due: bool
) -> None:  # fmt: skip
    found = standing(view(), refreshed={A: last} if last else {}).due(asked)
    assert bool(found) is due


def test_what_holds_no_rows_is_due_whenever_it_was_refreshed_and_what_nobody_wants_never() -> None:
    empty = view(populated=False)
    assert standing(empty, refreshed={A: FRESH}).due(ASKED) == (empty,)
    assert standing(empty, wanted="").due(ASKED) == ()


def test_a_view_that_is_left_alone_ends_no_search() -> None:
    views = (view(A), view(B))
    assert standing(*views).due(replace(ASKED, left_alone=frozenset({"s.a"}))) == (views[1],)


def test_a_view_follows_one_that_it_reads() -> None:
    views = (view(A, populated=False), view(B, A), view(C))
    refreshed = dict.fromkeys((A, B, C), FRESH)
    assert [one.name for one in standing(*views, refreshed=refreshed).due(ASKED)] == [A, B]
    assert standing(*views, refreshed=refreshed).due(replace(ASKED, left_alone=frozenset({"s.a"}))) == ()


@given(st.lists(st.sets(st.integers(0, 6)), min_size=7, max_size=7))
def test_each_view_comes_after_those_that_it_reads(reads: list[set[int]]) -> None:
    names = [TableName("s", f"v{number}") for number in range(7)]
    views = [
        view(names[number], *(names[other] for other in others if other > number))
        for number, others in enumerate(reads)
    ]
    ordered = in_order(views)
    assert sorted(one.name for one in ordered) == names
    for place, one in enumerate(ordered):
        assert one.reads <= {earlier.name for earlier in ordered[:place]}


def test_a_circle_that_cannot_be_ends_all_the_same() -> None:
    assert len(in_order([view(A, B), view(B, A)])) == 2


def test_what_was_refreshed_is_told_with_the_oldest_and_the_slowest() -> None:
    refreshed = {A: FRESH, B: Refresh(2, 61.25, 7.0)}
    found = standing(view(A), view(B, concurrently=True), view(C, populated=False), refreshed=refreshed)
    populated, empty = found.lines()
    assert populated.endswith(
        "2 of 3 populated; 2 refreshed by us, the oldest 1 min 40 s ago (s.a), the slowest in 61.2 s (s.b)"
    )
    assert empty == "not populated on green: s.c"
    assert [(row["age_seconds"], row["seconds"]) for row in found.as_result()] == [
        (100.0, 1.5),
        (7.0, 61.25),
        (None, None),
    ]
    assert standing().lines() == []
    assert standing(view(), refreshed={A: Refresh(2)}).lines() == ["materialized views of green: 1 of 1 populated"]


def test_an_age_is_told_in_tenths_and_how_long_it_took_in_milliseconds() -> None:
    [row] = standing(view(), refreshed={A: Refresh(2, 1.23456, 100.26)}).as_result()
    assert (row["age_seconds"], row["seconds"]) == (100.3, 1.235)


def test_what_a_plan_leads_to_holds_rows_of_an_unknown_age() -> None:
    before = standing(view(A, populated=False), view(B), refreshed={B: FRESH})
    after = before.after(before.due(ASKED), 2)
    assert [one.populated for one in after.views] == [True, True]
    assert after.refreshed == {A: Refresh(2), B: FRESH}
    assert after.due(ASKED) == ()


@pytest.mark.parametrize(
    ("own", "maintain", "why", "fix"),
    [
        ({}, True, None, None),
        ({"may_maintain": False, "may_act": True}, False, None, None),
        ({"of_superuser": True}, True, None, None),
        ({"may_maintain": False}, True, "our role may not", "Run there: GRANT MAINTAIN ON s.a TO me;"),
        ({"may_maintain": False}, False, "our role is no member of its owner shop", "GRANT that owner to me"),
        ({"may_maintain": False, "of_superuser": True}, False, "it belongs to the superuser shop", "another"),
        ({"of_superuser": True, "code": ("f()",)}, True, "it would run f() as the superuser shop", "another owner"),
    ],
)
def test_why_our_role_does_not_refresh_a_view(
    own: dict[str, Any], maintain: bool, why: str | None, fix: str | None
) -> None:  # fmt: skip
    found = why_not(view(**own), "me", maintain=maintain)
    if why is None or fix is None:
        assert found is None
    else:
        assert found is not None
        assert why in found[0]
        assert fix in found[1] or fix == "another"


@pytest.mark.parametrize("code", [(), ("f()",)])
@pytest.mark.parametrize("of_superuser", [False, True])
@pytest.mark.parametrize("may_act", [False, True])
@pytest.mark.parametrize("may_maintain", [False, True])
def test_our_role_refreshes_what_it_may_and_never_what_runs_somebody_s_code_as_a_superuser(
    may_maintain: bool, may_act: bool, of_superuser: bool, code: tuple[str, ...]
) -> None:
    made = view(may_maintain=may_maintain, may_act=may_act, of_superuser=of_superuser, code=code)
    allowed = [(True, False), (False, True), (True, True)]
    assert made.is_ours_to_refresh is (
        (may_maintain, may_act) in allowed and (of_superuser, bool(code)) != (True, True)
    )


def test_an_error_that_may_show_values_is_told_by_its_sqlstate() -> None:
    assert in_words("no such table", "42P01", Side.GREEN) == "no such table"
    assert in_words("it broke", None, Side.GREEN) == "it broke"
    assert in_words("invalid: secret", "22P02", Side.GREEN) == "its query fails on green (SQLSTATE 22P02)"


def test_a_reason_is_a_view_that_both_sides_have_and_that_only_the_old_one_fills() -> None:
    old = {B: True, A: True, C: False, TableName("s", "gone"): True}
    assert not_populated(old, {A: False, B: False, C: False}) == (A, B)
    assert not_populated(old, {A: True, C: False}) == ()


def test_of_many_names_five_are_told() -> None:
    assert some([*"abcde"]) == "a, b, c, d, e"
    assert some([*"abcdef"]) == "a, b, c, d, e and 1 more"
    assert some([*"abcdefg"]) == "a, b, c, d, e and 2 more"


def test_how_a_refresh_goes_on_in_words() -> None:
    known = {B: Refresh(epoch=1, seconds=30.0, age=9.0), C: Refresh(epoch=1, seconds=70.0, age=9.0)}
    both = [view(B), view(C)]
    assert refresh_line(Side.GREEN, 2, 1, both, 40.0, known) == (
        "refreshed 2 of 5 materialized views of green in 40 s, 1 failed, about 1 min 40 s left; next s.b"
    )
    assert refresh_line(Side.GREEN, 2, 0, both, 40.0, {B: known[B]}) == (
        "refreshed 2 of 4 materialized views of green in 40 s, about 50 s left; next s.b"
    )
    assert refresh_line(Side.GREEN, 0, 0, both, 4.0, {B: known[B]}) == (
        "refreshed 0 of 2 materialized views of green in 4 s; next s.b"
    )
    assert refresh_line(Side.BLUE, 4, 0, [], 40.0, known).startswith(
        "refreshed 4 of 4 materialized views of blue in 40 s"
    )
    assert "next" not in refresh_line(Side.BLUE, 4, 0, [], 40.0, known)
