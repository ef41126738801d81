# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pg_dump and pg_restore, for a whole database in the directory format."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..._domain.endpoint import Endpoint
from ..._domain.errors import MigrationError
from ..._domain.schema.dump_contents import LeftOut, without, without_what_needs
from ..._domain.versions import NEWEST
from ..schema.programs import Programs, Run, as_it_is, connection_to

_LOCK_WAIT_MS = 10_000
_MESSAGE_LINES = 12
# The connection string of a subscription holds a password.
_DUMP_OPTIONS = ("--format=directory", "--no-subscriptions", f"--lock-wait-timeout={_LOCK_WAIT_MS}")
_RESTORE_OPTIONS = ("--exit-on-error", "--no-owner", "--no-privileges", "--no-tablespaces", "--no-subscriptions")


@dataclass(frozen=True)
class Archiver:
    """pg_dump and pg_restore of one major, at least that of the server."""

    programs: Programs
    pg_dump: str
    pg_restore: str
    application_name: str

    @classmethod
    def find(cls, run: Run, bindir: str | None, major: int, application_name: str) -> Archiver:
        """Find the programs of the server's ``major``, else those of the next later one.

        :raises MigrationError: BG201 or BG202 where they are missing or too old
        """
        refused: MigrationError | None = None
        for candidate in range(major, max(major, NEWEST) + 1):
            programs = Programs(run, bindir, candidate)
            try:
                found = [programs.find(name, exactly=True) for name in ("pg_dump", "pg_restore")]
            except MigrationError as error:
                refused = refused or error
                continue
            return cls(programs, found[0], found[1], application_name)
        raise refused or LookupError(f"PostgreSQL {major} is not supported")

    @property
    def major(self) -> int:
        """Return the programs' major version."""
        return self.programs.major

    @property
    def installation(self) -> Path | None:
        """Return the folder with a whole server beside the programs, ``None`` where there are only clients."""
        folder = Path(self.pg_dump).resolve().parent
        whole = folder.name == "bin" and all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres"))
        return folder.parent if whole else None

    def dump(self, endpoint: Endpoint, snapshot: str, folder: Path, jobs: int) -> None:
        """Dump the database as it is in the exported ``snapshot`` to ``folder``, which must not exist.

        :raises MigrationError: BG804 with the program's message
        """
        arguments, environment = connection_to(endpoint, self.application_name)
        options = [*_DUMP_OPTIONS, as_it_is(endpoint, self.application_name)]
        options += [f"--jobs={jobs}", f"--snapshot={snapshot}", f"--file={folder}"]
        self._execute(
            [self.pg_dump, *options, *arguments],
            environment,
            ("BG804", f"Dumping {endpoint.side} failed", f"{endpoint.side} is as it was, and no archive was made"),
        )

    def restore(
        self, endpoint: Endpoint, folder: Path, jobs: int, there: Iterable[LeftOut], beyond: Iterable[LeftOut]
    ) -> frozenset[tuple[int, int]]:
        """Restore the dump in ``folder`` to a database that is empty except for ``there``.

        :param beyond: what the endpoint's role cannot restore; everything that depends on it is left out as well
        :returns: addresses of what was left out because of ``beyond``
        :raises MigrationError: BG805 with the program's message
        """
        failure = (
            "BG805",
            f"The dump of {endpoint.side} could not be restored",
            "It does not count as an archive and was removed",
        )
        arguments, environment = connection_to(endpoint, self.application_name)
        listed = self._execute([self.pg_restore, "--list", "--verbose", str(folder)], {}, failure)
        cut = without_what_needs(listed, beyond)
        with tempfile.TemporaryDirectory(prefix="bluegreen-archive-") as scratch:
            contents = Path(scratch, "contents.list")
            contents.write_text(without(cut.contents, there), encoding="utf-8", errors="surrogateescape")
            options = [*_RESTORE_OPTIONS, f"--jobs={jobs}", f"--use-list={contents}"]
            self._execute([self.pg_restore, *options, *arguments, str(folder)], environment, failure)
        return cut.away

    def _execute(self, argv: list[str], environment: Mapping[str, str], failure: tuple[str, str, str]) -> str:
        outcome = self.programs.execute(argv, environment)
        if outcome.status != 0:
            code, what, stands = failure
            lines = [line.strip() for line in outcome.stderr.splitlines() if line.strip()]
            raise MigrationError(
                code,
                f"{what}: {' '.join(lines[:_MESSAGE_LINES]) or f'exit status {outcome.status}'}",
                stands,
                "Remove the cause that the message names, then run the same command again",
                {"status": outcome.status, "messages": lines},
            )
        return outcome.stdout
