# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are cancelled as AWX cancels them, here and over ssh, and a run that is interrupted at a terminal."""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from demo.environment import DemoEnvironment
from demo.ledger_check import hold_against
from demo.story import writing
from tests.chaos.evidence import INDEX, SETTINGS
from tests.chaos.saboteurs import Writers
from tests.chaos.steps import OPEN, STEPS, named, other
from tests.fixtures.ssh import HOST, SshFactory
from tests.live.job import Job
from tests.live.migration import SIDES, LiveMigration
from tests.live.stop import Act, Moment, Stop

pytestmark = pytest.mark.soak
_SOON = 1.0  # nothing continues longer than this after the job reported that it was cancelled
_LATER = 2.0
_PATIENCE = 60.0
_PLAYBOOKS = {"green": "cutover", "blue": "rollback"}
_OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'bluegreen shop %' AND state IS NOT NULL"
_PHASES = ("prepare", "setup", "replicate", "sync", "cutover", "monitor", "cleanup", "archive")
_SPARED = ("cutover",)
_SWITCH = "Put the other side into service"


@pytest.fixture(params=["local", "ssh"])
def way(request: pytest.FixtureRequest, ssh_server: SshFactory) -> list[str]:
    """Give Ansible's options for the connection to the host that the modules run on."""
    if request.param == "local":
        return []
    server = ssh_server()
    variables = {
        "ansible_connection": "ssh",
        "ansible_host": HOST,
        "ansible_ssh_common_args": f"-F {server.client_config}",
        "ansible_ssh_control_path_dir": str(server.folder),
        "ansible_python_interpreter": sys.executable,
    }
    return ["-e", json.dumps(variables)]


@pytest.fixture
def migration() -> Iterator[LiveMigration]:
    with LiveMigration("pgbouncer", lambda one: one.execute("blue", INDEX), SETTINGS) as ready:
        yield ready


def _quiet(migration: LiveMigration) -> bool:
    """Tell whether no session of ours is left on either server."""
    return all(migration.execute(side, _OURS) == [(0,)] for side in SIDES)


def _await_switch(migration: LiveMigration, job: Job) -> None:
    """Wait until the switch's module has a session, however long its start takes here."""
    job.await_task(_SWITCH)
    deadline = time.monotonic() + _PATIENCE
    while _quiet(migration) and not job.over:
        assert time.monotonic() < deadline, "the switch does not begin"
        time.sleep(0.02)


def _judged(migration: LiveMigration, job: Job) -> dict[str, Any]:
    """Check that nothing of a cancelled job continues, and return the state."""
    while not _quiet(migration):
        assert time.time() - job.ended < _SOON, "a session of the cancelled run is left"
        time.sleep(0.02)
    info = migration.info()
    assert info["in_service"] in SIDES, info
    assert not info["pending_target"], info
    assert not info["contradiction"], info
    time.sleep(_LATER)
    assert _quiet(migration), "a session of the cancelled run was opened later"
    assert migration.info()["journal"] == info["journal"], "something was done later"
    return info


@pytest.mark.parametrize("seed", range(4))
def test_twenty_switches_that_are_cancelled_are_undone_or_complete(
    migration: LiveMigration, way: list[str], tmp_path: Path, seed: int
) -> None:
    """Five each time."""
    chance = random.Random(seed)
    writers = Writers(migration, tmp_path / "ledger")
    writers.start()
    endings = {"undone": 0, "complete": 0, "not begun": 0}
    try:
        while sum(endings.values()) < 5:
            number = sum(endings.values())
            before = migration.info()
            target = other(before["in_service"])
            migration.execute(target, "ANALYZE")
            stop = None
            if number % 2 and not way:
                stop = Stop(named(chance.choice(STEPS), target), Moment.BEFORE, Act.ASK)
            job = migration.start_job(_PLAYBOOKS[target], stop, *way)
            if stop is None:
                _await_switch(migration, job)
                time.sleep(chance.uniform(0.0, 1.5))
                job.cancel()
            else:
                job.await_hit()
                job.cancel()
                time.sleep(chance.uniform(0.0, 0.3))
                job.go_on()
            status, said = job.wait()
            if status == "canceled":
                info = _judged(migration, job)
                new = [entry for entry in info["journal"] if entry not in before["journal"]]
                undone = any(entry["event"] == "undone" for entry in new)
                complete = info["in_service"] == target
                assert complete or undone or not new, new
                print(f"{number + 1}: {stop.step if stop else 'any time'}, {info['journal'][-1]['event']}", flush=True)
                endings["complete" if complete else "undone" if undone else "not begun"] += 1
            else:
                assert status == "successful", said
            job.close()
            writers.application.wait_until_writing()
    finally:
        writers.stop()
    assert not writers.fatal_errors()
    with closing(migration.connect(migration.info()["in_service"])) as opened:
        opened.autocommit = False
        assert hold_against(opened, writers.folder).clean


def test_each_other_phase_that_is_cancelled_ends_and_the_same_command_goes_on() -> None:
    chance = random.Random(16)
    with tempfile.TemporaryDirectory(prefix="cancelled-") as scratch:
        Path(scratch).chmod(0o755)
        with DemoEnvironment(Path(scratch), "multihost") as environment, writing(environment):
            extra = ("-e", f"bluegreen_archive_dir={scratch}/archive")
            for phase in _PHASES:
                if phase not in _SPARED:
                    playbooks = environment.playbooks
                    words = playbooks.command(phase, *extra)[1:]
                    words.remove(f"bluegreen.postgresql.{phase}")
                    job = Job(phase, words, playbooks._full_environment())
                    time.sleep(chance.uniform(1.0, 6.0))
                    job.cancel()
                    job.wait()
                    time.sleep(max(0.0, job.ended + _SOON - time.time()))
                    while time.time() < job.ended + _SOON + _LATER:
                        # The worker of a first copy should continue.
                        assert phase == "replicate" or _sessions_of_ours(environment) == 0, phase
                    assert not job.await_nothing_left(_PATIENCE), phase
                    job.close()
                again = environment.run_playbook(phase, *extra)
                assert again.succeeded, f"{phase}: {again.tail}"


def _sessions_of_ours(environment: DemoEnvironment) -> int:
    found = 0
    for side in (environment.blue, environment.green):
        with closing(psycopg2.connect(make_dsn(None, **side.superuser()))) as opened, opened.cursor() as cursor:
            cursor.execute(_OURS)
            found += sum(count for (count,) in cursor.fetchall())
    return found


@pytest.mark.parametrize(("step", "serves"), [("drain into {new}", "blue"), (OPEN, "green")])
def test_the_last_line_at_a_terminal_says_where_things_stand(migration: LiveMigration, step: str, serves: str) -> None:
    migration.execute("green", "ANALYZE")
    mine, theirs = pty.openpty()
    stop = Stop(named(step, "green"), Moment.BEFORE, Act.ASK)
    run = migration.start_playbook("green", stop, terminal=theirs)
    os.close(theirs)
    assert run.await_hit() is not None
    os.killpg(run.process.pid, signal.SIGINT)
    time.sleep(0.2)
    run.go_on()
    said = _all_of(mine)
    assert run.process.wait() == 99
    assert run.await_nothing_left(_SOON)
    [last] = [line for line in said.splitlines() if line.strip()][-1:]
    assert last.startswith("bluegreen: shop: "), said
    assert f"{serves} is in service" in last, said


def _all_of(terminal: int) -> str:
    said = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the last process has left it
            part = b""
        if not part:
            os.close(terminal)
            return said.decode("utf-8", "replace")
        said += part
