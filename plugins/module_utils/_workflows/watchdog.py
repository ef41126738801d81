# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of its own session that finishes or undoes a switch whose process has died or is frozen."""

from __future__ import annotations

import os
import select
import time
from typing import Callable

from .detached import detach

_READY = b"r"
_BEGUN = b"b"
_COMMITTED = b"c"
_DONE = b"d"
_GRACE_SECONDS = 1.0  # for the switch to undo itself after its deadline
_ARM_SECONDS = 10.0


class Watchdog:
    """The parent's end. Forked before anything is held; the pipe's end tells it that the parent is gone."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe

    @classmethod
    def start(cls, before: float, deadline: float, arm: Callable[[], None], recover: Callable[[], None]) -> Watchdog:
        """Fork it and wait until it is armed.

        :param before: seconds that may pass until the critical section begins
        :param deadline: seconds after which it acts, from that beginning, and again from the point of no return
        :param arm: opens what it will need; runs in the new process
        :param recover: finishes or undoes the switch; runs in the new process
        :raises OSError: when it cannot be started or armed: nothing may be held then
        """
        words, parent_end = os.pipe()
        answers, child_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            _be_watchdog(words, child_end, before, deadline, arm, recover)
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

    def begun(self) -> None:
        """Tell it that the critical section begins: its deadline counts from here."""
        self._tell(_BEGUN)

    def committed(self) -> None:
        """Tell it that the point of no return is passed."""
        self._tell(_COMMITTED)

    def dismiss(self) -> None:
        """Tell it that the switch has ended by itself, and wait for its end."""
        self._tell(_DONE)
        os.close(self._pipe)
        os.waitpid(self._pid, 0)

    def abandon(self) -> None:
        """Leave the rest to it: it acts at once, and lives on after this process."""
        os.close(self._pipe)

    def _tell(self, word: bytes) -> None:
        try:
            os.write(self._pipe, word)
        except BrokenPipeError:
            # It has acted already and is gone; the facts that are read after the switch say what it did.
            return


def _be_watchdog(
    words: int,
    answers: int,
    before: float,
    deadline: float,
    arm: Callable[[], None],
    recover: Callable[[], None],
) -> None:
    """Live and die as the watchdog; never returns into the parent's stack."""
    status = 1
    try:
        detach(keep=(words, answers))
        arm()
        os.write(answers, _READY)
        os.close(answers)
        if _is_needed(words, before, deadline):
            recover()
        status = 0
    finally:
        os._exit(status)


def _is_needed(words: int, before: float, deadline: float) -> bool:
    """Wait for the parent's words; tell whether it died, or went beyond its deadline, without saying "done"."""
    end = time.monotonic() + before
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return True
        readable, _writable, _failed = select.select([words], [], [], left)
        if not readable:
            continue
        word = os.read(words, 1)
        if word == _DONE:
            return False
        if word == b"":
            return True
        end = time.monotonic() + deadline + _GRACE_SECONDS
