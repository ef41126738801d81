# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages on the watchdog's pipe, and when it acts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.watchdog import (
    Holders,
    Limits,
    Watchdog,
    _await_need,
)

_LONG = 60.0
_PATIENT = Limits(_LONG, _LONG, _LONG, _LONG)
_HOLDERS = (11, 22)


def hear(
    limits: Limits, *sayings: Callable[[Watchdog], None], dies: bool = True, cancelled: bool = False
) -> Holders | None:
    """Let a switch send that, and perhaps die; return the watchdog's conclusion."""
    words, pipe = os.pipe()
    switch = Watchdog(0, pipe)
    for say in sayings:
        say(switch)
    if dies:
        switch.abandon()
    found: list[Holders | None] = []
    listening = threading.Thread(target=lambda: found.append(_await_need(words, limits, lambda: cancelled)))
    listening.start()
    listening.join(_LONG / 2)
    assert not listening.is_alive(), "it still waits"
    os.close(words)
    if not dies:
        os.close(pipe)
    return found[0]


def begun(switch: Watchdog) -> None:
    """Say that the critical section begins."""
    switch.begun(_HOLDERS)


def test_a_switch_that_died_before_it_began_needs_nobody() -> None:
    assert hear(_PATIENT) is None
    assert hear(Limits(0.01, _LONG, _LONG, _LONG), dies=False) is None


def test_a_switch_that_died_amid_its_critical_section_is_ended_for_it() -> None:
    assert hear(_PATIENT, begun) == _HOLDERS
    assert hear(_PATIENT, begun, Watchdog.undoing) == _HOLDERS
    assert hear(_PATIENT, begun, Watchdog.committed) == _HOLDERS
    assert hear(_PATIENT, begun, Watchdog.committed, Watchdog.opened) == _HOLDERS


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(_LONG, 0.01, _LONG, _LONG), [begun]),
        (Limits(_LONG, _LONG, 0.01, _LONG), [begun, Watchdog.committed]),
        (Limits(_LONG, _LONG, _LONG, 0.01), [begun, Watchdog.committed, Watchdog.opened]),
    ],
)
def test_a_silent_switch_is_given_the_time_of_where_it_stands(
    limits: Limits, said: list[Callable[[Watchdog], None]]
) -> None:
    assert hear(limits, *said, dies=False) == _HOLDERS


def test_a_frozen_switch_that_was_cancelled_is_ended_at_once_before_the_point_of_no_return_only() -> None:
    assert hear(_PATIENT, begun, dies=False, cancelled=True) == _HOLDERS
    began, closed = time.monotonic(), 1.5
    assert hear(replace(_PATIENT, closed=closed), begun, Watchdog.committed, dies=False, cancelled=True) == _HOLDERS
    assert time.monotonic() - began >= closed


def test_a_switch_does_not_begin_without_its_watchdog() -> None:
    words, pipe = os.pipe()
    os.close(words)
    with pytest.raises(BrokenPipeError):
        Watchdog(0, pipe).begun(_HOLDERS)
    os.close(pipe)
