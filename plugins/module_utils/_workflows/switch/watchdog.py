# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process in its own session that finishes or undoes a switch whose process has died, is frozen or was cancelled."""

from __future__ import annotations

import os
import select
import struct
import time
from dataclasses import dataclass
from typing import Callable, Protocol

from ..detached import detach

_READY = b"r"
_BEGUN = b"b"
_UNDOING = b"u"
_COMMITTED = b"c"
_OPENED = b"o"
_DONE = b"d"
_HOLDERS = struct.Struct("II")
Holders = tuple[int, int]  # the process ids, on the two servers, of the sessions that hold the switch's locks
_UNDO_SECONDS = 2.0  # for the switch to undo itself, from the moment it says so
_CANCELLED_SECONDS = 1.0  # for a cancelled switch to say that it undoes itself, and to do so
_LOOK_SECONDS = 0.1
_ARM_SECONDS = 10.0


@dataclass(frozen=True)
class Limits:
    """Seconds of silence after which it acts.

    ``idle``: from its start until the critical section begins. ``undecided``: from there to the point of no return.
    ``closed``: from there to the opening, while no side takes writes. ``opened``: from there to the end.
    """

    idle: float
    undecided: float
    closed: float
    opened: float


class Duty(Protocol):
    """What it does; every method runs in the new process."""

    def arm(self) -> None:
        """Open what it will need."""

    def cancelled(self) -> bool:
        """Tell whether the caller that started the switch is gone."""

    def recover(self, holders: Holders) -> None:
        """Finish or undo the switch whose sessions these are."""

    def stand_down(self) -> None:
        """Release what was armed: everything is settled."""


class Watchdog:
    """The parent's end. Forked before anything is held; the pipe's end tells it that the parent is gone."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe

    @classmethod
    def start(cls, limits: Limits, duty: Duty) -> Watchdog:
        """Fork it and wait until it is armed.

        :raises OSError: when it cannot be started or armed: nothing may be held then
        """
        words, parent_end = os.pipe()
        answers, child_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            _be_watchdog(words, child_end, limits, duty)
        os.close(words)
        os.close(child_end)
        watchdog = cls(pid, parent_end)
        try:
            watchdog._await_ready(answers)
        except OSError:
            watchdog.dismiss()
            raise
        finally:
            os.close(answers)
        return watchdog

    def _await_ready(self, answers: int) -> None:
        readable, _writable, _failed = select.select([answers], [], [], _ARM_SECONDS)
        if not readable or os.read(answers, 1) != _READY:
            raise OSError("the watchdog could not reach the routes")

    def begun(self, holders: Holders) -> None:
        """Tell it that the critical section begins: its deadline counts from here.

        :raises BrokenPipeError: when it is gone: nothing may be held then
        """
        os.write(self._pipe, _BEGUN + _HOLDERS.pack(*holders))

    def undoing(self) -> None:
        """Tell it that the switch is undoing its work, which ends by itself unless it freezes."""
        self._tell(_UNDOING)

    def committed(self) -> None:
        """Tell it that the point of no return is passed."""
        self._tell(_COMMITTED)

    def opened(self) -> None:
        """Tell it that the new side is open, and that only the routes and the way back remain."""
        self._tell(_OPENED)

    def dismiss(self) -> None:
        """Tell it that the switch has ended by itself, and wait until it ends."""
        self._tell(_DONE)
        os.close(self._pipe)
        os.waitpid(self._pid, 0)

    def abandon(self) -> None:
        """Hand over the rest: it acts at once, and outlives this process."""
        os.close(self._pipe)

    def _tell(self, word: bytes) -> None:
        try:
            os.write(self._pipe, word)
        except BrokenPipeError:
            # It has acted already and is gone; the facts that are read after the switch say what it did.
            return


def _be_watchdog(words: int, answers: int, limits: Limits, duty: Duty) -> None:
    """Run as the watchdog until the end; never return to the parent's stack."""
    status = 1
    try:
        detach(keep=(words, answers))
        duty.arm()
        os.write(answers, _READY)
        os.close(answers)
        holders = _await_need(words, limits, duty.cancelled)
        if holders is not None:
            duty.recover(holders)
        duty.stand_down()
        status = 0
    finally:
        os._exit(status)


def _await_need(words: int, limits: Limits, cancelled: Callable[[], bool]) -> Holders | None:
    """Wait for the parent's messages; return its sessions if it died, or was silent too long, during the switch.

    ``None``: it said "done", or had not begun, so there is nothing to finish or undo.
    """
    allowed = {_UNDOING: _UNDO_SECONDS, _COMMITTED: limits.closed, _OPENED: limits.opened}
    holders: Holders | None = None
    undecided = False
    end = time.monotonic() + limits.idle
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return holders
        readable, _writable, _failed = select.select([words], [], [], min(left, _LOOK_SECONDS) if undecided else left)
        if not readable:
            if undecided and cancelled():
                undecided, end = False, min(end, time.monotonic() + _CANCELLED_SECONDS)
            continue
        word = os.read(words, 1)
        if word == _DONE:
            return None
        if word == b"":
            return holders
        if word == _BEGUN:
            holders = _HOLDERS.unpack(os.read(words, _HOLDERS.size))
        undecided = word == _BEGUN
        end = time.monotonic() + allowed.get(word, limits.undecided)
