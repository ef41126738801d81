# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks that exclude two runs from each other: nobody else holds one for long, and two runs never hold one
together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import lock
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.copy import first_copy
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.databases import Database, DatabaseFactory, RoleName, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.old_locks import computed_keys

GRAB = """
SELECT pg_try_advisory_lock((l.classid::bigint << 32) | l.objid::bigint), l.pid FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.pid <> pg_backend_pid()
"""
WAIT = """
SELECT pg_advisory_lock((l.classid::bigint << 32) | l.objid::bigint) FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.pid <> pg_backend_pid() LIMIT 1
"""
MAJORS = [pytest.param(14, marks=pytest.mark.soak), 17, pytest.param(18, marks=pytest.mark.soak)]


def hold_what_can_be_computed_keys(made: Pair) -> None:
    for side in (made.blue, made.green):
        opened = side.connect("app")
        for what in (made.migration, f"first copy of {made.migration}", "schema_copy", f"{made.migration} comparison"):
            run_statement(opened, "SELECT pg_advisory_lock(%s, %s)", *computed_keys(what))


@contextmanager
def grabbing(*sides: Database) -> Iterator[None]:
    """Take every key that is seen, and wait for those that somebody holds, as the application."""
    ended = threading.Event()

    def grab(side: Database, statement: str) -> None:
        opened = side.connect("app")
        run_statement(opened, "SET statement_timeout = 200")
        while not ended.is_set():
            try:
                run_statement(opened, statement)
            except psycopg2.Error:
                opened.rollback()

    with ThreadPoolExecutor() as pool:
        for side in sides:
            for statement in (GRAB, WAIT):
                pool.submit(grab, side, statement)
        try:
            yield
        finally:
            ended.set()


def session_on(side: Database, role: RoleName) -> Session:
    keywords = {key: str(value) for key, value in side.endpoint(role).items()}
    return Session(Endpoint(Side.BLUE, keywords, {}), "bluegreen test lock")


def test_keys_that_anybody_can_compute_stop_nobody(pair: PairFactory) -> None:
    made = pair()
    hold_what_can_be_computed_keys(made)
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")


@pytest.mark.soak
def test_an_attacker_who_takes_every_key_he_sees_stops_no_switch(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    with grabbing(made.blue, made.green):
        for target in ("green", "blue"):
            result = made.run("cutover", target=target, routes=[], deadline=20)
            assert not result.get("failed"), result["msg"]
            assert result["in_service"] == target


@pytest.mark.parametrize("role", [pytest.param("superuser", marks=pytest.mark.soak), "migrator"])
@pytest.mark.parametrize("major", MAJORS)
def test_two_are_never_in_however_many_try(database: DatabaseFactory, major: int, role: RoleName) -> None:
    side = database(major)
    inside, entered = threading.Semaphore(1), [0]
    end = time.monotonic() + 2.0

    def run() -> None:
        while time.monotonic() < end:
            session = session_on(side, role)
            try:
                lock.take_lock(session, "m", Deadline(20.0, "Taking the lock"))
                assert inside.acquire(blocking=False), "two were in at once"
                entered[0] += 1
                session.value("SELECT pg_sleep(0.005)")
                inside.release()
            finally:
                session.close()

    with grabbing(side), ThreadPoolExecutor() as pool:
        for future in [pool.submit(run) for _run in range(6)]:
            future.result()
    assert entered[0] > 10, f"only {entered[0]} got in: the attacker held them up"


def test_another_run_is_named(database: DatabaseFactory) -> None:
    side = database()
    mine, other = session_on(side, "migrator"), session_on(side, "migrator")
    lock.take_lock(other, "m", Deadline(5.0, "Taking the lock"))
    with pytest.raises(MigrationError) as refused:
        lock.take_lock(mine, "m", Deadline(0.1, "Taking the lock"))
    assert refused.value.code == "BG501"
    for part in (f"pid {other.backend_pid}", side.roles["migrator"].name, "bluegreen test lock", "since"):
        assert part in refused.value.what
    lock.take_lock(mine, "another", Deadline(5.0, "Taking the lock"))
    lock.take_lock(mine, "m", Deadline(5.0, "Taking the lock"), lambda pid: pid == other.backend_pid)
    mine.close()
    other.close()


def test_a_transaction_that_was_prepared_with_the_key_holds_nobody_up(database: DatabaseFactory) -> None:
    side = database()
    mine = session_on(side, "migrator")
    lock.take_lock(mine, "m", Deadline(5.0, "Taking the lock"))
    attacker = side.connect("app", autocommit=False)
    [(key, _pid)] = run_statement(side.connect("app"), GRAB.replace("pg_try_advisory_lock", ""))
    mine.close()
    while not run_statement(attacker, "SELECT pg_try_advisory_xact_lock(%s)", key)[0][0]:
        time.sleep(0.01)
    again = session_on(side, "migrator")
    lock.take_lock(again, "m", Deadline(5.0, "Taking the lock"))
    again.close()


def test_a_worker_is_alive_only_when_it_is_ours(database: DatabaseFactory) -> None:
    side = database()
    green = session_on(side, "migrator")
    opened = side.connect("app")
    run_statement(opened, "SELECT pg_advisory_lock(%s, %s)", *computed_keys("first copy of m"))
    assert not first_copy.is_alive(green, "m")
    assert first_copy.take_worker_lock(green, "m")
    other = session_on(side, "migrator")
    assert first_copy.is_alive(other, "m")
    assert not first_copy.take_worker_lock(other, "m")
    green.close()
    other.close()


def test_a_run_that_only_took_the_lock_leaves_no_trace(pair: PairFactory, tmp_path: Path) -> None:
    made = pair()
    (tmp_path / "V1__one.sql").write_text("CREATE TABLE one ();", encoding="utf-8")
    result = made.succeed("schema_version", directory=str(tmp_path), side="green")
    assert result["changed"]
    assert made.green.query("SELECT FROM pg_namespace WHERE nspname = 'bluegreen'") == []
