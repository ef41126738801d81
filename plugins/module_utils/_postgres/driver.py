# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that imports psycopg2: connections on which every wait has a deadline, and SQL with quoted names."""

from __future__ import annotations

import select
import time
import traceback
from collections.abc import Mapping
from typing import IO, Any, Callable, Union

from .._domain.clock import Deadline
from .._domain.errors import MigrationError
from .encodings import learn

try:
    import psycopg2
    import psycopg2.extensions
    import psycopg2.sql

    IMPORT_ERROR = None
    Error = psycopg2.Error
    _Base = psycopg2.extensions.connection
except ImportError:
    IMPORT_ERROR = traceback.format_exc()
    Error = Exception  # type: ignore[assignment,misc]
    _Base = object  # type: ignore[assignment,misc]


class Verbatim(str):
    """SQL that is not ours: a statement, or an expression in one, that goes to the server as it was written.

    Ours is written for the newest server, and spelled for older ones.
    """

    __slots__ = ()


Name = Union[str, "tuple[str, ...]", "list[str]", "list[tuple[str, ...]]"]
_COPY_READ = 1 << 17  # bytes
TICK = 0.1  # seconds between checks of the deadline, which a signal may have brought forward


class Connection(_Base):
    """A connection whose waits end ``grace`` seconds after its current deadline.

    ``waited`` is called every ``tick`` seconds with the length of the wait so far.
    """

    deadline: Deadline | None = None
    grace: float = 0.0
    tick: float = TICK
    waited: Callable[[float], None] | None = None


def _wait(connection: Any) -> None:
    """Wait for the server as psycopg2 asks for it, until the connection's deadline."""
    began = time.monotonic()
    while True:
        state = connection.poll()
        if state == psycopg2.extensions.POLL_OK:
            return
        # The callback serves the whole process: connections without a deadline, which are not ours, come here too.
        deadline, grace = getattr(connection, "deadline", None), getattr(connection, "grace", 0.0)
        if deadline is not None and deadline.overdue(grace):
            raise deadline.reached()
        waited, tick = getattr(connection, "waited", None), getattr(connection, "tick", TICK)
        if waited is not None:
            waited(time.monotonic() - began)
        timeout = tick if deadline is None else min(tick, deadline.left() + grace)
        if state == psycopg2.extensions.POLL_READ:
            select.select([connection.fileno()], [], [], timeout)
        else:
            select.select([], [connection.fileno()], [], timeout)


def connect(keywords: Mapping[str, str], deadline: Deadline) -> Connection:
    """Connect in autocommit mode; every later wait on the connection obeys ``connection.deadline``.

    :raises Error: psycopg2's, when the server refuses or cannot be reached
    :raises DeadlineReached: when it does not answer in time
    """
    psycopg2.extensions.set_wait_callback(_wait)
    bounded = type("BoundedConnection", (Connection,), {"deadline": deadline})
    arguments: dict[str, Any] = dict(keywords)
    try:
        connection: Connection = psycopg2.connect(connection_factory=bounded, **arguments)
    except (Error, MigrationError) as error:
        # Its frames hold the connection, and the server would wait for a password for authentication_timeout.
        raise error.with_traceback(None) from None
    connection.set_session(autocommit=True)
    return connection


def connect_for_rows(keywords: Mapping[str, str]) -> Connection:
    """Connect in autocommit mode for :func:`copy_out` and :func:`copy_in`, in a process that does nothing else.

    COPY does not work with a wait callback, which serves the whole process: from here on no wait in it has a deadline.

    :raises Error: psycopg2's, when the server refuses or cannot be reached
    """
    psycopg2.extensions.set_wait_callback(None)
    arguments: dict[str, Any] = {"connect_timeout": "10", **keywords}
    connection: Connection = psycopg2.connect(connection_factory=Connection, **arguments)
    connection.set_session(autocommit=True)
    return connection


def connect_as_clients_do(keywords: Mapping[str, str]) -> Connection:
    """Connect in autocommit mode; libpq tries one host after the other, each for its ``connect_timeout``.

    :raises Error: psycopg2's, when none of them lets us in
    """
    psycopg2.extensions.set_wait_callback(None)
    arguments: dict[str, Any] = {"connect_timeout": "2", **keywords}
    connection: Connection = psycopg2.connect(connection_factory=Connection, **arguments)
    connection.set_session(autocommit=True)
    psycopg2.extensions.set_wait_callback(_wait)
    return connection


def place_of(connection: Connection) -> tuple[str, str]:
    """Return host and port of the server that answered, of several that were asked."""
    return str(connection.info.host), str(connection.info.port)


def encoding_of(connection: Connection) -> str:
    """Return the encoding of the database, as the server names it."""
    return str(connection.get_parameter_status("server_encoding"))


def is_in_transaction(connection: Connection) -> bool:
    """Tell whether a transaction is open."""
    return bool(connection.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE)


def speak(connection: Connection, encoding: str) -> None:
    """Let texts come and go in that encoding, no byte of them changed."""
    learn(psycopg2.extensions.encodings, encoding)
    connection.set_client_encoding(encoding)


def decoded(connection: Connection, text: bytes) -> str:
    """Return bytes as the text that they are when they come from the server."""
    return text.decode(psycopg2.extensions.encodings[connection.encoding])


def copy_out(connection: Connection, statement: Any, arguments: Any, file: IO[bytes]) -> int:
    """Write what ``COPY … TO STDOUT`` sends into ``file`` and return the number of rows."""
    with connection.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(statement, arguments), file)
        return int(cursor.rowcount)


def copy_in(connection: Connection, statement: Any, file: IO[bytes]) -> int:
    """Send what ``file`` holds to ``COPY … FROM STDIN`` and return the number of rows."""
    with connection.cursor() as cursor:
        cursor.copy_expert(statement, file, _COPY_READ)
        return int(cursor.rowcount)


def copy_in_between(connection: Connection, statement: Any, file: IO[bytes]) -> int:
    """Do as :func:`copy_in` on a connection of :func:`connect`; its deadline does not apply meanwhile."""
    waiting = psycopg2.extensions.get_wait_callback()
    psycopg2.extensions.set_wait_callback(None)
    try:
        return copy_in(connection, statement, file)
    finally:
        psycopg2.extensions.set_wait_callback(waiting)


def connect_without_waiting(keywords: Mapping[str, str], deadline: Deadline) -> Connection:
    """Connect so that :func:`send` returns at once; such a connection is always in autocommit mode.

    :raises Error: psycopg2's, when the server refuses or cannot be reached
    :raises DeadlineReached: when it does not answer in time
    """
    bounded = type("BoundedConnection", (Connection,), {"deadline": deadline})
    arguments: dict[str, Any] = {**keywords, "async_": True}
    connection: Connection = psycopg2.connect(connection_factory=bounded, **arguments)
    _wait(connection)
    return connection


def send(connection: Connection, statement: str) -> Any:
    """Send one statement by the simple protocol and return its cursor, for :func:`answer`."""
    cursor = connection.cursor()
    cursor.execute(statement)
    return cursor


def answer(connection: Connection, cursor: Any) -> list[dict[str, Any]]:
    """Wait for the answer to what was sent, until the connection's deadline, and return its rows."""
    _wait(connection)
    return _rows(cursor)


def parse_dsn(dsn: str) -> dict[str, str]:
    """Return the libpq keywords of a connection string or URI.

    :raises ValueError: when it is not one; the error's text contains no part of the string
    """
    try:
        return {key: str(value) for key, value in psycopg2.extensions.parse_dsn(dsn).items()}
    except psycopg2.ProgrammingError:
        raise ValueError("not a libpq connection string") from None


def compose(statement: str, names: Mapping[str, Name], with_values: bool) -> Any:
    """Insert quoted identifiers into ``statement``.

    A string is one identifier, a tuple is a qualified one, a list is several, joined by commas. What is
    :class:`Verbatim` is an expression.

    :param with_values: values are filled in later; a percent sign in a name then stays part of it
    """
    given = {key: _doubled(name) if with_values else name for key, name in names.items()}
    return psycopg2.sql.SQL(statement).format(**{key: _identifier(name) for key, name in given.items()})


def _doubled(name: Any) -> Any:
    """Return a name, or names, for a statement with values, where a single percent sign would begin a placeholder."""
    if isinstance(name, str):
        return type(name)(name.replace("%", "%%"))
    return type(name)(_doubled(part) for part in name)


def _identifier(name: Name) -> Any:
    if isinstance(name, Verbatim):
        return psycopg2.sql.SQL(name)
    if isinstance(name, list):
        return psycopg2.sql.SQL(", ").join(_identifier(one) for one in name)
    if isinstance(name, tuple):
        return psycopg2.sql.Identifier(*name)
    return psycopg2.sql.Identifier(name)


def text_of(connection: Connection, statement: Any, arguments: Any) -> str:
    """Return a statement as :func:`run` would send it."""
    with connection.cursor() as cursor:
        return decoded(connection, cursor.mogrify(statement, arguments))


def run(connection: Connection, statement: Any, arguments: Any) -> list[dict[str, Any]]:
    """Execute one statement and return its rows as dicts, an empty list where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return _rows(cursor)


def _rows(cursor: Any) -> list[dict[str, Any]]:
    # A seventh of the time that psycopg2.extras.RealDictCursor takes, which preflight of thousands of tables felt.
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row)) for row in cursor.fetchall()] if names else []
