# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reason names all of its objects, each with its fix; what a migration wishes for when nobody says anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import Wishes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import about
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.fixtures.hostile_names import identifiers


@pytest.mark.parametrize(
    ("names", "what"),
    [(["a"], "1 table has no key"), (["a", "b"], "2 tables have no key"), (["a", "b", "c"], "3 tables have no key")],
)
def test_one_object_is_told_in_the_singular(names: list[str], what: str) -> None:
    [reason] = about(Side.BLUE, names, "{n} table{s} {have} no key", "ALTER TABLE {} …;")
    assert (reason.what, reason.objects) == (what, tuple(names))
    assert reason.fix.splitlines() == [f"ALTER TABLE {name} …;" for name in names]


def test_a_fix_that_is_the_same_for_all_is_told_once_and_nothing_is_no_reason() -> None:
    [reason] = about(Side.BLUE, ["b", "a"], "{n} table{s} {are} odd", "Look at them")
    assert (reason.fix, reason.objects) == ("Look at them", ("a", "b"))
    assert list(about(Side.BLUE, [], "{n}", "x")) == []


@given(st.sets(identifiers, min_size=1, max_size=3))
def test_a_fix_holds_the_name_as_it_is(names: set[str]) -> None:
    [reason] = about(Side.BLUE, names, "{n} table{s} {are} odd", "a {id} b {} c")
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
    assert reason.fix == "\n".join(f"a {quoted[name]} b {name} c" for name in sorted(names))


def test_one_migration_wishes_for_one_lane_four_streams_and_ten_sessions() -> None:
    wishes = Wishes()
    assert (wishes.lanes, wishes.streams, wishes.sessions, wishes.others) == (1, 4, 10, 0)
    assert [Wishes(at_once=number).others for number in (0, 1, 3)] == [0, 0, 2]
