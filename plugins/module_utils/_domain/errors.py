# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only kind of error that a user sees: what happened, where things stand, what to do next."""

from __future__ import annotations

from typing import Any

from .texts import one_line


class MigrationError(Exception):
    """An error with a stable code (``BG…``, explained in docs/TROUBLESHOOTING.md) and three sentences.

    :param code: stable identifier, such as ``BG003``
    :param what: what happened
    :param stands: where things stand now: what is in service, what was changed
    :param todo: what to do next
    :param details: JSON-ready facts for machines; never a secret
    """

    def __init__(self, code: str, what: str, stands: str, todo: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.stands = stands
        self.todo = todo
        self.details = details or {}

    def __str__(self) -> str:
        return f"{self.code}: " + " ".join(_sentence(part) for part in (self.what, self.stands, self.todo) if part)

    def as_result(self) -> dict[str, Any]:
        """Return the fields that a failed module hands to Ansible."""
        return {
            "code": self.code,
            "what": self.what,
            "stands": self.stands,
            "todo": self.todo,
            "details": self.details,
        }


class DatabaseError(MigrationError):
    """A server refused a statement, or a connection to it broke.

    :param sqlstate: the server's SQLSTATE, ``None`` where the server did not answer (a broken connection)
    """

    said = ""  # about a statement: the server's own words, all of them

    def __init__(
        self, code: str, what: str, stands: str, todo: str, sqlstate: str | None, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code, what, stands, todo, details)
        self.sqlstate = sqlstate


class ConnectionLost(DatabaseError):
    """The connection broke while a statement was under way: its outcome is unknown."""


class DeadlineReached(MigrationError):
    """A deadline passed, or the run was told to stop, while something was under way."""


class Cancelled(BaseException):
    """The run must end: not an error of the work under way, so that no error handler continues after it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _sentence(text: str) -> str:
    text = one_line(text.strip())
    return text if text.endswith((".", "!", "?")) else text + "."
