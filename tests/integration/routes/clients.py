# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of a PgBouncer that send queries all the time, each in a session that must never break."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from tests.fixtures.bouncers import PgBouncer
from tests.integration.routes.rigs import Ground, side_of

_SOON_SECONDS = 10.0  # less than PgBouncer's usual time between two login attempts


def connect(bouncer: PgBouncer, ground: Ground) -> Any:
    """Connect as the application does."""
    opened = psycopg2.connect(**bouncer.endpoint("shop", ground.blue))
    opened.autocommit = True
    return opened


class Clients:
    """Clients that ask all the time which server they are on, each in its own session, which must never break."""

    def __init__(self, bouncer: PgBouncer, ground: Ground) -> None:
        self.answers = 0
        self._bouncer = bouncer
        self.errors: list[Exception] = []
        self._stop = threading.Event()
        sessions = [connect(bouncer, ground) for _attempt in range(4)]
        self._threads = [threading.Thread(target=self._ask, args=(session,)) for session in sessions]
        for thread in self._threads:
            thread.start()

    def _ask(self, session: Any) -> None:
        try:
            while not self._stop.is_set():
                side_of(session)
                self.answers += 1
                time.sleep(0.002)
        except psycopg2.Error as error:
            self.errors.append(error)
        finally:
            session.close()

    def go_on(self) -> bool:
        """Tell whether all of them get an answer soon."""
        wanted, end = self.answers + 40, time.monotonic() + _SOON_SECONDS
        while self.answers < wanted and time.monotonic() < end:
            time.sleep(0.01)
        assert self.answers >= wanted, f"{self.errors}\n{self._bouncer.log.read_text(encoding='utf-8')}"
        return True

    def stop(self) -> None:
        """Stop them all."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def clients_of(bouncer: PgBouncer, ground: Ground) -> Iterator[Clients]:
    """Give four clients that ask until the block ends."""
    clients = Clients(bouncer, ground)
    try:
        yield clients
    finally:
        clients.stop()
