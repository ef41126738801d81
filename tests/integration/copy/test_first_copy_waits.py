# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first copy waits for a lock without a limit; meanwhile the holder is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.conditions import wait_for
from tests.fixtures.migrations import PairFactory
from tests.integration.copy.test_first_copy import Hold, content
from tests.integration.replication.test_link import left
from tests.integration.test_lock_waits import hold, names

_SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'bluegreen % copy'
"""


@pytest.mark.parametrize(("side", "lock"), [("blue", "ACCESS EXCLUSIVE"), ("green", "SHARE")])
def test_a_copy_that_waits_names_for_whom_and_goes_on(
    pair: PairFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, side: str, lock: str
) -> None:
    made, here = pair(), Hold(monkeypatch, tmp_path, "users")
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    wait_for(here.reached)
    locked = getattr(made, side)
    holder = hold(locked, f"LOCK TABLE users IN {lock} MODE")
    here.release()
    waits = made.run("replication_catchup", timeout=3)
    assert waits["code"] == "BG313", waits["msg"]
    assert f"on {side} it waits for a lock on public.users" in waits["msg"]
    assert names(waits["msg"], holder, locked), waits["msg"]
    [shown] = made.succeed("replication_lag_info")["progress"]
    assert names(shown, holder, locked), shown
    holder.rollback()
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)


def test_a_copy_whose_commits_nobody_confirms_is_told_and_goes_on(
    pair: PairFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, here = pair(alone=True), Hold(monkeypatch, tmp_path, "users")
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    wait_for(here.reached)
    made.green.query("ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (nobody)'")
    made.green.query("SELECT pg_reload_conf()")
    here.release()
    try:
        waits = made.run("replication_catchup", timeout=30)
        assert waits["code"] == "BG258", waits["msg"]
        assert "nobody" in waits["msg"]
    finally:
        opened = made.green.connect()
        with opened.cursor() as cursor:
            cursor.execute("SET synchronous_commit = local")
            cursor.execute("ALTER SYSTEM RESET synchronous_standby_names")
            cursor.execute("SELECT pg_reload_conf()")
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)


def test_a_copy_that_cannot_begin_names_who_holds_it_up(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    holder = hold(made.green, "LOCK TABLE users IN SHARE MODE")
    waits = made.run("replication_link", direction="forward", lanes=2, timeout=3)
    assert waits["code"] == "BG304", waits["msg"]
    assert "What was done before it stays: publish" in waits["msg"]
    assert left(made.blue) == 2, "two publications, and no slot"
    assert "on green it waits for a lock on public.users" in waits["msg"]
    assert names(waits["msg"], holder, made.green), waits["msg"]
    assert [side.query(_SESSIONS) for side in (made.blue, made.green)] == [[(0,)]] * 2, "no worker is left"
    holder.rollback()
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)


def test_a_copy_that_could_not_begin_leaves_nothing_on_blue_once_it_is_aborted(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    holder = hold(made.green, "LOCK TABLE users IN SHARE MODE")
    made.run("replication_link", direction="forward", lanes=3, timeout=3)
    holder.rollback()
    assert left(made.blue) == 3
    made.succeed("replication_link", direction="forward", state="absent")
    assert left(made.blue) == 0
