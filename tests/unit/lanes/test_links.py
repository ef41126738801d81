# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lanes: what they should carry, and every reason why rows could be missing behind them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.assignment import (
    Assignment,
    assigned,
    require_lanes,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import (
    LaneFacts,
    LaneSpec,
    Published,
    lane_specs,
    require_publishable,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import Column, Table, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import OPENED, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.stopped import (
    refusal,
    stopped_by,
    what_remains,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from demo.commands import PROJECT
from tests.fixtures.hostile_names import identifiers

OURS = (Published(TableName("bluegreen", "marker_1")), Published(TableName("bluegreen", "probe")))


def table(name: str, *columns: str, kind: str = "r", identity: str = "d", generated: str = "") -> Table:
    """Return a table whose first column is the key."""
    made = tuple(Column(one, "text", one == generated, int(one == columns[0])) for one in columns)
    return Table(TableName("public", name), kind, TableName("public", name), identity, made, columns[:1])


def spec_of(publisher: list[Table], subscriber: list[Table], direction: Direction = Direction.FORWARD) -> LaneSpec:
    """Return the only lane."""
    (spec,) = lane_specs("shop", direction, publisher, subscriber, [])
    return spec


def test_equal_tables_flow_with_all_columns_and_the_lane_has_its_marker() -> None:
    users = table("users", "id", "name")
    assert spec_of([users], [users]).tables == (Published(users.name), *OURS)


def test_columns_that_the_other_side_lacks_are_left_out_by_a_column_list() -> None:
    green, blue = table("users", "id", "name", "phone"), table("users", "id", "name")
    assert spec_of([green], [blue], Direction.REVERSE).tables[0].columns == ("id", "name")


def test_generated_columns_are_computed_there_and_never_sent() -> None:
    users = table("users", "id", "total", generated="total")
    assert users.replicated_columns == ("id",)
    assert spec_of([users], [users]).tables[0].columns is None


def test_partition_roots_hold_no_rows_and_are_not_published() -> None:
    root, leaf = table("events", "id", kind="p"), table("events_2026", "id")
    assert spec_of([root, leaf], [root, leaf]).tables == (Published(leaf.name), *OURS)


def test_a_table_that_green_lacks_is_refused_forward_and_left_out_on_the_way_back() -> None:
    users, extra = table("users", "id"), table("extra", "id")
    with pytest.raises(MigrationError, match=r"BG301.*public\.extra"):
        require_publishable(Direction.FORWARD, [users, extra], [users], [], 17)
    require_publishable(Direction.FORWARD, [users, extra], [users], [extra.name], 17)
    require_publishable(Direction.REVERSE, [users, extra], [users], [], 17)
    assert spec_of([users, extra], [users], Direction.REVERSE).tables == (Published(users.name), *OURS)


def test_a_column_list_on_replica_identity_full_is_refused_before_anything_is_made() -> None:
    green, blue = table("log", "id", "line", "level", identity="f"), table("log", "id", "line")
    with pytest.raises(MigrationError, match="BG302"):
        require_publishable(Direction.REVERSE, [green], [blue], [], 17)
    require_publishable(Direction.REVERSE, [blue], [blue], [], 17)


USERS = table("users", "id")
SPEC = spec_of([USERS], [USERS])
HEALTHY = LaneFacts(
    published=SPEC.tables,
    slot=True,
    slot_status="reserved",
    subscription=True,
    enabled=True,
    working=True,
    states={one.table: "r" for one in SPEC.tables},
    lag=0,
    retained=0,
    errors=0,
)


def test_a_healthy_lane_has_no_problem() -> None:
    assert HEALTHY.problems(SPEC) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"published": None}, "no publication"),
        ({"published": SPEC.tables[:1]}, "other tables"),
        ({"slot": False}, "no slot"),
        ({"slot_status": "lost"}, "lost"),
        ({"slot_status": "unreserved"}, "unreserved"),
        ({"subscription": False}, "no subscription"),
        ({"enabled": False}, "disabled"),
        ({"working": False}, "no apply worker"),
        ({"states": {}}, "does not subscribe to"),
        ({"states": {one.table: "d" for one in SPEC.tables}}, "still copies"),
    ],
)
def test_each_fault_alone_is_a_problem(change: dict[str, object], word: str) -> None:
    assert any(word in problem for problem in replace(HEALTHY, **change).problems(SPEC))  # type: ignore[arg-type]


_COLUMNS = st.sampled_from("abcdefgh") | identifiers.filter(lambda name: name != "id")


@given(st.sets(_COLUMNS, min_size=1), st.sets(_COLUMNS, min_size=1))
def test_only_columns_of_both_sides_are_sent(mine: set[str], theirs: set[str]) -> None:
    key = "id"
    publisher, subscriber = table("t", key, *sorted(mine)), table("t", key, *sorted(theirs))
    columns = spec_of([publisher], [subscriber]).tables[0].columns
    assert set(columns or publisher.replicated_columns) == {key} | (mine & theirs)
    assert (columns is None) == (mine <= theirs)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1000)), max_size=20),
    st.integers(1, 4),
)
def test_every_table_has_one_lane_and_trees_stay_whole(leaves: list[tuple[int, int]], lanes: int) -> None:
    tables = [
        replace(table(f"leaf_{number}", "id"), root=TableName("public", f"root_{root}"))
        for number, (root, _writes) in enumerate(leaves)
    ]
    weights = {one.name: writes for one, (_root, writes) in zip(tables, leaves, strict=True)}
    numbers = tuple(range(1, lanes + 1))
    first = assigned(tables, Assignment(lanes=numbers, weights=weights))
    assert set(first) == {one.name for one in tables}
    assert set(first.values()) <= set(numbers)
    assert all(first[one.name] == first[two.name] for one in tables for two in tables if one.root == two.root)
    later = {name: 1000 - weight for name, weight in weights.items()}
    assert assigned(tables, Assignment(lanes=numbers, standing=first, weights=later)) == first


@pytest.mark.parametrize("lane", [0, 3, "2"])
def test_a_lane_that_the_link_does_not_have_is_refused(lane: object) -> None:
    with pytest.raises(
        MigrationError, match=f"BG310: public.users is assigned to lane {lane}, but only lanes 1 to 2 exist"
    ):
        require_lanes(2, {"public.users": lane})
    require_lanes(2, {"public.users": 1, "public.orders": 2})


def test_heavy_tables_are_spread_and_the_users_word_counts() -> None:
    tables = [table(name, "id") for name in "abc"]
    weights = {TableName("public", "a"): 100, TableName("public", "b"): 60, TableName("public", "c"): 50}
    lane_of = assigned(tables, Assignment(lanes=(1, 2), weights=weights))
    assert [lane_of[one.name] for one in tables] == [1, 2, 2]
    wanted = {TableName("public", "b"): 1}
    lane_of = assigned(tables, Assignment(lanes=(1, 2), weights=weights, wanted=wanted))
    assert [lane_of[one.name] for one in tables] == [2, 1, 1]


def test_tables_of_which_nothing_is_known_count_like_one_row_and_are_spread() -> None:
    tables = [table(name, "id") for name in ("heavy", "w", "x", "y", "z")]
    two = Assignment(lanes=(1, 2), weights={tables[0].name: 2})
    assert list(assigned(tables, two).values()) == [1, 2, 2, 2, 1]
    assert list(assigned(tables[1:], Assignment(lanes=(1, 2))).values()) == [1, 2, 1, 2]


def test_what_stands_weighs_on_its_lane() -> None:
    tables = [table(name, "id") for name in "abc"]
    weights = {tables[0].name: 10, tables[1].name: 4, tables[2].name: 4}
    lane_of = assigned(tables, Assignment(lanes=(1, 2), weights=weights, standing={tables[0].name: 2}))
    assert list(lane_of.values()) == [2, 1, 1]


def test_one_place_lets_rows_flow() -> None:
    """Everything that enables, creates or attaches a lane goes through it, and it asks whether an emergency has stopped
    that."""
    lets_flow = re.compile(r"\bsql\.(ENABLE|ATTACH_SLOT)\b|subscribe_sql\.SUBSCRIBE\b")
    found = {
        path.name for path in (PROJECT / "plugins").rglob("*.py") if lets_flow.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"flow.py"}


def test_the_newest_opening_of_the_same_migration_decides() -> None:
    alone = Entry("shop", Side.BLUE, 2, OPENED, "now", Side.BLUE, details={"emergency": True, "file": "/srv/missing"})
    assert stopped_by([alone]) is alone
    assert stopped_by([]) is None
    assert stopped_by([alone, replace(alone, epoch=3, details={})]) is None
    assert stopped_by([replace(alone, epoch=1, details={}), alone]) is alone
    assert "/srv/missing" in refusal(alone, "bluegreen_shop_reverse_1").todo
    assert what_remains(alone, Side.GREEN).fix.startswith("Run rollback, which fences green. Keep green")
