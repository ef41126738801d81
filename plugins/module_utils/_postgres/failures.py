# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's refusal in the project's own words, without any part of the connection string."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .._domain.endpoint import Endpoint
from .._domain.errors import ConnectionLost, DatabaseError, DeadlineReached
from .._domain.secrets import masked
from .._domain.session_settings import POOLER
from .._domain.waits import Holder, in_words, way_out

_FULL = ("BG003", "{side} has no free connection", "Raise max_connections, or end idle sessions")
# A part of libpq's message: code, what happened, what to do.
_NO_PRIMARY = (
    "BG708",
    "{side} has no primary: those of its hosts that answer are standbys",
    "Wait for the failover, or let {variable} name the primary",
)
_CONNECTION_ADVICE = {
    "password authentication failed": (
        "BG004",
        "{side} refused the password",
        "Correct user or password in {variable}",
    ),
    "no password supplied": ("BG004", "{side} asks for a password", "Set password in {variable}"),
    "no pg_hba.conf entry": ("BG004", "{side} has no pg_hba.conf entry for us", "Ask its administrator for one"),
    "does not exist": ("BG005", "{side} does not know that database or role", "Correct dbname or user in {variable}"),
    "conversion between": (
        "BG279",
        "{side}'s database has an encoding that no client can ask for UTF8 in",
        "Move its contents to a database in UTF8 by pg_dump and psql first",
    ),
    "unsupported startup parameter": (
        POOLER,
        "{side} is a pooler, and refuses the settings that our session needs",
        "Let {variable} lead to the server itself; applications keep their pooler (docs/routes.md)",
    ),
    "session is read-only": _NO_PRIMARY,
    "server is in hot standby mode": _NO_PRIMARY,
    "too many clients": _FULL,
    "remaining connection slots": _FULL,
}
# libpq repeats a server's message as severity (in its language), colon and two spaces; its own messages differ.
_SAID_BY_A_SERVER = re.compile(r"(^|: )\S+:  \S", re.MULTILINE)
_NOT_REACHED = ("BG003", "{side} cannot be reached", "Check host and port in {variable}, the network, and the server")
LOCKED = "55P03"
_CANCELLED = "57014"
# Errors of a catalog query when somebody drops or replaces an object that it has just found.
_CHANGED_MEANWHILE = ("XX000", "2BP01", "3F000", "42704", "42883", "42P01")
_ADMIN_ENDED = ("57P01", "57P02", "57P03", "08000", "08003", "08006")


def connection_failure(error: Exception, endpoint: Endpoint) -> DatabaseError:
    """Return the error for a failed connection."""
    message = str(masked(str(error), endpoint.secrets))
    code, what, todo = next((advice for part, advice in _CONNECTION_ADVICE.items() if part in message), _NOT_REACHED)
    words = {"side": str(endpoint.side).capitalize(), "variable": f"bluegreen_{endpoint.side}"}
    return DatabaseError(
        code,
        f"{what.format(**words)} ({endpoint.address}: {_first_line(message)})",
        "Nothing was changed by this step",
        todo.format(**words),
        getattr(error, "pgcode", None),
        {"answered": said_by_a_server(message), "side": str(endpoint.side)},
    )


def said_by_a_server(message: str) -> bool:
    """Tell whether a server, which is then up, reported the failure of a connection."""
    return bool(_SAID_BY_A_SERVER.search(message)) or "no password supplied" in message


def statement_failure(error: Any, endpoint: Endpoint, broken: bool, holders: Sequence[Holder] = ()) -> DatabaseError:
    """Return the error for a statement that a server refused, or whose connection broke.

    :param holders: the sessions that it was seen waiting for
    """
    message = str(masked(str(error), endpoint.secrets))
    failure = _statement_failure(message, error.pgcode, endpoint, broken, holders)
    failure.said = "; ".join(" ".join(line.split()) for line in message.splitlines() if line.strip())
    return failure


def _statement_failure(
    message: str, sqlstate: str | None, endpoint: Endpoint, broken: bool, holders: Sequence[Holder]
) -> DatabaseError:
    side = str(endpoint.side).capitalize()
    if broken or sqlstate in _ADMIN_ENDED:
        return ConnectionLost(
            "BG009",
            f"The connection to {endpoint.side} broke ({_first_line(message)})",
            "The outcome of the statement that was under way is unknown; the next run reads it from the server",
            "Check that the server runs, then run the same command again",
            sqlstate,
        )
    if sqlstate == "42501":
        return DatabaseError(
            "BG008",
            f"{side} does not allow it: {_first_line(message)}",
            "The statement had no effect",
            "Grant what is missing to the role in use (docs/privileges.md), then run the same command again",
            sqlstate,
        )
    if sqlstate == LOCKED or (holders and sqlstate == _CANCELLED):
        return DatabaseError(
            "BG041",
            f"{side} kept us waiting too long for {in_words(holders)}",
            "The statement had no effect",
            way_out(holders),
            sqlstate,
        )
    said = f"{_first_line(message)} (SQLSTATE {sqlstate})"
    if sqlstate in _CHANGED_MEANWHILE:
        return DatabaseError(
            "BG042",
            f"{side} refused a statement, as it does when the schema is changed at that moment: {said}",
            "The statement had no effect",
            "Let changes of the schema end, then run the same command again; if this stays, read the server's log",
            sqlstate,
        )
    return DatabaseError(
        "BG011",
        f"{side} refused a statement: {said}",
        "The statement had no effect",
        "Read the server's log for the statement; run the same command again when the cause is gone",
        sqlstate,
    )


def deadline_failure(error: DeadlineReached, holders: Sequence[Holder]) -> DeadlineReached:
    """Return the error for a deadline that passed during a statement, with the sessions that it was seen waiting
    for."""
    if not holders:
        return error
    what = f"{error.what}; it waited for {in_words(holders)}"
    return DeadlineReached(error.code, what, error.stands, error.todo, error.details)


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0].strip() if message.strip() else "no message"
