# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan does about a lane whose publisher has another primary than the one that it was made to read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.source import Crossing, Source
from tests.unit.replication.examples import (
    BACK,
    GREEN_SERVES,
    HEALTHY,
    LIVE,
    PARKED,
    SPEC,
    actions,
    lane,
    planned,
    refused,
)

BEFORE = Source("1", 1, "a", received_on=1)
OVER = Crossing(BEFORE, replace(BEFORE, timeline=2), "db2:5432", {1: "0/3000"}, "0/3000", receiver=1)
WITH_SLOT = replace(HEALTHY, position="0/3000", source=BEFORE)
GONE = replace(HEALTHY, slot=False, slot_status=None, source=BEFORE)


@pytest.mark.parametrize("wish", ["present", "connected"])
def test_a_lane_is_led_to_the_present_primary(wish: str) -> None:
    assert actions(lane(WITH_SLOT), wish=wish) == []
    done, _facts = planned(lane(WITH_SLOT, crossing=OVER), wish=wish)
    assert done == [("lead", (SPEC, replace(OVER.now, received_on=1)))]


@pytest.mark.parametrize("wish", ["enabled", "disabled", "absent"])
def test_other_wishes_lead_no_lane_anywhere(wish: str) -> None:
    assert "lead" not in actions(lane(WITH_SLOT, crossing=OVER), wish=wish)


@pytest.mark.parametrize("wish", ["present", "connected"])
def test_a_gap_is_refused_and_says_how_to_begin_anew(wish: str) -> None:
    for facts, crossing, code in (
        (GONE, OVER, "BG016"),
        (WITH_SLOT, replace(OVER, applied="0/3001"), "BG017"),
        (WITH_SLOT, replace(OVER, applied=None), "BG018"),
    ):
        with pytest.raises(MigrationError) as error:
            planned(lane(facts, crossing=crossing), wish=wish)
        assert error.value.code == code
        assert "db2:5432 is its primary now" in error.value.what
        assert "Run rollback to undo the migration, empty green" in error.value.todo
        assert ("GRANT EXECUTE" in error.value.todo) is (code == "BG018")


def test_a_slot_that_is_gone_without_a_failover_is_told_as_before() -> None:
    moved = replace(OVER, before=replace(OVER.now, address="b"))
    assert refused(lane(GONE, crossing=moved)).code == "BG305"
    assert actions(lane(GONE, crossing=moved), wish="connected") == ["lead"]


def test_where_nothing_is_written_nothing_can_be_missing() -> None:
    serves = replace(LIVE, situation=GREEN_SERVES)
    unknown = replace(OVER, applied=None, receiver=3)
    done, _facts = planned(lane(WITH_SLOT, crossing=unknown), serves)
    assert done == [("lead", (SPEC, replace(OVER.now, received_on=3)))]
    assert "lead" not in actions(lane(GONE, crossing=unknown), serves), "it is made anew"


def test_a_parked_lane_is_led_without_a_slot() -> None:
    parked = replace(GONE, enabled=False, states={one.table: "r" for one in BACK.tables}, published=BACK.tables)
    assert actions(lane(parked, BACK, crossing=OVER), PARKED) == ["lead"]
