# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture at the door: what go/no-go and the status take from one observation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.picture import Picture, problems_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.way_home import GreenOnly
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.catalogs import Catalogs, Links
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import LaneFacts, Published
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from tests.unit.lanes.test_links import table

BLUE, GREEN = Side.BLUE, Side.GREEN
LANE = "bluegreen_shop_reverse_1"
USERS, ITEMS = table("users", "id"), table("items", "id")
MARKER, PROBE = (TableName("bluegreen", name) for name in ("marker_1", "probe"))
SENDS = LaneFacts(
    published=(Published(USERS.name), Published(MARKER), Published(PROBE)), slot=True, slot_status="reserved"
)
STATES = {USERS.name: "r", MARKER: "r", PROBE: "r"}
TAKES = LaneFacts(subscription=True, enabled=True, working=True, states=STATES)
PARKED = replace(TAKES, enabled=False, working=False)


def picture(
    sends: LaneFacts = SENDS, takes: LaneFacts = TAKES, *, both_live: bool = True, more: bool = False
) -> Picture:
    """Return a picture whose way back has these halves; ``more``: green has a table that blue lacks."""
    links = Links("shop", {BLUE: {LANE: takes}, GREEN: {LANE: sends}})
    tables = {BLUE: (USERS,), GREEN: (USERS, ITEMS) if more else (USERS,)}
    return Picture(Situation({}, ()), Catalogs(links, tables, dict.fromkeys(Side, 17)), both_live)


def test_a_healthy_way_back_has_no_problems_live_or_parked() -> None:
    assert picture().way_back_problems(Direction.REVERSE) == {}
    parked = picture(replace(SENDS, slot=False), PARKED, both_live=False)
    assert parked.way_back_problems(Direction.REVERSE) == {}


def test_a_way_back_that_has_to_live_needs_its_slot_and_a_parked_one_its_publication() -> None:
    sends = replace(SENDS, slot=False)
    assert picture(sends).way_back_problems(Direction.REVERSE) == {LANE: ("has no slot",)}
    parked = picture(replace(SENDS, published=None), PARKED, both_live=False)
    assert parked.way_back_problems(Direction.REVERSE) == {LANE: ("has no publication of all tables",)}


def test_a_way_back_that_follows_another_schema_is_taken_as_it_stands() -> None:
    published = (*(SENDS.published or ()), Published(ITEMS.name))
    other = picture(replace(SENDS, published=published), replace(TAKES, states={**STATES, ITEMS.name: "r"}))
    assert "publishes other tables than it should" in other.way_back_problems(Direction.REVERSE)[LANE]
    assert other.way_back_problems(Direction.REVERSE, as_it_stands=True) == {}


def test_lanes_are_told_by_name_with_their_problems_only() -> None:
    lanes = picture().lanes(Direction.REVERSE)
    assert problems_of(lanes) == {}
    ((spec, facts),) = lanes
    assert problems_of([(spec, replace(facts, enabled=False))]) == {LANE: ("its subscription is disabled",)}


@pytest.mark.parametrize(("excluded", "found"), [((), [GreenOnly(ITEMS.name, key=("id",))]), (("public.items",), [])])
def test_what_only_green_has_is_what_no_exclusion_names(excluded: tuple[str, ...], found: list[GreenOnly]) -> None:
    assert replace(picture(more=True), excluded=excluded).green_only() == found


def test_a_table_of_blue_s_that_green_no_longer_has_is_gone() -> None:
    forth = {"bluegreen_shop_forward_1": LaneFacts(published=(Published(USERS.name), Published(ITEMS.name)))}
    seen = picture()
    links = replace(seen.catalogs.links, parts={BLUE: forth, GREEN: {}})
    seen = replace(seen, catalogs=replace(seen.catalogs, links=links))
    assert seen.gone() == ("public.items",)
    assert replace(seen, excluded=("public.items",)).gone() == ()
