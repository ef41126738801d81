# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers must have room for: each number that is needed, and what it consists of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import capacity_checks
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.facts import Facts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import Wishes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import Reason
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.servers import Sender
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import (
    OURS,
    facts,
    role,
    roles,
    settings,
    side,
    slot,
    subscription,
    table,
    with_database,
)

OTHERS = "bluegreen_other_forward_1"
NATIVE = Wishes(copy="native")


def needs(check: Callable[[Facts], Iterator[Reason]], found: Facts) -> dict[str, str]:
    """Return what a check says is needed, by side: `2: 1 in use + 1 link`."""
    words = {str(one.side): re.search(r"(\d+) are needed \((.*?)\)", one.what) for one in check(found)}
    return {which: f"{match[1]}: {match[2]}" for which, match in words.items() if match}


def without_room(setting: str, blue: Any = None, green: Any = None, **changes: Any) -> Facts:
    """Return facts of servers where that setting is 0, so that everything needed is told."""
    none = {"settings": settings(**{setting: "0"})}
    return facts({**none, **(blue or {})}, {**none, **(green or {})}, **changes)


def test_slots_of_ours_and_of_their_first_copies_are_not_in_use_by_others() -> None:
    mine = (slot(OURS), slot("pg_16400_sync_1_7002"), slot("theirs"), slot(OTHERS))
    found = without_room("max_replication_slots", {"slots": mine}, {"subscriptions": (subscription(OURS),)})
    assert needs(capacity_checks.slots, found) == {
        "blue": "3: 1 in use + 1 for other migrations + 1 link",
        "green": "1: 1 link",
    }


def test_a_sender_is_ours_by_its_slot_or_its_name_and_one_that_hides_it_is_not() -> None:
    senders = (
        Sender(7, "anything"),
        Sender(8, OURS),
        Sender(9, "pg_16400_sync_1_7002"),
        Sender(10, None),
        Sender(11, "theirs"),
        Sender(12, OTHERS),
    )
    blue = {"senders": senders, "slots": (slot(OURS, active_pid=7), slot("theirs", active_pid=11))}
    found = without_room("max_wal_senders", blue, {"subscriptions": (subscription(OURS),)})
    assert needs(capacity_checks.senders, found)["blue"] == "4: 2 in use + 1 for other migrations + 1 link"


BESIDE = (
    subscription(OURS),
    subscription(OURS, here=False),
    subscription("mine"),
    subscription("theirs", here=False, workers=2),
)


def test_every_worker_counts_but_those_of_our_subscription_in_this_database() -> None:
    found = without_room("max_logical_replication_workers", green={"subscriptions": BESIDE})
    assert needs(capacity_checks.logical_workers, found) == {"blue": "1: 1 link", "green": "5: 4 in use + 1 link"}


def test_processes_are_those_workers_the_launcher_and_those_of_extensions() -> None:
    found = without_room("max_worker_processes", green={"subscriptions": BESIDE, "background_workers": 3})
    assert needs(capacity_checks.worker_processes, found) == {
        "blue": "2: 1 launcher + 1 link",
        "green": "9: 1 launcher + 3 of extensions + 4 in use + 1 link",
    }


def test_an_origin_is_for_each_subscription_under_the_setting_that_the_version_has() -> None:
    green = {"subscriptions": BESIDE, "settings": settings(max_active_replication_origins="0")}
    found = without_room("max_replication_slots", green=green)
    assert needs(capacity_checks.origins, found) == {"blue": "1: 1 link", "green": "4: 3 in use + 1 link"}
    assert [one.objects for one in capacity_checks.origins(found)] == [
        ("max_replication_slots",),
        ("max_active_replication_origins",),
    ]


@pytest.mark.parametrize(
    ("tables", "at_once", "copies"),
    [(0, "2", 1), (1, "2", 1), (2, "2", 2), (3, "2", 2), (3, "5", 3), (3, "0", 0)],
)
def test_the_server_s_own_first_copies_are_as_many_as_tables_or_as_it_allows(
    tables: int, at_once: str, copies: int
) -> None:
    some = {"relations": tuple(table(f"t{number}") for number in range(tables))}
    green = {"settings": settings(max_sync_workers_per_subscription=at_once, max_logical_replication_workers="0")}
    found = facts({**some, "settings": settings(max_logical_replication_workers="0")}, green, wishes=NATIVE)
    more = f" + {copies} first copies at once" if copies else ""
    assert needs(capacity_checks.logical_workers, found) == {
        "blue": "1: 1 link",
        "green": f"{1 + copies}: 1 link{more}",
    }


def test_migrations_beside_this_one_copy_as_much() -> None:
    found = without_room("max_wal_senders", wishes=replace(NATIVE, at_once=3, lanes=2))
    assert needs(capacity_checks.senders, found) == {
        "blue": "9: 4 for other migrations + 2 lanes + 3 first copies at once",
        "green": "6: 4 for other migrations + 2 lanes",
    }


def test_a_link_has_one_lane_at_least() -> None:
    assert needs(capacity_checks.slots, without_room("max_replication_slots", wishes=Wishes(lanes=0))) == {
        "blue": "1: 1 link",
        "green": "1: 1 link",
    }


@pytest.mark.parametrize(("allowed", "told"), [("0", [Side.GREEN]), ("1", [])])
def test_one_first_copy_at_a_time_is_enough(allowed: str, told: list[Side]) -> None:
    found = facts(green={"settings": settings(max_sync_workers_per_subscription=allowed)})
    assert [one.side for one in capacity_checks.no_copy_workers(found)] == told


def connecting(migrator: Any = None, **reserved: str) -> dict[str, Any]:
    """Return a server that has room for nobody, with five clients."""
    ours = roles(role("migrator", **(migrator or {})))
    return {"settings": settings(max_connections="0", **reserved), "clients": 5, "roles": ours}


def test_reserved_connections_are_free_only_to_superusers() -> None:
    both = {"superuser_reserved_connections": "3", "reserved_connections": "2"}
    found = facts(connecting(**both), connecting({"superuser": True}, **both))
    assert needs(capacity_checks.server_connections, found) == {
        "blue": "20: 5 in use + 5 reserved + 10 for the migration",
        "green": "15: 5 in use + 10 for the migration",
    }
    before_16 = facts(connecting(superuser_reserved_connections="3"), wishes=Wishes(streams=1, at_once=2))
    assert needs(capacity_checks.server_connections, before_16) == {
        "blue": "22: 5 in use + 3 reserved + 14 for the migrations",
    }
    of_many = facts(connecting(**both), wishes=Wishes(streams=1, at_once=50, forks=3))
    counted = needs(capacity_checks.server_connections, of_many)
    assert counted["blue"] == "31: 5 in use + 5 reserved + 21 for the migrations"


@pytest.mark.parametrize(("allowed", "told"), [("10", []), ("9", [Side.BLUE])])
def test_a_server_that_nobody_uses_has_room_for_exactly_as_many_as_it_allows(allowed: str, told: list[Side]) -> None:
    found = facts({"settings": settings(max_connections=allowed)})
    assert [one.side for one in capacity_checks.server_connections(found)] == told


@pytest.mark.parametrize(("limit", "told"), [(-1, False), (0, True), (9, True), (10, False)])
def test_a_role_or_a_database_may_have_as_many_connections_as_are_needed(limit: int, told: bool) -> None:
    limited = facts({"roles": roles(role("migrator", connection_limit=limit))})
    assert [one.what for one in capacity_checks.connections(limited)] == (
        [f"Role migrator may have {limit} connections, up to 10 are needed"] if told else []
    )
    database = with_database(facts(), Side.GREEN, connection_limit=limit)
    assert [one.objects for one in capacity_checks.connections(database)] == ([("shop",)] if told else [])


def test_no_limit_binds_a_superuser_and_a_role_that_is_missing_has_none() -> None:
    ruler = facts({"roles": roles(role("migrator", superuser=True, connection_limit=1))})
    assert list(capacity_checks.connections(with_database(ruler, Side.BLUE, connection_limit=1))) == []
    nobody = replace(side(Side.BLUE, 17).peer, user="nobody")
    limited = facts({"peer": nobody, "roles": roles(role("migrator", connection_limit=1))})
    assert [one.objects for one in capacity_checks.connections(limited)] == [("migrator",)]


def locking(tables: int, **changes: str) -> dict[str, Any]:
    """Return a server with that many tables and room for four locks."""
    room = {"max_locks_per_transaction": "2", "max_connections": "2", **changes}
    return {"relations": tuple(table(f"t{number}") for number in range(tables)), "settings": settings(**room)}


def locks_told(blue: dict[str, Any], green: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what the check of the lock table says, and the number that it proposes."""
    found = capacity_checks.lock_table(facts(blue, green))
    return [(str(one.side), one.what, one.fix.split(" = ")[1].split(";")[0]) for one in found]


def test_a_dump_locks_every_table_of_blue_at_once() -> None:
    assert locks_told(locking(4), locking(4)) == []
    five = ("blue", "pg_dump locks 5 tables at once, the server has room for 4 locks", "4")
    assert locks_told(locking(5), locking(5)) == [five]
    assert [fix for _side, _what, fix in locks_told(locking(8), locking(8))] == ["6"]
    assert locks_told(locking(6, max_prepared_transactions="1"), locking(6)) == []


def test_a_restore_takes_three_locks_for_each_table_that_green_lacks() -> None:
    assert locks_told(locking(2), locking(1)) == []
    assert locks_told(locking(3), locking(1)) == [
        (
            "green",
            "pg_restore creates 2 tables at once, which takes 6 locks, the server has room for 4 locks",
            "4",
        )
    ]
    assert locks_told(locking(1), locking(9)) == []


@pytest.mark.parametrize("missing", ["max_locks_per_transaction", "max_connections"])
def test_room_that_is_unknown_is_no_reason(missing: str) -> None:
    blue = locking(9)
    blue["settings"] = {name: each for name, each in blue["settings"].items() if name != missing}
    assert locks_told(blue, locking(9)) == []
    assert [one for one, _what, _fix in locks_told(blue, locking(1))] == ["green"], "what is known of green counts"
