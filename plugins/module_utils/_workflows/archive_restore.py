# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring a dump on a throw-away server, or on a given one, and counting what came out."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DatabaseError, MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.green_database import DatabaseSettings
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.binaries import fetch_binaries
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import (
    SUPERUSER,
    EmbeddedServer,
    free_port,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import archive as store
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.archive_programs import Archiver
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session

from .ports import Run

# Nobody will miss this server: it need not survive a crash, and nothing replicates from it.
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}


@dataclass(frozen=True)
class Trial:
    """What was counted after the restore, and where."""

    rows: dict[TableName, int]
    server: str


@dataclass(frozen=True)
class TrialServer:
    """Where dumps of ``side`` are tried: ``given``'s server, or one of its own in ``folder``.

    ``database`` is the name that the restored database bears; one of that name is ours to drop.
    """

    side: Side
    given: Mapping[str, str] | None
    folder: Path
    database: str
    archiver: Archiver
    run: Run

    def restore(self, dump: Path, jobs: int, settings: DatabaseSettings, roles: list[str]) -> Trial:
        """Restore and count.

        :param roles: the roles that policies may name
        :raises MigrationError: BG805 when it cannot be restored, BG808 without a server to do it on
        """
        try:
            with self._server() as admin, closing(Session(admin, self.archiver.application_name)) as session:
                if self.given is None:
                    store.create_roles(session, roles)
                return self._restore_through(session, admin, dump, jobs, settings)
        except EmbeddedServerError as error:
            raise _no_server(str(error)) from None
        except DatabaseError as error:
            where = "the throw-away server" if self.given is None else "the server in bluegreen_archive_restore_to"
            raise _no_server(f"{where} did not do it: {error.what}") from None

    def clear(self) -> None:
        """Remove the server that a killed run has left.

        :raises MigrationError: BG808 when it does not stop
        """
        if self.folder.exists():
            try:
                self._embedded().destroy()
            except EmbeddedServerError as error:
                raise _no_server(str(error)) from None

    def _restore_through(
        self, session: Session, admin: Endpoint, dump: Path, jobs: int, settings: DatabaseSettings
    ) -> Trial:
        store.drop_trial_database(session, self.database)
        store.create_trial_database(session, self.database, settings)
        try:
            restored = replace(admin, keywords={**admin.keywords, "dbname": self.database})
            self.archiver.restore(restored, dump, jobs)
            with closing(Session(restored, self.archiver.application_name)) as counting:
                where = "a throw-away server" if self.given is None else admin.address
                return Trial(store.count_rows(counting), f"{where} (PostgreSQL {counting.major})")
        finally:
            store.drop_trial_database(session, self.database)

    @contextmanager
    def _server(self) -> Iterator[Endpoint]:
        if self.given is not None:
            yield Endpoint(self.side, self.given, {})
            return
        server, password = self._embedded(), secrets.token_urlsafe(24)
        try:
            server.create(password, _SETTINGS)
            server.start()
            keywords = server.endpoint("postgres", SUPERUSER, password)
            yield Endpoint(self.side, {key: str(value) for key, value in keywords.items()}, {})
        finally:
            server.destroy()

    def _embedded(self) -> EmbeddedServer:
        binaries = self.archiver.installation or fetch_binaries(self.archiver.major, _cache(), self.run, sys.executable)
        return EmbeddedServer(binaries, self.folder, free_port(), self.run)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bluegreen"


def _no_server(why: str) -> MigrationError:
    return MigrationError(
        "BG808",
        f"The dump could not be tried: {why}",
        "No archive was made; a dump that nobody has restored is none",
        "Remove the cause, or name another server in bluegreen_archive_restore_to; then run the same command again",
    )
