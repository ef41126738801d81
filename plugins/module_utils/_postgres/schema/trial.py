# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trial restore: one transaction on green, a savepoint for each batch of statements, and a rollback."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Callable

from ..._domain.endpoint import Endpoint
from ..._domain.errors import ConnectionLost, DatabaseError
from ..._domain.relations import TableName
from ..._domain.schema.dump_contents import LeftOut
from ..._domain.schema.scope import LeftAside
from ..._domain.schema.surroundings import PASSWORD, Surrounding
from ..._domain.schema.trial import EXTENSION, OTHER, Failure, Refusal, Statement, Trial, judged, refused, statements_of
from ..._domain.session_settings import PROGRAMS
from ..driver import Verbatim
from ..session import Session
from ..sql.schema import trial as sql
from .dump import SchemaCopier
from .scope import Extension, create_its_schema, create_or_update
from .surroundings import make_within

# Somebody else's lock on green is a reason to retry, not to wait. Only the trial's own transaction may write.
_SETTINGS = {
    **PROGRAMS, "client_min_messages": "error", "lock_timeout": "10s", "default_transaction_read_only": "on",
}  # fmt: skip


def read_unreadable(blue: Session) -> list[TableName]:
    """Return the tables that pg_dump may not lock as our role, so that it would stop there."""
    return [TableName(row["schema"], row["name"]) for row in blue.rows(sql.UNREADABLE)]


@dataclass(frozen=True)
class Beforehand:
    """What is made before the schema.

    ``around``: the database's surroundings that green lacks, in the order to create them. ``lent``: roles that own
    something, so our role has to act for them. ``extensions``: those in versions of the user's choice.
    """

    around: Sequence[Surrounding]
    lent: Collection[str]
    extensions: Sequence[Extension] = ()


@dataclass(frozen=True)
class TrialRestorer:
    """Tries out what :class:`SchemaCopier` will do."""

    copier: SchemaCopier

    def attempt(
        self,
        blue: Session,
        green: Endpoint,
        left_out: Iterable[LeftOut],
        aside: LeftAside,
        first: Beforehand,
        unread: Sequence[TableName],
    ) -> Trial:
        """Try to restore blue's schema on green, after the roles and settings that it needs.

        :param left_out: already on green
        :param unread: tables that cannot be dumped, and so are not tried
        :returns: what green's server refused; green is as it was
        :raises MigrationError: BG206 when blue's schema cannot be dumped
        """
        tables = (*aside.tables, *unread)
        with tempfile.TemporaryDirectory(prefix="bluegreen-trial-") as folder:
            file = Path(folder, "schema.sql")
            self.copier.write_script(blue.endpoint, file, left_out, replace(aside, tables=tables))
            written = file.read_bytes()
        with closing(Session(green, self.copier.application_name, settings=_SETTINGS)) as session:
            attempt = _Attempt(session)
            attempt.make(blue.encoding, first, written)
        trial = judged(attempt.script, attempt.failures, whole=not unread)
        names = tuple(map(str, unread))
        return Trial((*attempt.refusals, *trial.refusals), tuple(first.around), attempt.obstacle, unread=names)


class _Ended(Exception):
    """The transaction is over; the text says why."""


class _Attempt:
    """One transaction; what is refused in it is undone by itself. ``obstacle``: why it stopped early."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.script = ""
        self.refusals: list[Refusal] = []
        self.failures: list[Failure] = []
        self.obstacle = ""

    def make(self, encoding: str, first: Beforehand, written: bytes) -> None:
        """Make all of it, then the script, which is written in that encoding, and roll it back."""
        try:
            self._session.speak(encoding)
            self.script = self._session.decoded(written)
            self._session.run(sql.PROLOGUE)
            self._make_beforehand(first)
            for failure in refused(list(statements_of(self.script)), self._take):
                self.failures.append(failure)
            self._session.rollback()
        except DatabaseError as error:
            self.obstacle = error.what
        except _Ended as ended:
            self.obstacle = str(ended)

    def _make_beforehand(self, first: Beforehand) -> None:
        for one in first.around:
            # Only who may read a password could try it.
            if one.kind != PASSWORD:
                self._try(OTHER, one.title, partial(make_within, one=one, lend=one.role in first.lent))
        for extension in first.extensions:
            for act in (create_its_schema, create_or_update):
                self._try(EXTENSION, extension.name, partial(act, one=extension))

    def _try(self, cause: str, subject: str, act: Callable[[Session], None]) -> None:
        try:
            self._session.run(sql.SAVEPOINT)
            act(self._session)
            self._session.run(sql.RELEASE)
        except DatabaseError as error:
            self._undo(error)
            self.refusals.append(Refusal(cause, subject, error.said))

    def _take(self, batch: Sequence[Statement]) -> Failure | None:
        try:
            # In one message: each of them costs a round trip, and both servers and networks may be slow.
            self._session.run(Verbatim("\n".join((f"{sql.SAVEPOINT};", *(one.text for one in batch), sql.RELEASE))))
        except DatabaseError as error:
            self._undo(error)
            return Failure(batch[-1].line, error.sqlstate, error.said)
        return None

    def _undo(self, error: DatabaseError) -> None:
        try:
            self._session.run(sql.UNDO)
        except DatabaseError:
            if isinstance(error, ConnectionLost):
                raise _Ended(error.what) from None
            raise _Ended(f"the script ended its own transaction, which was refused: {error.said}") from None
