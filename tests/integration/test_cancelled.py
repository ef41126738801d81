# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cancelled run is undone at once, or complete, whether its caller or a signal cancels it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

_SOON = 1.0  # nothing continues longer than this after a run was cancelled
_PATIENCE = 20.0
_AS_ANSIBLE = """#!/bin/sh
if [ "$1" = worker ]; then shift; "$@"; exit; fi
setsid "$0" worker "$@"
exit
"""
_SLOW = "CREATE TABLE slow AS SELECT 1 AS one FROM pg_sleep(60);\nCREATE TABLE after_it (id int PRIMARY KEY);\n"
_BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid() AND state = 'active'
"""


@pytest.fixture
def caller(tmp_path: Path) -> list[str]:
    """Give a command that starts a module as ansible-playbook does: from a worker with a session of its own."""
    program = tmp_path / "ansible-playbook"
    program.write_text(_AS_ANSIBLE, encoding="utf-8")
    program.chmod(0o700)
    return [str(program)]


def _wait(happened: Callable[[], Any], what: str, seconds: float = _PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def _last(made: Pair) -> dict[str, Any]:
    entry: dict[str, Any] = made.succeed("migration_info")["journal"][-1]
    return entry


def test_whose_caller_was_killed_undoes_before_the_fences_commit_and_goes_on_after_it(
    pair: PairFactory, caller: list[str]
) -> None:
    made = pair()
    made.replicate()
    for step, event, serving in (
        ("commit the fence", "undone", made.blue),
        ("open green", "switch", made.green),
    ):
        switch = ModuleProcess(
            "cutover", {**made.ends(), "target": "green"}, Stop(step, Moment.BEFORE, Act.ASK), caller=caller
        )
        assert switch.await_hit() is not None, switch.wait()
        switch.kill()
        switch.go_on()
        assert not switch.wait(), "it has an answer"
        assert switch.await_nothing_left(_SOON), "something of the cancelled run goes on"
        assert made.write(serving) is None
        told = _last(made)
        assert (told["event"], told["details"]["cancelled"]["by"][:26]) == (event, "the end of ansible-playboo")


def test_a_frozen_switch_whose_caller_was_killed_is_undone_by_its_watchdog(
    pair: PairFactory, caller: list[str]
) -> None:
    made = pair()
    made.replicate()
    stop = Stop("drain into green", Moment.BEFORE, Act.FREEZE)
    switch = ModuleProcess("cutover", {**made.ends(), "target": "green", "deadline": 60.0}, stop, caller=caller)
    hit = switch.await_hit()
    assert hit is not None, switch.wait()
    switch.kill()
    _wait(lambda: made.write(made.blue) is None, "blue is still fenced", 2 * _SOON)
    os.kill(hit.pid, signal.SIGCONT)
    switch.wait()
    assert switch.await_nothing_left(_PATIENCE)
    assert _last(made)["details"]["cancelled"]["by"].startswith("the end of ansible-playbook")


def _start_slow_script(made: Pair, folder: Path, caller: list[str]) -> ModuleProcess:
    """Start a versioned migration on green and wait until the server is at its slow statement."""
    (folder / "0001_slow.up.sql").write_text(_SLOW, encoding="utf-8")
    parameters = {
        **made.ends(), "side": "green", "directory": str(folder), "pg_bindir": str(made.green.server.pg_bin),
    }  # fmt: skip
    run = ModuleProcess("schema_version", parameters, caller=caller)
    _wait(lambda: made.green.query(_BUSY) == [(1,)] or run.process.poll() is not None, "it does not begin")
    assert run.process.poll() is None, run.wait()
    return run


def test_a_statement_of_a_run_that_was_cancelled_ends_on_the_server(
    gated: Pair, caller: list[str], tmp_path: Path
) -> None:
    run = _start_slow_script(gated, tmp_path, caller)
    run.kill()
    run.wait(_SOON)
    assert run.await_nothing_left(_SOON), "something of the cancelled run goes on"
    _wait(lambda: gated.green.query(_BUSY) == [(0,)], "the server goes on", _SOON)
    assert gated.green.query("SELECT to_regclass('slow'), to_regclass('after_it')") == [(None, None)]


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_module_with_a_word(gated: Pair, tmp_path: Path, number: signal.Signals) -> None:
    run = _start_slow_script(gated, tmp_path, [])
    run.process.send_signal(number)
    failed = run.wait(_SOON)
    assert (failed["code"], number.name in failed["msg"]) == ("BG570", True)
    assert gated.green.query("SELECT to_regclass('slow'), to_regclass('after_it')") == [(None, None)]
