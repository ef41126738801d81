# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring a dump on a throw-away server or on a given one, and reading the result."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..._domain.endpoint import Endpoint
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.relations import TableName
from ..._domain.retirement.contents import Contents
from ..._domain.schema.green_database import DatabaseSettings
from ..._domain.sides import Side
from ..._embedded.binaries import fetch_binaries
from ..._embedded.commands import EmbeddedServerError
from ..._embedded.sealed_server import PORT, SealedServer
from ..._postgres.growth import growth_of, read_size
from ..._postgres.rehearsal import plain_role
from ..._postgres.retirement import archive as store
from ..._postgres.retirement.contents import read_contents
from ..._postgres.retirement.programs import Archiver
from ..._postgres.session import Session
from ..ports import Run
from ..progress import Progress

# This server need not survive a crash, and nothing replicates from it.
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}


@dataclass(frozen=True)
class Trial:
    """What the restore produced, and where; ``left_out`` needs a superuser to restore, and has no rows."""

    contents: Contents
    server: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialServer:
    """Where dumps of ``side`` are restored: the server of ``given``, or a new one in ``folder``.

    ``database`` is the restored database's name; an existing one of that name may be dropped.
    """

    side: Side
    given: Mapping[str, str] | None
    folder: Path
    database: str
    archiver: Archiver
    run: Run
    progress: Progress

    def restore(self, dump: Path, jobs: int, settings: DatabaseSettings, source: Session) -> Trial:
        """Restore and read.

        :param source: the database that was dumped
        :raises MigrationError: BG805 when it cannot be restored, BG808 without a server to do it on, BG822 when a
            superuser would have to restore tables
        """
        try:
            if self.given is not None:
                return self._restore_on_given(Endpoint(self.side, self.given, {}), dump, jobs, settings, source)
            with self._throw_away() as admin:
                return self._restore_sealed_in(admin, dump, jobs, settings, source)
        except EmbeddedServerError as error:
            raise _no_server(error.what, error.todo) from None
        except DatabaseError as error:
            where = "the throw-away server" if self.given is None else "the server in bluegreen_archive_restore_to"
            raise _no_server(
                f"{where} could not restore it: {error.what}", "Remove the cause, then run the same command again"
            ) from None

    def clear(self) -> None:
        """Remove the server that a killed run left.

        :raises MigrationError: BG808 when it does not stop
        """
        if self.folder.exists():
            try:
                self._embedded().destroy()
            except EmbeddedServerError as error:
                raise _no_server(error.what, error.todo) from None

    def _restore_on_given(
        self, admin: Endpoint, dump: Path, jobs: int, settings: DatabaseSettings, source: Session
    ) -> Trial:
        with self._trial_database(admin, settings) as restored:
            with self._growing(restored, source):
                self.archiver.restore(restored, dump, jobs, (), ())
            with closing(self._session(restored)) as reading:
                return Trial(self._contents(reading, source), f"{admin.address} (PostgreSQL {reading.major})")

    def _restore_sealed_in(
        self, admin: Endpoint, dump: Path, jobs: int, settings: DatabaseSettings, source: Session
    ) -> Trial:
        password = secrets.token_urlsafe(24)
        with closing(self._session(admin)) as session:
            store.create_roles(session, store.read_roles(source))
            plain_role.create_plain_role(session, password)
        with self._trial_database(admin, settings) as trial:
            with closing(self._session(trial)) as session:
                there = plain_role.create_harmless_extensions(source, session)
                plain_role.own_database(session, self.database)
                beyond = plain_role.read_beyond_it(source, session)
            restored = plain_role.as_plain_role(trial, password)
            with self._growing(restored, source):
                away = self.archiver.restore(restored, dump, jobs, there, beyond)
            _require_every_table(plain_role.tables_among(source, away))
            with closing(self._session(restored)) as reading:
                return Trial(
                    self._contents(reading, source),
                    f"a throw-away server (PostgreSQL {reading.major})",
                    tuple(plain_role.describe(source, away)),
                )

    def _growing(self, restored: Endpoint, source: Session) -> AbstractContextManager[None]:
        measure = growth_of(restored, self.archiver.application_name, read_size(source))
        return self.progress.of("restored", measure)

    def _contents(self, reading: Session, source: Session) -> Contents:
        with self.progress.counting("read again", "tables") as told:
            return read_contents(reading, source.major, told=told)

    @contextmanager
    def _trial_database(self, admin: Endpoint, settings: DatabaseSettings) -> Iterator[Endpoint]:
        with closing(self._session(admin)) as session:
            store.drop_trial_database(session, self.database)
            store.create_trial_database(session, self.database, settings)
            try:
                yield replace(admin, keywords={**admin.keywords, "dbname": self.database})
            finally:
                store.drop_trial_database(session, self.database)

    def _session(self, endpoint: Endpoint) -> Session:
        return Session(endpoint, self.archiver.application_name)

    @contextmanager
    def _throw_away(self) -> Iterator[Endpoint]:
        server, password = self._embedded(), secrets.token_urlsafe(24)
        try:
            server.create(password, _SETTINGS)
            server.start()
            keywords = server.endpoint("postgres", server.superuser, password)
            yield Endpoint(self.side, {key: str(value) for key, value in keywords.items()}, {})
        finally:
            server.destroy()

    def _embedded(self) -> SealedServer:
        binaries = self.archiver.installation or fetch_binaries(self.archiver.major, _cache(), self.run, sys.executable)
        return SealedServer(binaries, self.folder.resolve(), PORT, self.run)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").resolve() / "bluegreen"


def _require_every_table(missing: list[TableName]) -> None:
    if missing:
        raise MigrationError(
            "BG822",
            f"The throw-away server could not be given {len(missing)} tables, such as {missing[0]}: "
            "they depend on objects that only a superuser can restore",
            "No archive was made; rows that nobody has restored are not proven",
            "Name a server in bluegreen_archive_restore_to whose role may restore them; then run the command again",
            {"tables": [str(name) for name in missing]},
        )


def _no_server(why: str, cure: str) -> MigrationError:
    return MigrationError(
        "BG808",
        f"The dump could not be restored for the test: {why}",
        "No archive was made; a dump that nobody has restored does not count",
        f"{cure}; or name another server in bluegreen_archive_restore_to",
    )
