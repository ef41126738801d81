# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the servers' statistics say about both sides, and watching the links, on real pairs."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg2
import pytest

from tests.fixtures.databases import run_statement
from tests.fixtures.migrations import Pair, PairFactory

_STATISTICS_SECONDS = 15.0


def _until(made: Pair, side: str, kind: str, at_least: int, **arguments: Any) -> dict[str, Any]:
    """Read until the statistics, which are delayed, have counted that much."""
    deadline = time.monotonic() + _STATISTICS_SECONDS
    while True:
        result = made.succeed("activity_info", **arguments)
        count = result["errors_since_baseline"][side][kind]
        if count is not None and count >= at_least:
            return result
        assert time.monotonic() < deadline, result["errors_since_baseline"]
        time.sleep(0.2)


def _once_blue_counts(made: Pair, major: int) -> dict[str, Any]:
    """Read; up to 14 the statistics begin with the first count that is sent, and what came before is unknown."""
    deadline = time.monotonic() + _STATISTICS_SECONDS
    while True:
        result = made.succeed("activity_info")
        if major >= 15 or result["counters"]["blue"]["counted_since"] != "its creation":
            return result
        assert time.monotonic() < deadline, result["counters"]
        time.sleep(0.2)


@pytest.mark.parametrize("major", [14, 17])
def test_connections_writes_errors_and_sizes_of_both_sides(pair: PairFactory, major: int) -> None:
    made = pair(blue=major)
    before = _once_blue_counts(made, major)
    assert before["changed"] is False
    assert before["errors_since_baseline"]["blue"] == {"rollbacks": None, "deadlocks": None, "conflicts": None}
    shop = psycopg2.connect(**made.blue.endpoint("app"), application_name="till")
    shop.autocommit = True
    run_statement(shop, "SELECT 1")
    opened = made.blue.connect("owner", autocommit=False)
    run_statement(opened, "INSERT INTO users (name) VALUES ('undone')")
    assert made.succeed("activity_info")["activity"]["blue"]["transactions"][0]["seconds"] >= 0
    opened.rollback()
    opened.close()  # which sends what the session has counted
    after = _until(made, "blue", "rollbacks", 1, baseline=before["counters"])
    blue = after["activity"]["blue"]
    assert {"role": made.blue.roles["app"].name, "application": "till", "address": "127.0.0.1/32", "sessions": 1} in [
        {**one, "address": "127.0.0.1/32"} for one in blue["connections"]
    ]
    [users] = [one for one in blue["tables"] if one["table"] == "public.users"]
    assert users["inserts"] >= 100
    assert blue["database_bytes"] > 1_000_000
    assert blue["wal_bytes"] is None or blue["wal_bytes"] > 0
    shop.close()


def test_a_deadlock_is_counted_and_reset_statistics_are_unknown(pair: PairFactory) -> None:
    made = pair()
    before = made.succeed("activity_info")["counters"]
    _deadlock(made)
    _until(made, "blue", "deadlocks", 1, baseline=before)
    made.blue.query("SELECT pg_stat_reset()")
    after = made.succeed("activity_info", baseline=before)["errors_since_baseline"]
    assert after["blue"]["deadlocks"] is None
    assert after["green"]["deadlocks"] == 0


def _deadlock(made: Pair) -> None:
    one, two = (made.blue.connect("owner", autocommit=False) for _attempt in range(2))
    run_statement(one, "UPDATE users SET name = 'one' WHERE id = 1")
    run_statement(two, "UPDATE users SET name = 'two' WHERE id = 2")
    outcomes: list[bool] = []

    def cross(connection: Any, row: int) -> None:
        try:
            run_statement(connection, "UPDATE users SET name = 'crossed' WHERE id = %s", row)
            outcomes.append(True)
        except psycopg2.errors.DeadlockDetected:
            outcomes.append(False)
        connection.rollback()

    threads = [threading.Thread(target=cross, args=pair) for pair in ((one, 2), (two, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]


def test_a_watch_measures_both_links_and_ends_with_its_time(pair: PairFactory) -> None:
    made = pair()
    assert made.succeed("replication_watch")["lag"] == {}
    made.replicate()
    begun = time.monotonic()
    seen = made.succeed("replication_watch", duration=1.0, interval=0.2, warning_seconds=20)
    assert time.monotonic() - begun >= 1.0
    assert seen["changed"] is False
    assert (seen["late"], seen["crossed"], seen["seconds_left"]) == (False, False, 0.0)
    assert seen["readings"] >= 2
    assert {direction: lag["seconds"] > 0 for direction, lag in seen["lag"].items()} == {
        "forward": True,
        "reverse": True,
    }
    assert made.blue.query("SELECT count(*) FROM bluegreen.marker_1 WHERE purpose = 'watch'") == [(0,)]
    assert made.succeed("replication_watch", check=True)["lag"] == {}


def test_a_watch_ends_when_the_lag_crosses_and_when_it_recovers(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    held = made.green.connect("owner", autocommit=False)
    run_statement(held, "SET default_transaction_read_only = off")
    held.commit()
    run_statement(held, "LOCK TABLE users IN EXCLUSIVE MODE")
    assert made.write(made.blue) is None
    late = made.succeed("replication_watch", duration=60, interval=0.2, warning_seconds=1.0)
    assert (late["late"], late["crossed"]) == (True, True)
    assert late["lag"]["forward"]["seconds"] is None
    assert "BG312" in late["lag"]["forward"]["reason"]
    assert late["seconds_left"] > 30
    held.rollback()
    well = made.succeed("replication_watch", duration=60, interval=0.2, warning_seconds=10.0, late=True)
    assert (well["late"], well["crossed"]) == (False, True)


def test_a_link_that_is_disabled_is_late_and_not_left_out(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.green.query(f"ALTER SUBSCRIPTION {made.lane('forward')} DISABLE")
    seen = made.succeed("replication_watch", duration=30, interval=0.2)
    assert (seen["late"], seen["lag"]["forward"]["seconds"]) == (True, None)
    assert "BG311" in seen["lag"]["forward"]["reason"]
