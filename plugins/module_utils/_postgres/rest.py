# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transaction in which a session waits for its next statement, so that an old server ends it after silence."""

from __future__ import annotations

from .._domain.errors import DeadlineReached
from . import driver
from .sql import silence as sql


class Rest:
    """Between a session's statements, ``seconds`` of it at most; none with 0. It does not see the session's own
    transactions."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._milliseconds = int(seconds * 1000)
        self._is_on = False
        self._failure: Exception | None = None

    def begin(self, connection: driver.Connection) -> None:
        """Rest, unless a transaction is open.

        The statement before it has taken effect, and its answer counts: what fails here is raised by :meth:`end`.
        """
        if not self._milliseconds or driver.is_in_transaction(connection):
            return
        self._is_on = True
        try:
            driver.run(connection, sql.REST, {"ms": self._milliseconds})
        except (driver.Error, DeadlineReached) as error:
            self._failure = error

    def end(self, connection: driver.Connection) -> None:
        """Get ready for a statement, which then has a transaction of its own, or begins one.

        :raises Error: psycopg2's, when the session did not live until here
        :raises DeadlineReached: when the last rest began too late
        """
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        if self._is_on:
            self._is_on = False
            driver.run(connection, sql.WAKE, None)
