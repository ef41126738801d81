# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door behind the gate: a refused client gets its error as soon as the other side is open, and not much later."""

from __future__ import annotations

import os
import signal
import threading
import time

import psycopg2
import pytest

from tests.fixtures.databases import run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

_WRITE = "INSERT INTO users (name) VALUES ('late')"
_A_WHILE = 0.3  # seconds; a refused writer that does not wait gets its error within milliseconds
_LONGEST = 2.0  # seconds that the door stays shut for one writer
_SLACK = 1.0
_CLOCKS = 0.05  # seconds by which the server's clock and ours may count two seconds differently


class Writer:
    """A client that was there before the switch, and writes once."""

    def __init__(self, pair: Pair) -> None:
        self._opened = pair.blue.connect("app")
        self._thread = threading.Thread(target=self._write)
        self.refused: str | None = None
        self.seconds = 0.0

    def begin(self) -> None:
        """Write, and check that the answer does not come at once."""
        self._thread.start()
        self._thread.join(_A_WHILE)
        assert self.refused is None, f"refused with {self.refused} while there is no side to go to"
        assert self._thread.is_alive(), "the write passed the fence"

    def await_word(self) -> None:
        """Wait until it has one."""
        self._thread.join(10)
        assert self.refused == "25006"

    def _write(self) -> None:
        began = time.monotonic()
        try:
            run_statement(self._opened, _WRITE)
        except psycopg2.Error as error:
            self.refused = error.pgcode or str(error)
        self.seconds = time.monotonic() - began


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """A pair whose switch may begin."""
    made = pair()
    made.replicate()
    return made


@pytest.mark.parametrize("step", ["close blue behind its clients", "open green"])
def test_who_is_refused_hears_of_it_when_green_is_open(ready: Pair, step: str) -> None:
    """Nor does it count as a session that has passed the gate."""
    writer = Writer(ready)
    switch = ModuleProcess("cutover", {**ready.ends(), "target": "green"}, Stop(step, Moment.BEFORE, Act.ASK))
    assert switch.await_hit() is not None
    writer.begin()
    switch.go_on()
    writer.await_word()
    assert ready.write(ready.green) is None
    assert switch.wait()["in_service"] == "green"
    assert writer.seconds < _LONGEST


def test_nobody_waits_longer_for_a_switch_that_died(ready: Pair) -> None:
    writer = Writer(ready)
    switch = ModuleProcess("cutover", {**ready.ends(), "target": "green"}, Stop("open green", Moment.BEFORE, Act.ASK))
    assert switch.await_hit() is not None
    writer.begin()
    switch.kill()
    writer.await_word()
    assert writer.seconds < _LONGEST
    switch.wait()
    assert switch.await_nothing_left(30)


def test_nobody_waits_for_ever_for_one_that_is_frozen(ready: Pair) -> None:
    writer = Writer(ready)
    switch = ModuleProcess("cutover", {**ready.ends(), "target": "green"}, Stop("open green", Moment.BEFORE, Act.ASK))
    assert switch.await_hit() is not None
    os.kill(switch.process.pid, signal.SIGSTOP)
    try:
        writer.begin()
        writer.await_word()
        assert _LONGEST - _CLOCKS <= writer.seconds < _LONGEST + _SLACK
    finally:
        os.kill(switch.process.pid, signal.SIGCONT)
    switch.go_on()
    switch.wait()
    assert switch.await_nothing_left(30)
