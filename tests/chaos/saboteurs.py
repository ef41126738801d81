# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers that bypass the route and write directly to each side all the time: only the fence stops them."""

from __future__ import annotations

from pathlib import Path

from psycopg2.extensions import make_dsn

from demo.ledger import SUFFIX, ledger_files
from demo.writers import WriterPool, WriterResults
from tests.live.migration import SIDES, LiveMigration

_INTERVAL = 0.003
_PROBE_INTERVAL = 0.005
_FENCED = "25006"


class Writers:
    """The application through its route, and a saboteur on each side; one ledger for all of them."""

    def __init__(self, migration: LiveMigration, folder: Path, writers: int = 2, rate: float = 100.0) -> None:
        self.folder = folder
        self.application = WriterPool(migration.environment.dsn, folder, writers, rate, _PROBE_INTERVAL)
        self.saboteurs = {side: _saboteur(migration, side, folder) for side in SIDES}

    def start(self) -> None:
        """Start them and wait for the application's first commits. Raises WriterPoolError."""
        for pool in self._pools():
            pool.start()
        self.application.wait_until_writing()

    def stop(self) -> None:
        """Stop them. Raises WriterPoolError when one had ended by itself."""
        for pool in self._pools():
            pool.stop()

    def names(self) -> list[str]:
        """Return the names in their rows."""
        return [path.name.removesuffix(SUFFIX) for path in ledger_files(self.folder)]

    def fatal_errors(self) -> list[str]:
        """Return the errors that no retry cures."""
        return [error.message for pool in self._pools() for error in pool.results().fatal_errors]

    def refusals(self) -> dict[str, int]:
        """Return how often the fence refused each side's saboteur."""
        return {side: _refusals(pool.results()) for side, pool in self.saboteurs.items()}

    def _pools(self) -> list[WriterPool]:
        return [*self.saboteurs.values(), self.application]


def _saboteur(migration: LiveMigration, side: str, folder: Path) -> WriterPool:
    past_the_signpost = {"options": "-c default_transaction_read_only=off"}
    dsn = make_dsn(None, **migration.side(side).application(), **past_the_signpost)
    return WriterPool(dsn, folder, writers=0, probe_interval=_INTERVAL)


def _refusals(results: WriterResults) -> int:
    return sum(1 for error in results.errors if error.sqlstate == _FENCED)
