# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying a schema with pg_dump and pg_restore, all of it or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..._domain.endpoint import Endpoint
from ..._domain.errors import MigrationError
from ..._domain.names import SCHEMA
from ..._domain.schema.dump_contents import LeftOut, without, without_what_needs
from ..._domain.schema.scope import LeftAside
from .programs import Programs, as_it_is, connection_to

_LOCK_WAIT_MS = 10_000
# An older server does not quote what is a keyword only in green's major, and its text would not be read there.
_DUMP_OPTIONS = (
    "--schema-only", "--format=custom", f"--exclude-schema={SCHEMA}", "--no-publications", "--no-subscriptions",
    "--quote-all-identifiers", f"--lock-wait-timeout={_LOCK_WAIT_MS}",
)  # fmt: skip
_ROWS_OPTIONS = (
    "--data-only", "--format=custom", "--compress=1", f"--exclude-schema={SCHEMA}",
    f"--lock-wait-timeout={_LOCK_WAIT_MS}",
)  # fmt: skip
_MESSAGE_LINES = 12
PROGRAM_FAILED = "BG206"
NO_OBJECT_COPIED = "Blue was only read, and no object was copied, since that is one transaction"
# Catalogs of a dump's entries: pg_class, and none for rows and sequence values.
_RELATIONS, _DATA = 1259, 0


@dataclass(frozen=True)
class SchemaCopier:
    """pg_dump and pg_restore of green's major, and what they leave out of blue."""

    programs: Programs
    pg_dump: str
    pg_restore: str
    application_name: str

    @classmethod
    def find(cls, programs: Programs, application_name: str) -> SchemaCopier:
        """Find the programs.

        :raises MigrationError: BG201 or BG202 where they are missing or of another major
        """
        found = [programs.find(name, exactly=True) for name in ("pg_dump", "pg_restore")]
        return cls(programs, found[0], found[1], application_name)

    def copy(
        self,
        blue: Endpoint,
        green: Endpoint,
        left_out: Iterable[LeftOut],
        aside: LeftAside | None = None,
        beyond: Iterable[LeftOut] = (),
    ) -> frozenset[tuple[int, int]]:
        """Copy the schema in one transaction on green.

        :param left_out: already on green, or not wanted there
        :param aside: schemas and tables of blue's that are not copied
        :param beyond: what green's role cannot restore; everything that depends on it is left out as well
        :returns: addresses of what was left out because of ``beyond``
        :raises MigrationError: BG206 when a program fails; then nothing was copied
        """
        with tempfile.TemporaryDirectory(prefix="bluegreen-schema-") as folder:
            dump, contents = Path(folder, "schema.dump"), Path(folder, "contents.list")
            self._dump(blue, dump, aside or LeftAside())
            cut = without_what_needs(self._list(dump), beyond)
            contents.write_text(without(cut.contents, left_out), encoding="utf-8", errors="surrogateescape")
            self._restore(green, dump, contents)
            return cut.away

    def write_script(self, blue: Endpoint, script: Path, left_out: Iterable[LeftOut], aside: LeftAside) -> None:
        """Write what :meth:`copy` would restore as SQL, each entry under a comment that names it.

        :raises MigrationError: BG206 when a program fails
        """
        with tempfile.TemporaryDirectory(prefix="bluegreen-schema-") as folder:
            dump, contents = Path(folder, "schema.dump"), Path(folder, "contents.list")
            self._dump(blue, dump, aside)
            contents.write_text(without(self._list(dump), left_out), encoding="utf-8", errors="surrogateescape")
            options = ["--verbose", "--no-tablespaces", f"--use-list={contents}", f"--file={script}"]
            self._execute([self.pg_restore, *options, str(dump)], {}, "Writing the schema of blue as a script")

    def copy_rows(
        self, blue: Endpoint, copy: Endpoint, excluded: Iterable[str], missing: Iterable[tuple[int, int]] | None
    ) -> None:
        """Copy all rows and sequence values to a database that has the schema, in one transaction there.

        :param excluded: tables that stay empty, by their names in SQL
        :param missing: addresses of what the copy of the schema left out, where no triggers fire for its role;
            ``None``: the role is a superuser, who can switch them off
        :raises MigrationError: BG206 when a program fails; then no row was copied
        """
        with tempfile.TemporaryDirectory(prefix="bluegreen-rows-") as folder:
            dump, contents = Path(folder, "rows.dump"), Path(folder, "contents.list")
            arguments, environment = connection_to(blue, self.application_name)
            left = [f"--exclude-table-data={name}" for name in excluded]
            argv = [
                self.pg_dump,
                *_ROWS_OPTIONS,
                as_it_is(blue, self.application_name),
                *left,
                f"--file={dump}",
                *arguments,
            ]
            self._execute(argv, environment, "Dumping the rows of blue")
            arguments, environment = connection_to(copy, self.application_name)
            gone = [LeftOut(_DATA, oid) for catalog, oid in missing or () if catalog == _RELATIONS]
            contents.write_text(without(self._list(dump), gone), encoding="utf-8", errors="surrogateescape")
            options = ["--single-transaction", "--exit-on-error", "--data-only", f"--use-list={contents}"]
            options += ["--disable-triggers"] if missing is None else []
            argv = [self.pg_restore, *options, *arguments, str(dump)]
            self._execute(argv, environment, "Restoring the rows")

    def _list(self, dump: Path) -> str:
        return self._execute([self.pg_restore, "--list", "--verbose", str(dump)], {}, "Listing the dump")

    def _dump(self, blue: Endpoint, dump: Path, aside: LeftAside) -> None:
        arguments, environment = connection_to(blue, self.application_name)
        names = aside.as_result()
        left = [f"--exclude-schema={name}" for name in names["schemas"]]
        left += [f"--exclude-table={name}" for name in names["tables"]]
        argv = [
            self.pg_dump,
            *_DUMP_OPTIONS,
            as_it_is(blue, self.application_name),
            *left,
            f"--file={dump}",
            *arguments,
        ]
        self._execute(argv, environment, "Dumping the schema of blue")

    def _restore(self, green: Endpoint, dump: Path, contents: Path) -> None:
        arguments, environment = connection_to(green, self.application_name)
        options = ["--single-transaction", "--exit-on-error", "--no-tablespaces", f"--use-list={contents}"]
        argv = [self.pg_restore, *options, *arguments, str(dump)]
        self._execute(argv, environment, "Restoring the schema on green")

    def _execute(self, argv: list[str], environment: Mapping[str, str], what: str) -> str:
        outcome = self.programs.execute(argv, environment)
        if outcome.status != 0:
            lines = [line.strip() for line in outcome.stderr.splitlines() if line.strip()]
            raise MigrationError(
                PROGRAM_FAILED,
                f"{what} failed: {' '.join(lines[:_MESSAGE_LINES]) or f'exit status {outcome.status}'}",
                NO_OBJECT_COPIED,
                "Remove the cause that the message names, then run the same command again",
                {"status": outcome.status, "messages": lines},
            )
        return outcome.stdout
