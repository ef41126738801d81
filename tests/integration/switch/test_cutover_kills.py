# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded part of the kill tests: before, inside and after the fence, both ways, with PgBouncer and without."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from demo.pgbouncer import PgBouncer
from tests.chaos.evidence import INDEX, SETTINGS, both_writable, local_commits
from tests.chaos.faults import FAULTS, ROUTES
from tests.chaos.saboteurs import Writers
from tests.chaos.steps import FENCE, OPEN, named, other, unknown_steps
from tests.chaos.trial import Place, run_trial
from tests.fixtures.workplace import unavailable
from tests.live.migration import LiveMigration
from tests.live.stop import Act, Moment, Stop

_PATIENCE = 60.0
_SATURATING = 8

# There and back alternately, so each route meets each of them on the way to green and on the way to blue.
_KILLS = (
    (FENCE, Moment.BEFORE),
    (FENCE, Moment.BEFORE),
    ("drain into {new}", Moment.INSIDE),
    ("drain into {new}", Moment.INSIDE),
    (OPEN, Moment.BEFORE),
    (OPEN, Moment.BEFORE),
)


@pytest.fixture(
    scope="module",
    params=[pytest.param(route, marks=pytest.mark.soak if route != "pgbouncer" else ()) for route in ROUTES],
)
def migration(request: pytest.FixtureRequest) -> Iterator[LiveMigration]:
    if request.param == "pgbouncer" and not PgBouncer.installed():
        unavailable("PgBouncer is not installed.")
    with LiveMigration(request.param, lambda one: one.execute("blue", INDEX), SETTINGS) as ready:
        yield ready


def parent_of(pid: int) -> int:
    """Return the process that has started this one."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def _open_by_hand(migration: LiveMigration, side: str) -> None:
    migration.execute(side, "DROP TABLE bluegreen.fenced")


def test_a_killed_switch_leaves_one_side_in_service_and_loses_nothing(migration: LiveMigration, tmp_path: Path) -> None:
    target = other(migration.info()["in_service"])
    for number, (step, moment) in enumerate(_KILLS):
        place = Place(FAULTS["kill"], step, moment, 1, target)
        ending = run_trial(migration, place, tmp_path / f"ledger-{number}")
        assert ending.clean, f"{place} to {target}: {ending}"
        target = other(target)


@pytest.mark.parametrize("migration", ["pgbouncer"], indirect=True)
def test_when_all_but_the_watchdog_is_killed_clients_write_on_the_new_side(
    migration: LiveMigration, tmp_path: Path
) -> None:
    """ansible-playbook, its workers and the module die between the commit of the fence and the opening."""
    target = other(migration.info()["in_service"])
    writers = Writers(migration, tmp_path / "ledger")
    writers.start()
    try:
        playbook = migration.start_playbook(target, Stop(named(OPEN, target), Moment.BEFORE, Act.ASK))
        hit = playbook.await_hit()
        assert hit is not None, playbook.wait()
        doomed = [pid for pid in (playbook.process.pid, *playbook.left_running()) if parent_of(pid) != hit.pid]
        assert {playbook.process.pid, hit.pid} <= set(doomed)
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        playbook.wait()
        assert playbook.await_nothing_left(_PATIENCE), "the watchdog does not end"
        writers.application.wait_until_writing()
        time.sleep(0.3)
    finally:
        writers.stop()
    assert migration.info()["in_service"] == target
    old, new = (local_commits(migration, side, writers.names()) for side in (other(target), target))
    assert new.count > 0
    assert not both_writable(old, new)


@pytest.mark.parametrize("migration", ["pgbouncer"], indirect=True)
def test_any_order_of_locks_meets_no_error_behind_a_pooler(migration: LiveMigration) -> None:
    """Half of the sessions write users before accounts, half the other way round, as fast as they can."""
    ending = threading.Event()
    users, accounts = (
        "UPDATE users SET email = email WHERE id = %s",
        "UPDATE accounts SET balance = balance WHERE id = %s",
    )

    def write(number: int) -> int:
        order = (users, accounts) if number % 2 else (accounts, users)
        done = 0
        with closing(psycopg2.connect(migration.environment.dsn)) as opened, opened.cursor() as cursor:
            while not ending.is_set():
                for statement in order:
                    cursor.execute(statement, (number,))
                opened.commit()
                done += 1
        return done

    with ThreadPoolExecutor(_SATURATING) as sessions:
        writing = [sessions.submit(write, number) for number in range(1, _SATURATING + 1)]
        try:
            for _turn in range(2):
                target = other(migration.info()["in_service"])
                assert migration.switch(target)["in_service"] == target
        finally:
            ending.set()
        assert all(session.result() > 1 for session in writing)


@pytest.mark.parametrize("migration", ["multihost"], indirect=True)
def test_the_harness_knows_each_step_and_sees_two_writable_sides(migration: LiveMigration, tmp_path: Path) -> None:
    target = other(migration.info()["in_service"])
    writers = Writers(migration, tmp_path / "ledger")
    writers.start()
    try:
        assert not unknown_steps(migration.switch(target), target)
        time.sleep(0.3)
        assert not both_writable(*(local_commits(migration, side, writers.names()) for side in (other(target), target)))
        _open_by_hand(migration, other(target))
        time.sleep(0.3)
    finally:
        writers.stop()
    assert both_writable(*(local_commits(migration, side, writers.names()) for side in (other(target), target)))
