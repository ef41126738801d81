# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link with a missing part or with leftovers: completed or removed by the next run, or refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from psycopg2.errors import ObjectInUse

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import link_name, link_prefix
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles
from tests.integration.replication.test_link import NAMES, left

SYSTEM = "SELECT system_identifier FROM pg_control_system()"
END_READER = "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s AND active"
DROP_SLOT = """
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active
"""


def drop_slot(side: Database, name: str) -> None:
    """Drop a slot, ending its reader first, which may be back at once."""

    def is_dropped() -> bool:
        side.query(END_READER, name)
        with suppress(ObjectInUse):
            side.query(DROP_SLOT, name)
        return not side.query("SELECT FROM pg_replication_slots WHERE slot_name = %s", name)

    wait_for(is_dropped)


def stop(side: Database, name: str) -> None:
    """Do the first half of a subscription's removal."""
    side.query(f"ALTER SUBSCRIPTION {name} DISABLE")
    side.query(f"ALTER SUBSCRIPTION {name} SET (slot_name = NONE)")


def prove_flow(made: Pair, direction: str = "forward") -> None:
    """Write on blue and find it on green, or send a marker the other way."""
    if direction == "forward":
        assert made.write(made.blue) is None
    made.succeed("replication_catchup", direction=direction, timeout=60)
    assert made.green.query(NAMES) == made.blue.query(NAMES)


@pytest.mark.parametrize("copy", ["snapshot", "native"])
def test_a_slot_without_publication_and_subscription_is_made_anew(pair: PairFactory, copy: str) -> None:
    made = pair()
    made.succeed("write_gate")
    made.blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", made.lane("forward"))
    assert made.changes("replication_link", direction="forward", copy=copy)
    prove_flow(made)
    assert not made.changes("replication_link", direction="forward", copy=copy)


def test_a_publication_alone_is_finished(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    made.blue.query(f"CREATE PUBLICATION {made.lane('forward')} FOR TABLE users", role="migrator")
    assert made.changes("replication_link", direction="forward")
    prove_flow(made)


def test_a_subscription_that_has_forgotten_its_slot_gets_it_back(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    stop(made.green, made.lane("forward"))
    assert made.write(made.blue, "INSERT INTO users (name) VALUES ('meanwhile')") is None
    result = made.succeed("replication_link", direction="forward")
    assert titles(result) == [f"give {made.lane('forward')} its slot again", f"enable {made.lane('forward')}"]
    prove_flow(made)


def test_a_subscription_that_has_forgotten_its_slot_is_removed_with_it(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    stop(made.green, made.lane("forward"))
    for direction in ("reverse", "forward"):
        assert made.changes("replication_link", direction=direction, state="absent")
    assert (left(made.blue), left(made.green)) == (0, 0)


@pytest.mark.parametrize("part", ["slot", "publication", pytest.param("subscription", marks=pytest.mark.soak)])
def test_a_way_back_that_nobody_has_needed_is_made_anew(pair: PairFactory, part: str) -> None:
    made = pair()
    made.replicate()
    name = made.lane("reverse")
    if part == "slot":
        drop_slot(made.green, name)
    elif part == "publication":
        made.green.query(f"DROP PUBLICATION {name}")
    else:
        stop(made.blue, name)
        made.blue.query(f"DROP SUBSCRIPTION {name}")
    assert made.changes("replication_link", direction="reverse")
    prove_flow(made, "reverse")
    assert not made.changes("replication_link", direction="reverse")
    assert set(made.succeed("canary")["canaries"]) == {"forward", "reverse"}


@pytest.mark.parametrize(
    ("part", "code"), [("slot", "BG305"), pytest.param("publication", "BG308", marks=pytest.mark.soak)]
)
def test_a_way_back_that_has_lost_rows_is_refused(pair: PairFactory, part: str, code: str) -> None:
    made = pair()
    made.replicate()
    made.succeed("cutover", target="green", routes=[{"type": "multihost"}], deadline=20)
    name = made.lane("reverse")
    if part == "slot":
        drop_slot(made.green, name)
    else:
        made.green.query(f"DROP PUBLICATION {name}")
    failed = made.run("replication_link", direction="reverse")
    assert failed["code"] == code
    assert "Nothing was changed" in failed["msg"]
    assert "run cleanup" in failed["msg"]


@pytest.mark.parametrize(("blue", "green"), [pytest.param(17, 18, marks=pytest.mark.soak), (18, 18)])
def test_a_publication_that_is_gone_under_a_running_link_is_never_made_anew(
    pair: PairFactory, blue: int, green: int
) -> None:
    """PostgreSQL 18 would silently leave out rows written without it, older versions stop there for good."""
    made = pair(blue, green)
    made.replicate()
    made.blue.query(f"DROP PUBLICATION {made.lane('forward')}")
    assert made.write(made.blue) is None
    failed = made.run("replication_link", direction="forward")
    assert failed["code"] == "BG308"
    assert made.lane("forward") in failed["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_slots_and_origins_of_subscriptions_that_are_gone_are_removed(pair: PairFactory, state: str) -> None:
    made = pair()
    made.role = "superuser"  # only such a role may drop origins
    if state == "absent":
        made.replicate()
    else:
        made.succeed("write_gate")
    system = made.green.query(SYSTEM)[0][0]
    orphan, foreign = f"pg_4000000001_sync_4000000002_{system}", "pg_4000000001_sync_4000000002_77"
    for name in (orphan, foreign):
        made.blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", name)
    made.green.query(
        "SET allow_system_table_mods = on; INSERT INTO pg_replication_origin (roident, roname)"
        " VALUES (65001, 'pg_4000000001'), (65002, 'pg_4000000001_16384')"
    )
    result = made.succeed("replication_link", direction="forward", state=state)
    assert f"drop the slot {orphan}, which a copy of a table has left" in titles(result)
    assert "drop the origin pg_4000000001, which nothing uses any more" in titles(result)
    slots = {name for (name,) in made.blue.query("SELECT slot_name FROM pg_replication_slots")}
    assert orphan not in slots
    assert foreign in slots, "somebody else's subscriber may come back"
    assert made.green.query("SELECT FROM pg_replication_origin WHERE roname LIKE 'pg_4000000001%'") == []
    if state == "present":
        made.succeed("replication_catchup", timeout=60)


def test_origins_of_a_backfill_and_a_repair_that_were_killed_go_with_the_links(pair: PairFactory) -> None:
    made = pair()
    made.role = "superuser"
    made.replicate()
    prefix = link_prefix(made.migration)
    for side in (made.blue, made.green):
        for name in (f"{prefix}backfill", f"{prefix}repair", f"other_{prefix}repair"):
            side.query("SELECT pg_replication_origin_create(%s)", name)
    assert not made.changes("replication_link", direction="forward"), "a backfill may be at work beside the links"
    for direction in ("reverse", "forward"):
        made.succeed("replication_link", direction=direction, state="absent")
    for side in (made.blue, made.green):
        left_there = side.query("SELECT roname FROM pg_replication_origin WHERE roname LIKE '%%' || %s || '%%'", prefix)
        assert left_there == [(f"other_{prefix}repair",)]
        side.query("SELECT pg_replication_origin_drop(%s)", f"other_{prefix}repair")


def test_slots_of_table_copies_that_somebody_needs_are_left_alone(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    [(oid,)] = made.green.query("SELECT oid FROM pg_subscription WHERE subname = %s", made.lane("forward"))
    name = f"pg_{oid}_sync_16384_{made.green.query(SYSTEM)[0][0]}"
    made.blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", name)
    assert not made.changes("replication_link", direction="forward")
    made.succeed("replication_link", direction="reverse", state="absent")
    made.succeed("replication_link", direction="forward", state="absent")
    assert (left(made.blue), left(made.green)) == (0, 0)


def test_a_stopped_way_back_below_16_takes_in_a_new_table(pair: PairFactory) -> None:
    made = pair(15, 18)
    made.replicate()
    for side in (made.blue, made.green):
        side.query("SET session_replication_role = replica; CREATE TABLE late (id int PRIMARY KEY)")
    for direction in ("forward", "reverse"):
        assert made.changes("replication_link", direction=direction)
        assert not made.changes("replication_link", direction=direction)


def test_options_that_were_changed_are_set_again_and_slots_survive_a_failover(pair: PairFactory) -> None:
    made = pair(17, 18)
    made.replicate()
    made.green.query(f"ALTER SUBSCRIPTION {made.lane('forward')} SET (origin = any, streaming = off)")
    result = made.succeed("replication_link", direction="forward")
    assert titles(result) == [f"set streaming = parallel, origin = none of {made.lane('forward')}"]
    assert "+  origin: none" in result["diff"]["after"].replace("  origin", "+  origin")
    assert not made.changes("replication_link", direction="forward")
    names = [link_name(made.migration, Direction(one), 1) for one in ("forward", "reverse")]
    for side, name in zip((made.blue, made.green), names, strict=True):
        assert side.query("SELECT failover FROM pg_replication_slots WHERE slot_name = %s", name) == [(True,)]
    prove_flow(made)


@pytest.mark.parametrize(("blue", "green"), [(14, 18), pytest.param(15, 16, marks=pytest.mark.soak)])
def test_options_that_a_server_does_not_know_are_left_out(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    made.replicate()
    [options] = made.green.query(
        "SELECT substream::text, suborigin FROM pg_subscription WHERE subname = %s", made.lane("forward")
    )
    assert options == ("t", "any")
    assert not made.changes("replication_link", direction="forward")
