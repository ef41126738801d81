# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What prevents two open sides when a switch's process, its connections or its machine fail."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import ConnectionLost
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import FENCED
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.service import gate, journal
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.switch import critical_section
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

REFUSED = "25006"
_PATIENCE = 60.0
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """Give a pair of 17 and 18 whose links live in both directions."""
    made = pair()
    made.replicate()
    return made


def start(made: Pair, stop: Stop, **parameters: float) -> ModuleProcess:
    """Start a switch to green and wait until it is hit."""
    limits = {"deadline": _PATIENCE, **parameters}
    process = ModuleProcess("cutover", {**made.ends(), "target": "green", **limits}, stop)
    assert process.await_hit() is not None, process.wait()
    return process


def cut_lock_session(made: Pair) -> None:
    """End the session on blue that fences."""
    assert made.blue.query(_CUT, f"bluegreen {made.migration} switch") == [(True,)]


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait for it."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_a_cut_connection_inside_the_fence_brings_blue_back(ready: Pair) -> None:
    process = start(ready, Stop("drain into green", Moment.BEFORE, Act.ASK))
    cut_lock_session(ready)
    process.go_on()
    failed = process.wait()
    assert failed["code"] == "BG520"
    assert "Everything was undone: blue is in service" in failed["msg"]
    assert ready.wide_open() == {"blue": True, "green": False}
    assert ready.write(ready.blue) is None
    assert ready.write(ready.green) == REFUSED


def test_a_fence_that_was_not_committed_goes_when_its_connection_goes(ready: Pair) -> None:
    process = start(ready, Stop("commit the fence", Moment.BEFORE, Act.ASK))
    cut_lock_session(ready)
    process.go_on()
    assert "Everything was undone: blue is in service" in process.wait()["msg"]
    assert ready.write(ready.blue) is None
    assert ready.write(ready.green) == REFUSED


def test_the_server_itself_frees_blue_from_a_frozen_client_and_refuses_its_late_commit(ready: Pair) -> None:
    with (
        closing(Sides.from_parameters(**ready.ends())) as sides,
        closing(sides.connect(Side.BLUE, "s")) as fencing,
    ):
        critical_section.limit_silence(fencing, Deadline(0.5, "The test"), 0.5)
        fencing.run("BEGIN")
        gate.close_gate(fencing)
        journal.write_entry(fencing, ready.migration, 1, FENCED, Side.GREEN)
        assert ready.write(ready.blue) is None, "the write has waited for the server to end the silent session"
        with pytest.raises(ConnectionLost):
            fencing.run("COMMIT")
        assert not critical_section.has_fence_row(sides.blue, ready.migration, 1)
        assert not gate.is_fenced(sides.blue)


@pytest.mark.parametrize("step", ["drain into green", "open green"])
def test_a_zombie_meets_what_its_watchdog_has_settled(ready: Pair, step: str) -> None:
    """If frozen before the point of no return, blue stays in service; after it, green is opened; the zombie changes
    nothing."""
    process = start(ready, Stop(step, Moment.BEFORE, Act.FREEZE), deadline=1.0)
    serving, fenced = (ready.blue, ready.green) if step.startswith("drain") else (ready.green, ready.blue)
    eventually(lambda: not process.left_running(), "the watchdog does not end")
    assert ready.write(serving) is None
    os.kill(process.process.pid, signal.SIGCONT)
    failed = process.wait()
    assert failed["code"] == "BG520"
    assert ready.write(serving) is None
    assert ready.write(fenced) == REFUSED
    assert ready.succeed("cutover", target="green")["in_service"] == "green"


def test_when_the_machine_is_gone_status_says_what_stands_and_the_next_run_ends_it(ready: Pair) -> None:
    process = start(ready, Stop("open green", Moment.BEFORE, Act.ASK))
    (watchdog,) = process.left_running()
    for pid in (watchdog, process.process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    assert ready.write(ready.blue) == REFUSED
    assert ready.write(ready.green) == REFUSED
    info = ready.succeed("migration_info")
    assert (info["in_service"], info["pending_target"]) == (None, "green")
    done = ready.succeed("cutover", target="green")
    assert (done["changed"], done["in_service"]) == (True, "green")
    assert ready.wide_open() == {"blue": False, "green": True}
    assert ready.write(ready.green) is None
    assert ready.write(ready.blue) == REFUSED


def test_a_watchdog_leaves_another_run_alone(ready: Pair) -> None:
    """A run that waits for another's lock dies: it had not begun, and no session is ended for it."""
    holder = start(ready, Stop("fence blue", Moment.AFTER, Act.ASK))
    waiting = ModuleProcess("cutover", {**ready.ends(), "target": "green"})

    def has_its_watchdog() -> bool:
        assert waiting.process.poll() is None, waiting.wait()
        return bool(waiting.left_running())

    eventually(has_its_watchdog, "the second run did not come to its watchdog")
    waiting.kill()
    waiting.wait()
    eventually(lambda: not waiting.left_running(), "the watchdog of the second run does not end")
    holder.go_on()
    assert holder.wait()["in_service"] == "green"


def test_a_blue_that_is_lost_right_after_the_opening_leaves_no_doubt_who_serves(ready: Pair) -> None:
    process = start(ready, Stop("lead the routes", Moment.BEFORE, Act.ASK))
    name = sql.Identifier(ready.blue.name)
    elsewhere = {**ready.blue.endpoint("superuser"), "dbname": "postgres"}
    with closing(psycopg2.connect(**elsewhere)) as opened, opened.cursor() as cursor:
        opened.autocommit = True
        cursor.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (ready.blue.name,))
        process.go_on()
        stopped = process.wait()
        assert stopped["code"] == "BG520", stopped
        assert "green is in service" in stopped["stands"]
        assert ready.write(ready.green) is None
        cursor.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    eventually(lambda: ready.write(ready.blue) == REFUSED, "blue came back without its fence")
    settled = ready.succeed("cutover", target="green")
    assert settled["in_service"] == "green"
