# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The link into the side in service: nothing flows through it, a rollback needs it, and it is repaired without a
copy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.retired import switch
from tests.integration.conftest import UP_TO_SYNC, MigrationFactory

_ALL = "SELECT id, name FROM users ORDER BY id"
_ADD = "INSERT INTO users (name) VALUES ('added')"


def _back(made: Pair) -> None:
    done = made.succeed("cutover", target="blue", deadline=60, max_lag_seconds=60)
    assert done["in_service"] == "blue"


def _lose_forward(made: Pair) -> None:
    """Lose slot and publication of the link to green."""
    made.green.query(f'ALTER SUBSCRIPTION "{made.lane("forward")}" DISABLE')
    made.green.query(f'ALTER SUBSCRIPTION "{made.lane("forward")}" SET (slot_name = NONE)')
    made.blue.query(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s AND active",
        made.lane("forward"),
    )
    made.blue.query("SELECT pg_drop_replication_slot(%s)", made.lane("forward"))
    made.blue.query(f'DROP PUBLICATION "{made.lane("forward")}"')


def _see_alike(made: Pair) -> None:
    assert made.blue.query(_ALL) == made.green.query(_ALL)


def _reasons(made: Pair, target: str) -> dict[str, dict[str, Any]]:
    refused = made.run("cutover", target=target, deadline=60, max_lag_seconds=60)
    return {reason["code"]: reason for reason in refused["details"]["reasons"]}


@pytest.mark.soak
def test_one_that_is_lost_is_made_anew_without_a_copy(pair: PairFactory) -> None:
    made = pair()
    switch(made)
    _lose_forward(made)
    assert made.write(made.green, _ADD) is None
    reason = _reasons(made, "blue")["BG511"]
    assert reason["fix"] == "Run sync"
    assert made.changes("replication_link", direction="forward")
    assert not made.changes("replication_link", direction="forward")
    _back(made)
    assert made.write(made.blue, _ADD) is None
    made.succeed("replication_catchup", timeout=60)
    _see_alike(made)


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(15, 16), (14, 18), (15, 15)])
def test_below_16_it_is_parked_and_that_is_well(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    before = made.run("replication_lag_info")["links"]["reverse"]
    assert not any(lane["exists"] for lane in before.values())
    switch(made)
    [lane] = made.succeed("replication_lag_info")["links"]["forward"].values()
    assert (lane["exists"], lane["parked"], lane["problems"]) == (True, True, [])
    assert not made.changes("replication_link", direction="forward")
    assert not made.changes("replication_link", direction="reverse")
    assert made.write(made.green, _ADD) is None
    _back(made)
    [lane] = made.succeed("replication_lag_info")["links"]["reverse"].values()
    assert (lane["parked"], lane["problems"]) == (True, [])
    assert made.write(made.blue, _ADD) is None
    made.succeed("replication_catchup", timeout=60)
    _see_alike(made)


def _make_late(made: Pair) -> None:
    for side in (made.blue, made.green):
        side.query("CREATE TABLE late (id int PRIMARY KEY, note text)", role="owner")


@pytest.mark.soak
@pytest.mark.parametrize("blue", [17, 15])
def test_a_table_that_came_after_the_cutover_does_not_keep_from_going_back(pair: PairFactory, blue: int) -> None:
    made = pair(blue)
    switch(made)
    _make_late(made)
    made.green.query("INSERT INTO late VALUES (1, 'on green')")
    made.succeed("write_gate")
    for direction in ("reverse", "forward"):
        made.succeed("replication_link", direction=direction)
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    _back(made)
    made.blue.query("INSERT INTO late VALUES (2, 'on blue')")
    made.succeed("replication_catchup", timeout=60)
    rows = [(1, "on green"), (2, "on blue")]
    assert [side.query("SELECT * FROM late ORDER BY id") for side in (made.blue, made.green)] == [rows, rows]


def test_rows_of_a_side_in_service_are_not_to_be_emptied(pair: PairFactory) -> None:
    """The way back is built while blue serves, from a green that nobody may write to."""
    made = pair()
    made.replicate()
    _make_late(made)
    made.blue.query("INSERT INTO late VALUES (1, 'on blue')")
    made.blue.query("CREATE TABLE odd (id int PRIMARY KEY)", role="owner")
    made.green.query("CREATE TABLE odd (id int PRIMARY KEY)", role="owner")
    nobody = "SET default_transaction_read_only = off; SET session_replication_role = replica; "
    made.green.query(f"{nobody} INSERT INTO late VALUES (1, 'from nowhere'); INSERT INTO odd VALUES (1)")
    refused = made.run("replication_link", direction="forward")
    assert (refused["code"], refused["todo"]) == (
        "BG306",
        "Empty these tables on green, then run the same command again",
    )
    made.succeed("replication_link", direction="reverse")
    assert (made.blue.query("SELECT note FROM late"), made.blue.query("SELECT * FROM odd")) == ([("on blue",)], [])


def _rename(green: Database) -> None:
    green.query("ALTER TABLE users RENAME TO people", role="owner")


@pytest.mark.soak
def test_a_table_renamed_for_good_leaves_no_way_back_and_that_is_said(pair: PairFactory) -> None:
    made = pair()
    switch(made)
    _rename(made.green)
    assert made.write(made.green, "INSERT INTO people (name) VALUES ('new')") in (None, "42501")
    reasons = _reasons(made, "blue")
    assert set(reasons) & {"BG760", "BG534", "BG510", "BG511"} == {"BG760"}
    assert reasons["BG760"]["objects"] == ["public.users"]
    said = made.succeed("migration_info")["rollback"]
    assert (said["safe"], said["reasons"][0].startswith("there is no way back")) == (False, True)


@pytest.mark.soak
@pytest.mark.parametrize("blue", [17, 15])
def test_sync_mends_both_ways_while_green_serves(new_migration: MigrationFactory, blue: int) -> None:
    migration = new_migration(blue=blue)
    if blue < 16:
        migration.variables |= {
            "bluegreen_blue": migration.blue.endpoint("superuser"),
            "bluegreen_green": migration.green.endpoint("superuser"),
        }
    migration.advance(*UP_TO_SYNC, "cutover")
    [(name,)] = migration.blue.query("SELECT pubname FROM pg_publication WHERE pubname LIKE %s", "bluegreen%forward%")
    migration.blue.query(f'ALTER PUBLICATION "{name}" DROP TABLE users')
    refused = migration.play("rollback")
    assert "BG511" in refused.output
    assert "Run sync" in refused.output
    migration.advance("sync")
    assert migration.changed_by("sync") == 0
    status = migration.play("status").output
    assert ("parked, as it has to be" in status) is (blue < 16)
    migration.advance("rollback")
