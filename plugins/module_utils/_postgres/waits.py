# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking what a statement waits for while it waits: which session holds a lock, whether any standby confirms."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._domain.clock import Deadline
from .._domain.confirmation import Confirmation, nobody_confirms
from .._domain.errors import DeadlineReached
from .._domain.sides import Side
from .._domain.waits import Holder
from . import driver
from .sql import waits as sql

PATIENCE = 1.0  # seconds until it first asks which session blocks a statement
_ASKING_SECONDS = 1.0
_CONFIRMATION_SECONDS = 8.0  # a standby may come back
_ASKING = "Asking who holds a lock"
_APPLICATION = "bluegreen asks who holds a lock"
_LOOK_SECONDS = 0.3


class Watch:
    """Asks, at growing intervals, which sessions a connection's statement waits for.

    ``patience``: seconds until it first asks.
    """

    def __init__(self, keywords: Mapping[str, str], pid: int, side: Side) -> None:
        self._side = side
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
        """Note how long the statement has been running, and ask when it is time.

        :raises MigrationError: BG258 when it is a COMMIT that no standby is there to confirm
        """
        if seconds >= self._next:
            self._next = 2 * seconds
            self.holders = tuple(Holder(**row) for row in self._ask(sql.HOLDERS)) or self.holders
            if seconds >= _CONFIRMATION_SECONDS:
                for row in self._ask(sql.CONFIRMATION_AWAITED):
                    self._require_standbys(Confirmation(**row))

    def _require_standbys(self, found: Confirmation) -> None:
        if found.is_missing:
            raise nobody_confirms(self._side, found)

    def _ask(self, statement: str) -> list[dict[str, Any]]:
        """Return what the server says about the statement; nothing where that cannot be asked now."""
        asking = self._asking or self._connect()
        if asking is None:
            return []
        asking.deadline = Deadline(_ASKING_SECONDS, _ASKING)
        try:
            return driver.run(asking, statement, {"pid": self._pid})
        except (driver.Error, DeadlineReached):
            return []
        finally:
            if asking is not self._asking:
                asking.close()

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
