# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slots that fill the disk, links that stopped or met conflicts, and what a failover would lose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import early_slot
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import servers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reach_checks import (
    another_database,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import Reason
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.replication_checks import (
    conflicts_met,
    left_over_early_slots,
    not_carried,
    own_link_stopped,
    slot_dies_with_primary,
    slots_keeping_wal,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import BARE_STANDBY, OURS, facts, side, slot, subscription, table, with_database

GB = 2**30


def what(reasons: Iterable[Reason]) -> list[str]:
    """Return what each says, with its side."""
    return [f"{one.side}: {one.what}" for one in reasons]


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"retained": GB}, None),
        ({"retained": GB + 1}, "keeps 1.0 GB of WAL"),
        ({"retained": None}, None),
        ({"retained": None, "wal_status": "extended"}, "keeps an unknown amount of WAL"),
        ({"retained": 5, "wal_status": "lost"}, "WAL it needs is gone"),
        ({"retained": GB + 1, "active_pid": 7}, None),
    ],
)
def test_a_slot_without_a_reader_is_told_where_it_keeps_much(changes: dict[str, Any], kept: str | None) -> None:
    idle = slot("theirs", **{"active_pid": None, **changes})
    found = what(slots_keeping_wal(facts({"slots": (idle,)})))
    assert found == ([f"blue: Slot theirs has no reader and {kept}"] if kept else [])
    assert what(slots_keeping_wal(facts({"slots": (replace(idle, name=OURS),)}))) == [], "ours are watched elsewhere"


@pytest.mark.parametrize(
    ("changes", "stopped"),
    [
        ({"workers": 0, "errors": 1}, True),
        ({"workers": 0, "errors": 0}, False),
        ({"workers": 0, "errors": None}, True),
        ({"workers": 0, "errors": None, "enabled": False}, False),
        ({"workers": 0, "errors": 1, "enabled": False}, True),
        ({"errors": 1}, False),
    ],
)
def test_a_link_has_stopped_where_it_failed_and_its_publisher_serves(changes: dict[str, Any], stopped: bool) -> None:
    base = facts(green={"subscriptions": (subscription(OURS, **changes),)})
    found = what(own_link_stopped(base))
    assert found == (["green: 1 link of this migration stopped after an error"] if stopped else [])
    assert what(own_link_stopped(with_database(base, Side.BLUE, fenced=True))) == []
    assert what(own_link_stopped(with_database(base, Side.GREEN, fenced=True))) == found, "blue's links are its own"


@pytest.mark.parametrize(("conflicts", "words"), [(0, None), (1, "1 change whose row"), (2, "2 changes whose row")])
def test_conflicts_of_a_link_are_counted(conflicts: int, words: str | None) -> None:
    found = what(conflicts_met(facts(green={"subscriptions": (subscription(OURS, conflicts=conflicts),)})))
    assert [words in one for one in found if words] == ([True] if words else [])
    assert bool(found) is bool(words)


def test_a_table_that_came_after_the_link_is_told_on_the_side_that_publishes() -> None:
    both = {"relations": (table("users"), table("late"))}
    publishes = servers.Publication(OURS, all_tables=False, tables=frozenset({table("users").name}))
    way = facts({**both, "subscriptions": (subscription(OURS),)}, {**both, "publications": (publishes,)})
    assert [one.objects for one in not_carried(way)] == [("public.late",)]
    assert what(not_carried(way))[0].startswith("green: 1 table created after the link")


@pytest.mark.parametrize("which", list(Side))
def test_a_standby_says_what_it_lacks_to_take_a_link_over(which: Side) -> None:
    every: dict[str, Any] = {}
    told = {
        "has_slot": "primary_slot_name at replica",
        "gives_feedback": "hot_standby_feedback = on at replica",
        "copies_slots": "sync_replication_slots = on with a dbname in primary_conninfo at replica",
        "is_waited_for": "replica's slot in synchronized_standby_slots at the primary",
    }
    every.update(dict.fromkeys(told, True))
    ready = replace(BARE_STANDBY, **every)
    assert what(slot_dies_with_primary(with_database(facts(), which, standbys=(ready,)))) == []
    for name, words in told.items():
        lacking = replace(BARE_STANDBY, **{**every, name: False})
        (reason,) = slot_dies_with_primary(with_database(facts(), which, standbys=(ready, lacking)))
        assert reason.fix == f"{words} (docs/failover.md)"
        assert reason.side is which
    (bare,) = slot_dies_with_primary(with_database(facts(), which, standbys=(BARE_STANDBY,)))
    assert bare.fix.startswith("primary_slot_name, hot_standby_feedback = on, sync_replication_slots = on")


def test_before_17_a_failover_means_to_copy_anew() -> None:
    old = replace(facts(), blue=side(Side.BLUE, 16))
    (reason,) = slot_dies_with_primary(with_database(old, Side.BLUE, standbys=(BARE_STANDBY,)))
    assert reason.fix.startswith("Before PostgreSQL 17 no standby has a copy of it")
    kept = replace(BARE_STANDBY, has_slot=True, gives_feedback=True, copies_slots=True, is_waited_for=True)
    assert len(what(slot_dies_with_primary(with_database(old, Side.BLUE, standbys=(kept,))))) == 1


def test_an_address_of_green_is_judged_whatever_blue_could_try() -> None:
    elsewhere = servers.Reach(None, "7009", "other")
    (found,) = what(another_database(facts({"reach": None}, {"reach": elsewhere})))
    assert found.startswith("green: From green, ")


@pytest.mark.parametrize(
    ("which", "fenced", "again"), [("green", False, "sync"), ("blue", True, "sync"), ("blue", False, "replicate")]
)
def test_an_early_slot_is_ours_and_goes_with_the_phase_that_makes_its_link(
    which: str, fenced: bool, again: str
) -> None:
    name = early_slot(OURS)
    left = slot(name, active_pid=None, retained=2 * 1024**3)
    base = facts({"slots": (left,)}) if which == "blue" else facts(green={"slots": (left,)})
    found = with_database(base, Side.BLUE, fenced=fenced)
    [told] = left_over_early_slots(found)
    assert (str(told.side), told.objects, f"run {again} again" in told.fix) == (which, (name,), True)
    assert not list(slots_keeping_wal(found))


def test_what_only_looks_like_an_early_slot_of_ours_is_not() -> None:
    for name in (f"{OURS}_earl", "bluegreen_shop_early", "bluegreen_shop2_reverse_1_early", "early"):
        assert not list(left_over_early_slots(facts({"slots": (slot(name),)})))
    assert not list(left_over_early_slots(facts({"slots": (slot(early_slot(OURS), here=False),)})))
