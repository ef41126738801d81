# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing as the application does, through its own connection, with nothing of ours added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from .._domain.clock import Deadline
from .._domain.errors import DeadlineReached
from .._domain.relations import TableName
from .._domain.secrets import masked
from . import driver
from .sql import application as sql
from .sql.catalog import IDENTITY_OF_DATABASE
from .sql.older import spelled_for


@dataclass(frozen=True)
class Arrival:
    """Where a write would arrive; ``table``: a table that the application may write to.

    ``system`` and ``database`` are ``None`` where the application may not read them.
    """

    table: TableName | None
    system: str | None
    database: str | None


class RouteFailed(Exception):
    """The application's connection was not made, or refused the write; the text holds no secret.

    ``connected``: the server is still there. ``sqlstate``: its reason, ``None`` if it gave none.
    """

    sqlstate: str | None = None
    connected = False


def keywords_of(application: Mapping[str, Any]) -> dict[str, str]:
    """Return how the application connects: the keywords beside a connection string win over what it says.

    :raises ValueError: when it is not one; the error's text contains no part of it
    """
    given = {key: str(value) for key, value in application.items() if value is not None}
    dsn = given.pop("dsn", None)
    return {**(driver.parse_dsn(dsn) if dsn else {}), **given}


def begin_to_write(keywords: Mapping[str, str], seconds: float) -> Arrival:
    """Take a transaction id, and check that nothing would refuse a write to a table that the application may write to.

    One transaction, so that it arrives at one place. No statement touches a table of the user's: its triggers would
    fire.

    No startup option is sent, which poolers refuse, and the signpost holds as it does for the application.

    :raises RouteFailed: when connecting or writing fails
    """
    deadline = Deadline(seconds, "The write through the application's route")
    own = {**keywords, "application_name": "bluegreen route", "client_encoding": "UTF8"}
    try:
        connection = driver.connect(own, deadline)
        try:
            connection.deadline = deadline
            return _begin(connection)
        finally:
            connection.close()
    except (driver.Error, DeadlineReached) as error:
        raise RouteFailed(_without_password(error, keywords)) from None


def _begin(connection: driver.Connection) -> Arrival:
    _ask(connection, "BEGIN")
    [state] = _ask(connection, sql.WRITES)
    if state["fenced"] or state["read_only"] == "on":
        raise RouteFailed("the database is fenced" if state["fenced"] else "its transactions are read-only")
    tables = _ask(connection, sql.WRITABLE)
    table = TableName(tables[0]["schema"], tables[0]["name"]) if tables else None
    [permission] = _ask(connection, sql.MAY_IDENTIFY)
    [place] = _ask(connection, IDENTITY_OF_DATABASE) if permission["allowed"] else [{}]
    _ask(connection, "COMMIT")
    return Arrival(table, place.get("system"), place.get("database"))


class Client:
    """A connection that the application might have made, with nothing of ours added.

    :raises RouteFailed: when it is not made
    """

    def __init__(self, keywords: Mapping[str, str]) -> None:
        self._keywords = keywords
        own = {**keywords, "application_name": "bluegreen probe", "client_encoding": "UTF8"}
        try:
            self._connection = driver.connect_as_clients_do(own)
        except driver.Error as error:
            raise RouteFailed(_without_password(error, keywords)) from None

    def ask(
        self, statement: str, values: Mapping[str, Any] | None, deadline: Deadline, goes_on: Callable[[], bool]
    ) -> list[dict[str, Any]]:
        """Execute one statement and return its rows.

        :param goes_on: asked ten times a second; once it says no, the wait ends
        :raises RouteFailed: when it is refused, or is not answered in time; the connection is no longer of use then
        """

        def look(_waited: float) -> None:
            if not goes_on():
                deadline.stop("the end of the probe")

        self._connection.deadline, self._connection.waited = deadline, look
        try:
            return driver.run(self._connection, statement, values)
        except (driver.Error, DeadlineReached) as error:
            connected = isinstance(error, driver.Error) and not self._connection.closed
            failed = RouteFailed(_without_password(error, self._keywords))
            failed.sqlstate, failed.connected = getattr(error, "pgcode", None), connected
            raise failed from None

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def _ask(connection: driver.Connection, statement: str) -> list[dict[str, Any]]:
    return driver.run(connection, spelled_for(statement, int(connection.server_version) // 10000), None)


def _without_password(error: Exception, keywords: Mapping[str, str]) -> str:
    said = (str(error).strip().splitlines() or ["no message"])[0].strip()
    password = keywords.get("password")
    return str(masked(said, [password or ""]))
