# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to an admin console that uses PostgreSQL's protocol, such as PgBouncer's.

It is not a :class:`Session`: a console has no ``options``, no transactions and no prepared statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._domain.clock import Deadline
from .._domain.secrets import masked
from . import driver

# A console that died silently is noticed after about 5 + 3 × 2 seconds.
_KEEPALIVE = {"keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3"}


class ConsoleRefused(Exception):
    """The console answered with an error; the text is its own."""


class ConsoleLost(Exception):
    """The console could not be reached, or the connection to it broke; the text is libpq's, without a password."""


class Console:
    """One connection, one command at a time. A command that is not answered in time closes the connection."""

    def __init__(self, keywords: Mapping[str, str], deadline: Deadline) -> None:
        """Connect.

        :param keywords: libpq's keywords
        :raises ConsoleLost: when it cannot be reached, or refuses our login
        :raises DeadlineReached: when it does not answer in time
        """
        self._password = keywords.get("password")
        # Consoles refuse options: an empty value overrides PGOPTIONS of the environment.
        every = {**_KEEPALIVE, **keywords, "application_name": "bluegreen", "options": ""}
        try:
            self._connection = driver.connect_without_waiting(every, deadline)
        except driver.Error as error:
            raise ConsoleLost(self._message(error)) from None
        self._pending: Any = None

    @property
    def closed(self) -> bool:
        """Tell whether the connection is known to be gone."""
        return bool(self._connection.closed)

    def rows(self, command: str, deadline: Deadline) -> list[dict[str, Any]]:
        """Run one command and return its rows; raises as :meth:`answer` does."""
        self.send(command, deadline)
        return self.answer(deadline)

    def send(self, command: str, deadline: Deadline) -> None:
        """Send one command without waiting for its answer.

        :raises ConsoleLost: when the connection is broken
        """
        self._connection.deadline = deadline
        try:
            self._pending = driver.send(self._connection, command)
        except driver.Error as error:
            self.close()
            raise ConsoleLost(self._message(error)) from None

    def answer(self, deadline: Deadline) -> list[dict[str, Any]]:
        """Wait for the answer to what was sent and return its rows.

        :raises ConsoleRefused: when the console answers with an error
        :raises ConsoleLost: when the connection breaks
        :raises DeadlineReached: when no answer comes in time; the connection is closed then
        """
        self._connection.deadline = deadline
        try:
            return driver.answer(self._connection, self._pending)
        except driver.Error as error:
            if error.pgcode is not None and not self.closed:
                raise ConsoleRefused(self._message(error)) from None
            self.close()
            raise ConsoleLost(self._message(error)) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; this does not undo a command that is under way."""
        self._connection.close()

    def _message(self, error: Exception) -> str:
        lines = str(error).strip().splitlines()
        message = lines[0].strip() if lines else "no message"
        return str(masked(message, [self._password or ""]))


def quoted(name: str) -> str:
    """Return an identifier as consoles read it."""
    return '"' + name.replace('"', '""') + '"'
