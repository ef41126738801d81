# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a rollback is still safe: what only green has counts, and unknown is never safe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.way_home import (
    GreenOnly,
    gone_from_green,
    green_only,
    judge,
    not_accepted,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.space import Space
from tests.unit.lanes.test_links import table

USERS = TableName("public", "users")
PHONE = GreenOnly(USERS, "phone", ("id",), 0)
ROOM = Space(1000)
WELL: dict[str, Any] = {"lanes": {"l": ((), 10)}, "found": (), "stops": (), "may_stop": (), "space": ROOM}


@pytest.mark.parametrize(
    ("change", "safe", "told"),
    [
        ({}, True, "10 bytes still have to reach blue"),
        ({"lanes": {"l": (("has no slot",), 10)}}, False, "l has no slot"),
        ({"lanes": {"l": ((), None)}}, None, "how far l is behind is unknown"),
        ({"lanes": {"l": (("has no slot",), None)}}, False, "how far l is behind is unknown"),
        ({"lanes": {"l": ((), 600), "m": ((), 399)}}, True, "999 bytes still have to reach blue"),
        ({"lanes": {"l": ((), 600), "m": ((), 400)}}, False, "only 1000 bytes are free on blue's disk"),
        ({"lanes": {"l": ((), None), "m": ((), 5)}}, None, "5 bytes still have to reach blue"),
        ({"stops": ["a type is another one"]}, False, "a type is another one"),
        ({"may_stop": ["a check is stricter"]}, True, "may stop: a check is stricter"),
        ({"found": [PHONE]}, True, "1000 bytes are free on blue's disk"),
        ({"found": [replace(PHONE, values=2)]}, False, "public.users.phone has 2 values that cannot flow back"),
        ({"found": [replace(PHONE, values=None)]}, None, "how many values public.users.phone has is unknown"),
        ({"space": Space(None, "no function tells")}, True, "is not known: no function tells"),
        ({"gone": ["public.users"]}, False, "(public.users)"),
    ],
)
def test_the_way_back_is_judged_by_everything_that_is_against_it(
    change: dict[str, Any], safe: bool | None, told: str
) -> None:
    answer = judge(**{**WELL, **change})
    assert answer.safe is safe
    assert any(told in line for line in (*answer.reasons, *answer.unknown, *answer.notes))
    assert answer.as_result()["safe"] is safe


def test_only_green_has_what_blue_lacks_and_green_does_not_compute_itself() -> None:
    blue = [table("users", "id"), table("left_out", "id")]
    green = [
        table("users", "id", "phone", "total", generated="total"),
        table("left_out", "id", "more"),
        replace(table("leaf", "id"), root=TableName("public", "extra")),
        table("extra", "id"),
        replace(table("last", "id"), kind="p"),
    ]
    blue.append(table("last"))
    found = green_only(blue, green, [TableName("public", "left_out")])
    assert [(one.name, one.key, one.alone) for one in found] == [
        ("public.users.phone", ("id",), True),
        ("public.extra", ("id",), True),
        ("public.last.id", ("id",), False),
    ]


def test_tables_that_green_has_no_more_are_named_but_not_ours_or_what_was_left_out() -> None:
    names = [TableName("public", name) for name in ("b", "a", "c", "left_out")]
    published = [*names, TableName("bluegreen", "marker_1")]
    assert gone_from_green(published, [table("c", "id")], [names[3]]) == ("public.a", "public.b")


def test_what_has_no_value_or_was_accepted_is_no_loss_and_unknown_is_one() -> None:
    found = [PHONE, replace(PHONE, column="fax", values=None, why="no right"), replace(PHONE, column="mail", values=3)]
    assert not_accepted(found, []) == (
        "public.users.fax (an unknown number of values, perhaps none: no right)",
        "public.users.mail (3 values)",
    )
    assert not_accepted(found, ["public.users.fax", "public.users.mail"]) == ()
    assert found[1].as_result() == {"name": "public.users.fax", "values": None}
