# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running files through psql: in one transaction together with their record, or without a transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from ..._domain.endpoint import Endpoint
from ..._domain.schema.psql import Failure, failure_of
from ..._domain.session_settings import USERS
from ..._domain.waits import in_words
from ..sql.schema import version as sql
from ..waits import looking_on
from .programs import Programs, connection_to

LOCK_TIMEOUT_SECONDS = 2.0
LOCK_TRIES = 10
LOCK_PAUSE_SECONDS = 1.0
_LOCKED = ("55P03", "40P01")
# After a ROLLBACK in a file psql opens a new transaction and never commits it: AUTOCOMMIT is off.
_IN_TRANSACTION = ("--single-transaction", "--set=AUTOCOMMIT=off")
_SETTINGS = {**USERS, "client_min_messages": "error"}
_OPTIONS = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose")


@dataclass(frozen=True)
class Psql:
    """psql, connected to one side."""

    programs: Programs
    path: str
    endpoint: Endpoint
    application_name: str

    @classmethod
    def find(cls, programs: Programs, endpoint: Endpoint, application_name: str) -> Psql:
        """Find psql, of another major where there is none of the server's.

        :raises MigrationError: BG201 where there is none
        """
        return cls(programs, programs.find("psql", exactly=False), endpoint, application_name)

    def run_recorded(
        self, file: Path | None, record: str, variables: Mapping[str, str], pause: Callable[[float], None]
    ) -> Failure | None:
        """Run ``file`` and ``record`` in one transaction, and retry while a lock is not available soon.

        :param file: what to run; ``None`` to record only
        :param record: ``RECORD_UP`` or ``RECORD_DOWN`` of the SQL constants
        :param variables: psql variables for ``record``, without their prefix ``bluegreen_``
        :param pause: sleeps that many seconds between two attempts
        :returns: why it failed, ``None`` when it was committed
        """
        with tempfile.TemporaryDirectory(prefix="bluegreen-version-") as folder:
            before, after = Path(folder, "before.sql"), Path(folder, "after.sql")
            before.write_text(sql.PROLOGUE, encoding="utf-8")
            after.write_text(sql.EPILOGUE.format(record=record), encoding="utf-8")
            files = [before, file, after] if file else [before, after]
            arguments = [
                *_IN_TRANSACTION,
                *(f"--set=bluegreen_{name}={value}" for name, value in variables.items()),
                *(f"--file={one}" for one in files),
            ]
            settings = {**_SETTINGS, "lock_timeout": str(int(LOCK_TIMEOUT_SECONDS * 1000))}
            failure = self._run(arguments, settings)
            for _try in range(LOCK_TRIES - 2):
                if failure is None or failure.sqlstate not in _LOCKED:
                    return failure
                pause(LOCK_PAUSE_SECONDS)
                failure = self._run(arguments, settings)
            if failure is None or failure.sqlstate not in _LOCKED:
                return failure
            pause(LOCK_PAUSE_SECONDS)
            return self._run_for_the_last_time(arguments, settings)

    def _run_for_the_last_time(self, arguments: list[str], settings: Mapping[str, str]) -> Failure | None:
        with looking_on(self.endpoint.keywords, self.application_name) as holders:
            failure = self._run(arguments, settings)
        if failure is None or failure.sqlstate not in _LOCKED:
            return failure
        return replace(failure, message=f"{failure.message}: {in_words(holders)}")

    def run_alone(self, file: Path) -> Failure | None:
        """Run ``file`` without a transaction around it, each statement by itself.

        :returns: why it failed, ``None`` when it succeeded; 25001 without a file when it left a transaction open
        """
        return self._run([f"--file={file}", f"--command={sql.OUTSIDE_A_TRANSACTION}"], _SETTINGS)

    def _run(self, arguments: list[str], settings: Mapping[str, str]) -> Failure | None:
        connection, environment = connection_to(self.endpoint, self.application_name, settings)
        outcome = self.programs.execute([self.path, *_OPTIONS, *arguments, *connection], environment)
        return None if outcome.status == 0 else failure_of(outcome.stderr)
