# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions of others that would run as the migrator: on which side, and for which rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.code_of_others import DEFAULT, TRIGGER, Code
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.code_checks import (
    applied_as_us,
    planned_as_superuser,
    planned_as_us,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.facts import Facts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import Reason
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import KEY, USERS, column, role, roles, side, table

INDEX = Code(USERS, "index", "by_name", "public.f(text)", "owner")
PLANNED = Code(USERS, "index", "by_name", "public.f(text)", "owner", planned=True)


def pair(blue: dict[str, Any], green: dict[str, Any], majors: tuple[int, int] = (15, 15)) -> Facts:
    """Return facts of two sides with a table each, unless told otherwise."""
    one, other = (
        side(which, major, **{"relations": (table(),), **given})
        for which, major, given in ((Side.BLUE, majors[0], blue), (Side.GREEN, majors[1], green))
    )
    return Facts("shop", one, other, ("app",))


def sides(reasons: Iterable[Reason]) -> list[str]:
    """Return the sides of reasons."""
    return [str(one.side) for one in reasons]


@pytest.mark.parametrize(
    ("majors", "told"),
    [((15, 15), ["blue", "green"]), ((16, 15), ["green"]), ((15, 16), ["blue"]), ((16, 16), [])],
)
def test_rows_are_applied_as_us_only_before_16(majors: tuple[int, int], told: list[str]) -> None:
    assert sides(applied_as_us(pair({"code": (INDEX,)}, {"code": (INDEX,)}, majors))) == told


def test_before_the_schema_is_there_green_is_judged_by_blue_s() -> None:
    code = {"code": (INDEX,)}
    assert sides(applied_as_us(pair(code, {"relations": ()}))) == ["blue", "green"]
    assert sides(applied_as_us(pair(code, {}))) == ["blue"]
    assert sides(applied_as_us(pair({"relations": ()}, code))) == ["green"]
    elsewhere = {"code": (INDEX,), "relations": (table("orders"),)}
    assert sides(applied_as_us(pair(elsewhere, {}))) == [], "its table does not take part"


@pytest.mark.parametrize(
    ("code", "there", "told"),
    [
        (Code(USERS, DEFAULT, "phone", "public.f()", "owner"), {"relations": (table(),)}, ["blue"]),
        (Code(USERS, DEFAULT, "id", "public.f()", "owner"), {"relations": (table(),)}, []),
        (
            Code(USERS, DEFAULT, "phone", "public.f()", "owner"),
            {"relations": (table(columns=(KEY, column("phone"))),)},
            [],
        ),
        (Code(USERS, DEFAULT, "phone", "public.f()", "owner"), {"relations": (table("orders"),)}, []),
        (Code(USERS, TRIGGER, "fires", "public.f()", "owner", enabled="O"), {}, []),
        (Code(USERS, TRIGGER, "fires", "public.f()", "owner", enabled="A"), {}, ["blue"]),
    ],
)
def test_a_default_runs_only_for_rows_that_come_without_its_column(
    code: Code, there: dict[str, Any], told: list[str]
) -> None:
    assert sides(applied_as_us(pair({"code": (code,)}, there))) == told


def test_what_runs_while_we_read_is_told_by_what_we_are_on_each_side() -> None:
    code, ruler = {"code": (PLANNED,)}, roles(role("migrator", superuser=True))
    found = pair({**code, "roles": ruler}, code)
    assert (sides(planned_as_superuser(found)), sides(planned_as_us(found))) == (["blue"], ["green"])
    found = pair(code, {**code, "roles": ruler})
    assert (sides(planned_as_superuser(found)), sides(planned_as_us(found))) == (["green"], ["blue"])
    assert list(planned_as_us(pair({"code": (INDEX,)}, {"code": (INDEX,)}))) == []
