# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking which session holds a lock while a statement waits for it: afterwards nobody can tell."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._domain.clock import Deadline
from .._domain.errors import DeadlineReached
from .._domain.waits import Holder
from . import driver
from .sql import waits as sql

PATIENCE = 1.0  # seconds until it first asks which session blocks a statement
_ASKING_SECONDS = 1.0
_ASKING = "Asking who holds a lock"
_APPLICATION = "bluegreen asks who holds a lock"
_LOOK_SECONDS = 0.3


class Watch:
    """Asks, at growing intervals, which sessions a connection's statement waits for.

    ``patience``: seconds until it first asks.
    """

    def __init__(self, keywords: Mapping[str, str], pid: int) -> None:
        self._keywords = {**keywords, "application_name": _APPLICATION}
        self._pid = pid
        self._next = self.patience = PATIENCE
        self.holders: tuple[Holder, ...] = ()
        self._asking: Any = None

    def __enter__(self) -> Watch:  # noqa: PYI034 (typing_extensions is not at hand)
        """Connect beforehand, for waits that are too short to connect in."""
        self._asking = self._connect()
        return self

    def __exit__(self, *_failure: object) -> None:
        """Close that connection."""
        if self._asking is not None:
            self._asking.close()
            self._asking = None

    def begin(self) -> None:
        """Start counting again, for another statement."""
        self._next = self.patience
        self.holders = ()

    def waited(self, seconds: float) -> None:
        """Note how long the statement has been running, and ask when it is time."""
        if seconds >= self._next:
            self._next = 2 * seconds
            self.holders = self._ask() or self.holders

    def _ask(self) -> tuple[Holder, ...]:
        """Return the sessions that it waits for; none where that cannot be asked now."""
        asking = self._asking or self._connect()
        if asking is None:
            return ()
        asking.deadline = Deadline(_ASKING_SECONDS, _ASKING)
        try:
            rows = driver.run(asking, sql.HOLDERS, {"pid": self._pid})
        except (driver.Error, DeadlineReached):
            return ()
        finally:
            if asking is not self._asking:
                asking.close()
        return tuple(Holder(**row) for row in rows)

    def _connect(self) -> Any:
        return _connected(self._keywords)


@contextmanager
def looking_on(keywords: Mapping[str, str], application_name: str) -> Iterator[list[Holder]]:
    """Collect the sessions that block our sessions of that name while the block runs: a program's, whose waits we do
    not see."""
    seen: list[Holder] = []
    ended = threading.Event()
    onlooker = threading.Thread(target=_look, args=(keywords, application_name, seen, ended))
    onlooker.start()
    try:
        yield seen
    finally:
        ended.set()
        onlooker.join()


def _look(keywords: Mapping[str, str], name: str, seen: list[Holder], ended: threading.Event) -> None:
    asking = _connected({**keywords, "application_name": _APPLICATION})
    while asking is not None and not ended.wait(_LOOK_SECONDS):
        asking.deadline = Deadline(_ASKING_SECONDS, _ASKING)
        try:
            waiting = driver.run(asking, sql.WAITING, {"name": name})
            rows = [row for one in waiting for row in driver.run(asking, sql.HOLDERS, {"pid": one["pid"]})]
        except (driver.Error, DeadlineReached):
            break
        if rows:
            seen[:] = [Holder(**row) for row in rows]
    if asking is not None:
        asking.close()


def _connected(keywords: Mapping[str, str]) -> Any:
    """Return a connection, ``None`` if none is available now: the error of the wait then names no holder."""
    try:
        return driver.connect(keywords, Deadline(_ASKING_SECONDS, _ASKING))
    except (driver.Error, DeadlineReached):
        return None
