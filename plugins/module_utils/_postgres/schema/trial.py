# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trial restore: one transaction on green, a savepoint for each statement, and a rollback."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..._domain.endpoint import Endpoint
from ..._domain.relations import TableName
from ..._domain.schema.dump_contents import LeftOut
from ..._domain.schema.psql import Failure, failures_of
from ..._domain.schema.scope import LeftAside
from ..._domain.schema.surroundings import PASSWORD, Surrounding
from ..._domain.schema.trial import EXTENSION, OTHER, Refusal, Trial, judged
from ..._domain.session_settings import PROGRAMS
from ..session import Session
from ..sql.schema import trial as sql
from .dump import SchemaCopier
from .programs import Outcome, connection_to
from .surroundings import as_script

_OPTIONS = ("--no-psqlrc", "--quiet", "--set=VERBOSITY=verbose")
_AS_A_WHOLE = "--set=ON_ERROR_STOP=on"
_EACH_BY_ITSELF = "--set=ON_ERROR_ROLLBACK=on"
# Somebody else's lock on green is a reason to retry, not to wait. Only the trial's own transaction may write.
_SETTINGS = {
    **PROGRAMS, "client_min_messages": "error", "lock_timeout": "10s", "default_transaction_read_only": "on",
}  # fmt: skip
# psql's names for its standard input, as an argument and in its messages.
_STDIN, _FROM_STDIN = "-", "<stdin>"


def read_unreadable(blue: Session) -> list[TableName]:
    """Return the tables that pg_dump may not lock as our role, so that it would stop there."""
    return [TableName(row["schema"], row["name"]) for row in blue.rows(sql.UNREADABLE)]


@dataclass(frozen=True)
class Beforehand:
    """What is made before the schema.

    ``around``: the database's surroundings that green lacks, in the order to create them. ``lent``: roles that own
    something, so our role has to act for them. ``extensions``: those in versions of the user's choice, each with the
    statements that create or update it.
    """

    around: Sequence[Surrounding]
    lent: Collection[str]
    extensions: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class TrialRestorer:
    """pg_dump, pg_restore and psql of green's major, which try out what :class:`SchemaCopier` will do."""

    copier: SchemaCopier
    psql: str

    @classmethod
    def find(cls, copier: SchemaCopier) -> TrialRestorer:
        """Find psql beside the others.

        :raises MigrationError: BG201 or BG202 where it is missing or of another major
        """
        return cls(copier, copier.programs.find("psql", exactly=True))

    def attempt(
        self,
        blue: Endpoint,
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
        with tempfile.TemporaryDirectory(prefix="bluegreen-trial-") as folder:
            script, after = Path(folder, "schema.sql"), Path(folder, "after.sql")
            after.write_text(sql.EPILOGUE, encoding="utf-8")
            tables = (*aside.tables, *unread)
            self.copier.write_script(blue, script, left_out, replace(aside, tables=tables))
            # A setting may be a secret, and a killed run leaves its files behind.
            pieces = [
                _Piece(OTHER, one.title, as_script(one, one.role in first.lent))
                for one in first.around
                if one.kind != PASSWORD
            ]
            pieces += [_Piece(EXTENSION, name, text) for name, text in first.extensions]
            before = sql.PROLOGUE + "".join(one.text for one in pieces)
            files = (_STDIN, str(script), str(after))
            outcome = self._run(green, files, before, _AS_A_WHOLE)
            if outcome.status != 0:
                # The end of a savepoint costs the server more with every table that the transaction has made.
                outcome = self._run(green, files, before, _EACH_BY_ITSELF)
            failures = failures_of(outcome.stderr)
            told = script.read_text(encoding="utf-8", errors="replace")
            trial = judged(told, _in(failures, str(script)), whole=not unread)
            refused = tuple(_of_pieces(pieces, _in(failures, _FROM_STDIN)))
        names = tuple(map(str, unread))
        return Trial((*refused, *trial.refusals), tuple(first.around), _ended_early(outcome, failures), unread=names)

    def _run(self, green: Endpoint, files: Sequence[str], told: str, how: str) -> Outcome:
        connection, environment = connection_to(green, self.copier.application_name, _SETTINGS)
        named = [f"--file={one}" for one in files]
        return self.copier.programs.execute([self.psql, *_OPTIONS, how, *named, *connection], environment, told)


def _in(failures: Iterable[Failure], file: str) -> list[Failure]:
    return [one for one in failures if one.file == file]


@dataclass(frozen=True)
class _Piece:
    """Statements before the script of the schema; ``cause``: what a refusal of them is."""

    cause: str
    subject: str
    text: str


def _of_pieces(pieces: Sequence[_Piece], failures: Iterable[Failure]) -> Iterable[Refusal]:
    ends, line = [], sql.PROLOGUE.count("\n")
    for one in pieces:
        line += one.text.count("\n")
        ends.append((line, one))
    for failure in failures:
        for end, one in ends:
            if failure.line is not None and failure.line <= end:
                yield Refusal(one.cause, one.subject, failure.message)
                break


def _ended_early(outcome: Outcome, failures: Sequence[Failure]) -> str:
    """Return why psql did not reach the end; failed statements do not stop it."""
    refused = [one.message for one in failures if one.sqlstate == sql.REFUSED]
    if refused:
        return f"the script ended its own transaction, which was refused: {refused[0]}"
    if outcome.status == 0:
        return ""
    return failures[-1].message if failures else outcome.stderr.strip() or f"psql ended with {outcome.status}"
