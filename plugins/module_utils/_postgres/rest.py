# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transaction in which a session waits for its next statement, so that an old server ends it after silence."""

from __future__ import annotations

from . import driver
from .sql import silence as sql


class Rest:
    """Between a session's statements, ``seconds`` of it at most; none with 0. It does not see the session's own
    transactions."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._milliseconds = int(seconds * 1000)
        self._is_on = False

    def begin(self, connection: driver.Connection) -> None:
        """Rest, unless a transaction is open."""
        if self._milliseconds and not driver.is_in_transaction(connection):
            driver.run(connection, sql.REST, {"ms": self._milliseconds})
            self._is_on = True

    def end(self, connection: driver.Connection) -> None:
        """Get ready for a statement, which then has a transaction of its own, or begins one."""
        if self._is_on:
            self._is_on = False
            driver.run(connection, sql.WAKE, None)
