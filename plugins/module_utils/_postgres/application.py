# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing as the application does, through its own connection, with nothing of ours added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """The application's connection was not made, or refused the write; the text holds no secret."""


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


def _ask(connection: driver.Connection, statement: str) -> list[dict[str, Any]]:
    return driver.run(connection, spelled_for(statement, int(connection.server_version) // 10000), None)


def _without_password(error: Exception, keywords: Mapping[str, str]) -> str:
    said = (str(error).strip().splitlines() or ["no message"])[0].strip()
    password = keywords.get("password")
    return str(masked(said, [password or ""]))
