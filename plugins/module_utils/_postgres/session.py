# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session on one side: statements with a deadline, and errors in the project's own words."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import IO, Any, Callable

from .._domain.capabilities import Capability
from .._domain.clock import Deadline
from .._domain.endpoint import Endpoint
from .._domain.errors import ConnectionLost, DatabaseError, DeadlineReached, MigrationError
from .._domain.session_settings import LOCK_SECONDS, OURS
from . import driver
from .encodings import UTF8
from .failures import connection_failure, deadline_failure, statement_failure
from .in_force import end_what_nobody_waits_for, require_in_force
from .places import in_one, places_in_order, remember
from .rest import Rest
from .sql.older import spelled_for
from .sql.session_settings import PLAN_ONCE
from .sql.silence import END_WHEN_IDLE, PING
from .sql.waits import LIMIT
from .startup import asked_too_much, startup_options
from .waits import PATIENCE, Watch

CONNECT_SECONDS = 10.0
_OPEN: weakref.WeakValueDictionary[int, Session] = weakref.WeakValueDictionary()
# For the server to end a statement by its own timeout, which leaves the connection usable.
_GRACE_SECONDS = 0.5
# A server that is late counts as dead: the kernel ends a silent connection after about 5 + 3 × 2 seconds.
_KEEPALIVE = {"keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3"}


class Session:
    """One connection to one side. Statements run in autocommit mode unless inside :meth:`transaction`."""

    def __init__(
        self,
        endpoint: Endpoint,
        application_name: str,
        deadline: Deadline | None = None,
        for_rows: bool = False,
        replication: bool = False,
        settings: Mapping[str, str] = OURS,
    ) -> None:
        """Connect; of several hosts to the one that is primary, and ``there`` names it alone.

        :param for_rows: for :meth:`copy_out` and :meth:`copy_in`, in a process that does nothing else
        :param replication: speak the replication protocol as well
        :param settings: ``USERS``: those that every client of this role has
        :raises MigrationError: BG023 or BG024 when other settings than these are in force
        """
        self.endpoint = endpoint
        self.side = endpoint.side
        more = {
            "application_name": application_name,
            "tcp_user_timeout": "10000",
            **({"replication": "database"} if replication else {}),
        }
        limit = deadline or Deadline(CONNECT_SECONDS, f"Connecting to {self.side}")
        keywords = self._find(more, settings, limit, for_rows=for_rows)
        self._connection.grace = _GRACE_SECONDS
        as_we_are = {**keywords, "options": startup_options(endpoint, settings), "replication": ""}
        self._watch = Watch(as_we_are, self.backend_pid, self.side)
        self._connection.waited = self._watch.waited
        self._planned: dict[str, str] = {}
        self._rest = Rest()
        try:
            require_in_force(self, settings)
            end_what_nobody_waits_for(self)
            if self.encoding != UTF8:
                self.speak(self.encoding)
        except BaseException:
            self.close()
            raise
        self._connection.deadline = deadline
        _OPEN[id(self)] = self

    def _find(
        self, more: Mapping[str, str], settings: Mapping[str, str], limit: Deadline, *, for_rows: bool
    ) -> dict[str, str]:
        """Connect to the first of the side's hosts that lets us in, and return the keywords that led there."""
        failures: list[Exception] = []
        for number, place, share in places_in_order(self.endpoint, limit):
            keywords = {**_KEEPALIVE, **place, **more}
            connect = driver.connect_for_rows if for_rows else partial(driver.connect, deadline=share)
            try:
                self._connection = self._open(keywords, settings, connect)
            except (driver.Error, MigrationError) as error:
                failures.append(error)
                continue
            remember(self.endpoint, number)
            self.there = self.endpoint.at(number)
            return keywords
        raise connection_failure(in_one(failures), self.endpoint) from None

    def _open(
        self, keywords: Mapping[str, str], settings: Mapping[str, str], connect: Callable[..., driver.Connection]
    ) -> driver.Connection:
        try:
            return connect({**keywords, "options": startup_options(self.endpoint, settings)})
        except (driver.Error, MigrationError) as error:
            if not asked_too_much(self.endpoint, error):
                raise
        return self._open(keywords, settings, connect)

    @property
    def version(self) -> int:
        """Return the server's version number, such as 170011."""
        return int(self._connection.server_version)

    @property
    def major(self) -> int:
        """Return the server's major version, such as 17."""
        return self.version // 10000

    @property
    def backend_pid(self) -> int:
        """Return the process id of the server's process behind this session."""
        return int(self._connection.get_backend_pid())

    @property
    def place(self) -> str:
        """Return host and port of the server that answered."""
        return ":".join(driver.place_of(self._connection))

    @property
    def encoding(self) -> str:
        """Return the encoding of the database."""
        return driver.encoding_of(self._connection)

    def speak(self, encoding: str) -> None:
        """Send and receive texts in that encoding."""
        driver.speak(self._connection, encoding)

    def decoded(self, text: bytes) -> str:
        """Return a text that is in the encoding in which texts come and go."""
        return driver.decoded(self._connection, text)

    def as_json(self, value: Any) -> str:
        """Return JSON as the database can hold it: one that is not in UTF8 cannot convert each escaped character."""
        return json.dumps(value, ensure_ascii=self.encoding == UTF8)

    def own_pids(self) -> list[int]:
        """Return the process ids of all server processes that serve this process's sessions at this place."""
        here = [one for ref in _OPEN.valuerefs() if (one := ref()) is not None and one.endpoint == self.endpoint]
        return [one.backend_pid for one in here if not one.closed]

    @property
    def closed(self) -> bool:
        """Tell whether the connection is known to be gone."""
        return bool(self._connection.closed)

    def wait_until(self, deadline: Deadline | None) -> None:
        """Wait for the server until ``deadline`` at most; the server is not told."""
        self._connection.deadline = deadline

    def set_deadline(self, deadline: Deadline | None) -> None:
        """End every later statement at ``deadline`` (``None``: no limit), here and on the server."""
        self.wait_until(deadline)
        self.run("SET statement_timeout = %(ms)s", {"ms": deadline.left_milliseconds() if deadline else 0})

    def wait_for_locks(self, deadline: Deadline) -> None:
        """Let later statements wait for locks until ``deadline``; without this they wait only some seconds."""
        self.run(LIMIT, {"ms": deadline.left_milliseconds()})

    def expect_lock_timeout(self, seconds: float) -> None:
        """Note after how long statements give up waiting for a lock; its holder is looked up before that."""
        self._watch.patience = min(PATIENCE, seconds / 2)
        self._connection.tick = min(driver.TICK, self._watch.patience / 2)

    @contextmanager
    def impatient(self, seconds: float) -> Iterator[None]:
        """Expect statements in the block to give up waiting for locks after ``seconds``; the block sets that on the
        server."""
        with self._watch:
            self.expect_lock_timeout(seconds)
            try:
                yield
            finally:
                self.expect_lock_timeout(LOCK_SECONDS)

    def rows(
        self, statement: str, arguments: Mapping[str, Any] | None = None, **names: driver.Name
    ) -> list[dict[str, Any]]:
        """Execute one statement and return its rows.

        :param statement: a constant of ``_postgres.sql``, or ``Verbatim``, somebody else's; ``{name}`` is an
            identifier, ``%(name)s`` a value
        :raises DatabaseError: when the server refuses it
        :raises ConnectionLost: when the connection breaks: the outcome is then unknown
        :raises DeadlineReached: when the session's deadline passes; the connection is closed then
        """
        composed = (
            driver.compose(self._spelled(statement), names, arguments is not None)
            if names
            else self._planned.get(statement) or self._spelled(statement)
        )
        self._watch.begin()
        self._end_rest()
        try:
            answer = driver.run(self._connection, composed, arguments)
        except DeadlineReached as error:
            raise deadline_failure(error, self._watch.holders) from None
        except driver.Error as error:
            raise statement_failure(error, self.endpoint, self.closed, self._watch.holders) from None
        self._rest.begin(self._connection)
        return answer

    def _end_rest(self) -> None:
        try:
            self._rest.end(self._connection)
        except driver.Error as error:
            failure = statement_failure(error, self.endpoint, self.closed)
            failure.stands = "The next statement was not sent"
            raise failure from None

    def end_when_silent(self, seconds: float) -> None:
        """Let the server end this session, and with it its locks, after that much silence from us."""
        if Capability.IDLE_SESSION_TIMEOUT.of(self.major):
            self.run(END_WHEN_IDLE, {"ms": int(seconds * 1000)})
        else:
            self._rest = Rest(seconds)
            self.run(PING)

    def plan(self, *statements: str, **types: str) -> None:
        """Prepare queries on the server; after its first execution each is planned and only has to be executed.

        :param types: the type of each value that they take
        """
        new = [one for one in statements if one not in self._planned]
        if not new:
            return
        names = {one: f"bluegreen_{number}" for number, one in enumerate(new, start=len(self._planned))}
        prepared = [
            f"PREPARE {name} {_in_brackets(types.values())} AS {_numbered(one, types)}" for one, name in names.items()
        ]
        self.run(PLAN_ONCE + "; ".join(prepared), {})
        values = _in_brackets(f"%({value})s" for value in types)
        self._planned.update((one, f"EXECUTE {name} {values}") for one, name in names.items())

    def text_of(self, statement: str, arguments: Mapping[str, Any], **names: driver.Name) -> driver.Verbatim:
        """Return a statement as :meth:`rows` would send it."""
        composed = driver.compose(self._spelled(statement), names, with_values=True)
        return driver.Verbatim(driver.text_of(self._connection, composed, arguments))

    def run(self, statement: str, arguments: Mapping[str, Any] | None = None, **names: driver.Name) -> None:
        """Execute one statement for its effect; raises as :meth:`rows` does."""
        self.rows(statement, arguments, **names)

    def row(
        self, statement: str, arguments: Mapping[str, Any] | None = None, **names: driver.Name
    ) -> dict[str, Any] | None:
        """Execute one statement and return its first row, or ``None``; raises as :meth:`rows` does."""
        rows = self.rows(statement, arguments, **names)
        return rows[0] if rows else None

    def value(self, statement: str, arguments: Mapping[str, Any] | None = None, **names: driver.Name) -> Any:
        """Execute one statement and return the first value of its first row; raises as :meth:`rows` does."""
        row = self.row(statement, arguments, **names)
        return next(iter(row.values())) if row else None

    def copy_out(self, statement: str, arguments: Mapping[str, Any], file: IO[bytes], **names: driver.Name) -> int:
        """Write rows into ``file`` and return their number; raises as :meth:`rows` does, and what ``file`` raises."""
        try:
            composed = driver.compose(self._spelled(statement), names, with_values=True)
            return driver.copy_out(self._connection, composed, arguments, file)
        except driver.Error as error:
            raise statement_failure(error, self.endpoint, broken=self.closed) from None

    def copy_in(self, statement: str, file: IO[bytes], **names: driver.Name) -> int:
        """Send ``file``'s rows and return their number; raises as :meth:`rows` does."""
        try:
            return driver.copy_in(self._connection, driver.compose(statement, names, with_values=False), file)
        except driver.Error as error:
            raise statement_failure(error, self.endpoint, broken=self.closed) from None

    def tell(self, statement: str, file: IO[bytes]) -> int:
        """Send a few rows between statements, as :meth:`copy_in` does; the deadline does not count for so long."""
        try:
            return driver.copy_in_between(self._connection, driver.compose(statement, {}, with_values=False), file)
        except driver.Error as error:
            raise statement_failure(error, self.endpoint, broken=self.closed) from None

    @contextmanager
    def transaction(self, begin: str = "BEGIN") -> Iterator[None]:
        """Run the block in one transaction; an error rolls it back and is raised further."""
        try:
            self.run(begin)
            yield
        except BaseException:
            self.rollback()
            raise
        self.run("COMMIT")

    def rollback(self) -> None:
        """Roll back the open transaction; on a connection that is closed or broken the server has already done so."""
        if self.closed:
            return
        try:
            self.run("ROLLBACK")
        except ConnectionLost:
            return

    def _spelled(self, statement: str) -> str:
        return statement if isinstance(statement, driver.Verbatim) else spelled_for(statement, self.major)

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back by the server."""
        self._connection.close()


def _numbered(statement: str, values: Iterable[str]) -> str:
    for place, value in enumerate(values, start=1):
        statement = statement.replace(f"%({value})s", f"${place}")
    return statement


def _in_brackets(items: Iterable[str]) -> str:
    return f"({joined})" if (joined := ", ".join(items)) else ""


__all__ = ["ConnectionLost", "DatabaseError", "Session"]
