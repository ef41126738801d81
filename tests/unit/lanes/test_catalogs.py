# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both catalogs in one observation: which lanes stand, which should, and what each side has of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.catalogs import Catalogs, Lanes, Links
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import (
    LaneFacts,
    Published,
    newly_sent,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.source import Source
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import Column, Table, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from tests.unit.lanes.test_links import table

BLUE, GREEN = Side.BLUE, Side.GREEN
FORWARD, REVERSE = Direction.FORWARD, Direction.REVERSE
FIRST, SECOND = "bluegreen_shop_forward_1", "bluegreen_shop_forward_2"
USERS, ITEMS = table("users", "id"), table("items", "id")
SENDS = LaneFacts(published=(Published(USERS.name),), slot=True, slot_status="reserved", lag=7, attached=False)
TAKES = LaneFacts(subscription=True, enabled=True, working=True, states={USERS.name: "r"}, errors=3)


def links(blue: dict[str, LaneFacts] | None = None, green: dict[str, LaneFacts] | None = None) -> Links:
    """Return links of which the sides have these parts."""
    return Links("shop", {BLUE: blue or {}, GREEN: green or {}})


def catalogs(stand: Links, *tables: Table) -> Catalogs:
    """Return both catalogs with the same tables."""
    return Catalogs(stand, {BLUE: tables, GREEN: tables}, {BLUE: 17, GREEN: 18})


def test_a_lane_has_its_publisher_s_half_and_its_subscriber_s() -> None:
    both = links({FIRST: SENDS}, {FIRST: TAKES}).facts(FORWARD, 1)
    assert both == replace(TAKES, published=SENDS.published, slot=True, slot_status="reserved", lag=7)


def test_what_lies_on_the_wrong_side_is_no_part_of_a_lane() -> None:
    stand = links({FIRST: TAKES}, {FIRST: SENDS})
    assert stand.numbers(FORWARD) == []
    assert stand.facts(FORWARD, 1) == LaneFacts(attached=False)
    assert not stand.flows(FORWARD)


def test_a_lane_without_a_subscription_is_not_attached() -> None:
    assert links({FIRST: SENDS}).facts(FORWARD, 1) == SENDS
    assert links({}, {FIRST: TAKES}).facts(FORWARD, 1).attached


def test_lanes_are_numbered_and_belong_to_one_direction() -> None:
    tenth = "bluegreen_shop_forward_10"
    stand = links({tenth: SENDS, SECOND: SENDS}, {"bluegreen_shop_reverse_1": SENDS})
    assert (stand.numbers(FORWARD), stand.numbers(REVERSE), stand.most_lanes) == ([2, 10], [1], 10)
    assert links().most_lanes == 1


@pytest.mark.parametrize(
    ("blue", "green", "flows"),
    [
        ({FIRST: LaneFacts(published=())}, {}, False),
        ({FIRST: LaneFacts(slot=True)}, {}, True),
        ({}, {FIRST: LaneFacts(subscription=True)}, True),
    ],
)
def test_a_slot_or_a_subscription_can_carry_rows_and_a_publication_alone_cannot(
    blue: dict[str, LaneFacts], green: dict[str, LaneFacts], flows: bool
) -> None:
    stand = links(blue, green)
    assert stand.numbers(FORWARD) == [1]
    assert stand.flows(FORWARD) is flows


def test_a_standing_link_keeps_its_lanes_and_a_new_one_gets_the_wanted_number() -> None:
    wanted = Lanes(3, {"public.items": 3})
    new = catalogs(links(), USERS, ITEMS)
    assert [spec.lane for spec in new.specs(FORWARD, [], wanted)] == [1, 2, 3]
    assert Published(ITEMS.name) in new.specs(FORWARD, [], wanted)[2].tables
    assert [spec.lane for spec in new.specs(FORWARD, [])] == [1]
    standing = catalogs(links({SECOND: SENDS}), USERS, ITEMS)
    for direction in Direction:
        specs = standing.specs(direction, [], wanted)
        assert [spec.lane for spec in specs] == [1, 2]
        assert Published(USERS.name) in specs[1].tables


def test_rows_written_so_far_spread_the_tables_of_several_lanes() -> None:
    heavy = replace(catalogs(links(), USERS, ITEMS), writes={BLUE: {USERS.name: 100}})
    first, second = heavy.specs(FORWARD, [], Lanes(2))
    assert (Published(USERS.name) in first.tables, Published(ITEMS.name) in second.tables) == (True, True)


def test_tables_that_are_excluded_or_tell_versions_never_flow() -> None:
    versions = table("schema_version", "version")
    seen = replace(catalogs(links(), USERS, ITEMS, versions), versions=(versions.name,))
    (spec,) = seen.specs(FORWARD, ["public.items"])
    assert [one.table for one in spec.tables] == [
        USERS.name,
        TableName("bluegreen", "marker_1"),
        TableName("bluegreen", "probe"),
    ]
    assert seen.left_out(["public.items"]) == [ITEMS.name, versions.name]


def test_lanes_come_with_what_stands_of_them() -> None:
    ((spec, facts),) = catalogs(links({FIRST: SENDS}, {FIRST: TAKES}), USERS).lanes(FORWARD, [])
    assert (spec.name, facts.lag, facts.errors) == (FIRST, 7, 3)


def test_a_table_that_green_lacks_cannot_be_published() -> None:
    seen = Catalogs(links(), {BLUE: (USERS, ITEMS), GREEN: (USERS,)}, {BLUE: 17, GREEN: 18})
    with pytest.raises(MigrationError, match=r"BG301.*public\.items"):
        seen.require_publishable(FORWARD, [])
    seen.require_publishable(FORWARD, ["public.items"])


def test_tables_outside_a_link_are_told_where_there_is_one() -> None:
    flowing = links({FIRST: SENDS}, {FIRST: TAKES})
    assert catalogs(flowing, USERS, ITEMS).outside(FORWARD, []) == ("public.items (has not joined)",)
    assert catalogs(flowing, USERS, ITEMS).outside(FORWARD, ["public.items"]) == ()
    assert catalogs(links(), USERS, ITEMS).outside(FORWARD, []) == ()


def test_what_is_published_and_can_no_longer_be_written_to_is_named_for_its_side() -> None:
    log = replace(table("log", "id", "size", identity="f", generated="size"), key=())
    forth, back = (LaneFacts(published=(Published(USERS.name), Published(log.name))) for _side in (BLUE, GREEN))
    stand = links({FIRST: forth}, {"bluegreen_shop_reverse_1": back})
    assert list(catalogs(stand, USERS, log).failing()) == [GREEN], "only 18 refuses FULL with a generated column"
    assert catalogs(links({FIRST: forth}), USERS, log).failing() == {}
    nameless = replace(USERS, columns=(replace(USERS.columns[0], key=0),))
    assert catalogs(stand, nameless).failing()[BLUE][0].startswith("public.users has no primary key")


def test_a_publication_of_a_lane_that_the_link_does_not_get_is_one_too_many() -> None:
    stood = catalogs(links({FIRST: LaneFacts(published=()), SECOND: LaneFacts(published=())}), USERS)
    assert stood.too_many(FORWARD, Lanes(1)) == (SECOND,)
    assert stood.too_many(FORWARD, Lanes(2)) == stood.too_many(REVERSE, Lanes(1)) == ()
    flowing = catalogs(links({FIRST: SENDS, SECOND: SENDS}, {FIRST: TAKES, SECOND: TAKES}), USERS)
    assert flowing.too_many(FORWARD, Lanes(1)) == (), "an existing link keeps its lanes"


def test_columns_that_a_link_sends_or_leaves_out_by_mistake_are_named() -> None:
    name = Column("name", "text", generated=False, key=0)
    more = replace(USERS, columns=(*USERS.columns, name))
    sent = {FIRST: replace(SENDS, published=(Published(USERS.name),))}
    lacking = Catalogs(links(sent, {FIRST: TAKES}), {BLUE: (more,), GREEN: (USERS,)}, {BLUE: 17, GREEN: 18})
    assert lacking.unlike(FORWARD, []) == (("public.users.name",), ())
    too_much = {FIRST: replace(SENDS, published=(Published(USERS.name), Published(ITEMS.name)))}
    unwanted = replace(lacking, links=links(too_much, {FIRST: TAKES}), tables={BLUE: (more, ITEMS), GREEN: (USERS,)})
    assert unwanted.unlike(FORWARD, []) == lacking.unlike(FORWARD, []), "a table that green lacks is told elsewhere"
    listed = {FIRST: replace(SENDS, published=(Published(USERS.name, ("id",)),))}
    assert catalogs(links(listed, {FIRST: TAKES}), more).unlike(FORWARD, []) == ((), ("public.users.name",))
    assert catalogs(links(sent, {FIRST: TAKES}), more).unlike(FORWARD, []) == ((), ())


def test_a_list_that_grows_has_left_values_behind() -> None:
    before = (Published(USERS.name, ("id",)), Published(ITEMS.name))
    assert newly_sent(before, (Published(USERS.name),)) == {USERS.name}
    assert newly_sent(before, (Published(USERS.name, ("id", "name")),)) == {USERS.name}
    assert newly_sent(before, (Published(USERS.name, ("id",)), Published(ITEMS.name, ("id",)))) == set()


def test_a_lane_is_doubted_by_either_side_s_timeline_and_told_with_both() -> None:
    arrives = replace(TAKES, source=Source("1", 1, "a", received_on=1))
    stand = links({FIRST: SENDS}, {FIRST: arrives})
    assert stand.doubted({BLUE: 1, GREEN: 1}) == {}
    assert stand.doubted({BLUE: 5, GREEN: 1}) == {f"{FIRST}/5.1": 1}
    assert stand.doubted({BLUE: 1, GREEN: 2}) == {f"{FIRST}/1.2": 1}
    assert stand.doubted({BLUE: 1}) == {f"{FIRST}/1.None": 1}, "what was not read is not known to be the same"
    assert links({FIRST: SENDS}, {FIRST: TAKES}).doubted({BLUE: 1, GREEN: 2}) == {}
