# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing one side's schema to a version, with files that psql runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.relations import TableName, parse_table_name
from ..._domain.schema.client_commands import ends_its_transaction
from ..._domain.schema.psql import Failure
from ..._domain.schema.version import DOWN, UP, Applied, Migration, Move, due, moves
from ..._domain.sides import Side
from ..._postgres.schema import version as store
from ..._postgres.schema.foreign_versions import read_foreign_versions
from ..._postgres.schema.lock import only_one_run
from ..._postgres.schema.programs import Programs
from ..._postgres.schema.psql import LOCK_TRIES, Psql
from ..._postgres.sql.schema.version import RECORD_DOWN, RECORD_UP
from ..ports import Ports
from .folder import read_migrations

_NO_EFFECT = "The file had no effect: it ran in one transaction"
_LOCKED = ("55P03", "40P01")
_ENDED_ITS_TRANSACTION = "BG226"
_IN_A_TRANSACTION = "25001"
_ENDING_SECONDS = 2.0  # for psql's session to end after psql
_POLL = 0.05


@dataclass(frozen=True)
class VersionState:
    """The versions of one side; ``run``: the files that were run, or would be."""

    side: Side
    table: TableName
    table_exists: bool
    applied: tuple[Applied, ...]
    migrations: tuple[Migration, ...]
    run: tuple[Move, ...] = ()
    other_tools: tuple[dict[str, Any], ...] = ()

    @property
    def version(self) -> int:
        """Return the highest version, 0 if there is none."""
        return max((one.version for one in self.applied), default=0)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        has = {one.version for one in self.applied}
        return {
            "side": str(self.side),
            "table": str(self.table),
            "version": self.version,
            "applied": [one.as_row() for one in self.applied],
            "pending": [one.version for one in self.migrations if one.version not in has],
            "other_tools": list(self.other_tools),
        }

    def as_diff(self) -> str:
        """Return the versions, one per line, and the SQL that was run or would be."""
        lines = [f"version {one.version}: {one.description}\n" for one in self.applied]
        return "".join(lines + [f"\n-- {move.script.name}\n{move.script.text}" for move in self.run])


class SchemaVersion:
    """Runs the versioned migrations that one side lacks, or takes back those above the wanted version."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._side = Side(params["side"])
        self._directory = Path(params["directory"])
        self._wanted: str = params["version"]
        self._phase: str = params["phase"]
        self._table = parse_table_name(params["table"])
        self._bindir: str | None = params["pg_bindir"] or None
        self._name = f"bluegreen {params['migration']} schema_version"[:63]
        self._ports = ports
        self._session = ports.sides.session(self._side)
        self._psql: Psql | None = None

    def observe(self) -> VersionState:
        """Read the folder, and the versions of the side."""
        migrations = read_migrations(self._directory)
        exists = store.has_table(self._session, self._table)
        applied = store.read_versions(self._session, self._table)
        programs = Programs(self._ports.run, self._bindir, self._session.major)
        self._psql = Psql.find(programs, self._session.endpoint, self._name)
        others = tuple(read_foreign_versions(self._session))
        return VersionState(self._side, self._table, exists, applied, migrations, other_tools=others)

    def plan(self, before: VersionState) -> Plan[VersionState]:
        """Plan the files to run, after their prerequisites.

        :raises MigrationError: as :func:`moves` and :func:`due` do
        """
        files = due(moves(before.migrations, before.applied, self._wanted), self._phase)
        steps = [Step(f"{move.title} on {before.side}", partial(self._move, move)) for move in files]
        if files and not before.table_exists:
            steps.insert(0, Step(f"create {before.table} on {before.side}", self._create_table))
        return Plan(replace(before, applied=_after(before.applied, files), run=files), tuple(steps))

    def execute(self, plan: Plan[VersionState]) -> VersionState:
        """Do the steps, one run at a time; each file is committed with its row."""
        with only_one_run(self._session, f"schema_version {self._table}"):
            self._refuse_beside_a_dead_run()
            plan.perform()
        return replace(self.observe(), run=plan.projected.run)

    def _refuse_beside_a_dead_run(self) -> None:
        """The lock ends with its run; psql, which the run has started, may go on."""
        end = time.monotonic() + _ENDING_SECONDS
        while pids := store.read_programs(self._session, self._name):
            if time.monotonic() < end:
                time.sleep(_POLL)
                continue
            raise MigrationError(
                "BG209",
                f"psql of another run, which may have been killed, is at work on {self._side} "
                f"(pid {', '.join(map(str, pids))})",
                "This run has changed nothing",
                "Wait for its end, or end it with pg_terminate_backend; then run the same command again",
            )

    def _create_table(self) -> None:
        store.create_table(self._session, self._table)

    def _move(self, move: Move) -> None:
        self._refuse_what_another_run_did(move)
        file = self._directory / move.script.name
        milliseconds = "" if move.script.in_transaction else str(self._run_without_transaction(move, file))
        variables = {
            "schema": self._table.schema,
            "table": self._table.name,
            "version": str(move.migration.version),
            "description": move.migration.description,
            "checksum": move.migration.up.checksum,
            "milliseconds": milliseconds,
        }
        together = file if move.script.in_transaction else None
        record = RECORD_UP if move.direction == UP else RECORD_DOWN
        failure = self._require_psql().run_recorded(together, record, variables, time.sleep)
        if failure is not None:
            raise _failed(move, failure, file)
        if self._has(move) is not (move.direction == UP):
            raise _unrecorded(move)

    def _run_without_transaction(self, move: Move, file: Path) -> int:
        """Run it, and return the milliseconds that it took."""
        invalid_before = store.read_invalid_indexes(self._session)
        started = time.monotonic()
        failure = self._require_psql().run_alone(file)
        milliseconds = int((time.monotonic() - started) * 1000)
        invalid = store.read_invalid_indexes(self._session)
        left = [title for title, name in invalid.items() if title not in invalid_before or name in move.script.text]
        if failure is not None:
            raise _failed_half_way(move, failure, left)
        if left:
            raise _left_invalid(move, left)
        return milliseconds

    def _refuse_what_another_run_did(self, move: Move) -> None:
        if self._has(move) is (move.direction == UP):
            raise MigrationError(
                "BG209",
                f"Another run got ahead with version {move.migration.version}",
                "This run has not touched that version",
                "Run the same command again",
            )

    def _has(self, move: Move) -> bool:
        versions = store.read_versions(self._session, self._table)
        return move.migration.version in {one.version for one in versions}

    def _require_psql(self) -> Psql:
        if self._psql is None:
            raise LookupError("observe() has not run")
        return self._psql


def _after(applied: tuple[Applied, ...], files: tuple[Move, ...]) -> tuple[Applied, ...]:
    versions = {one.version: one for one in applied}
    for move in files:
        migration = move.migration
        if move.direction == DOWN:
            del versions[migration.version]
        else:
            versions[migration.version] = Applied(migration.version, migration.description, migration.up.checksum)
    return tuple(versions[version] for version in sorted(versions))


def _failed(move: Move, failure: Failure, file: Path) -> MigrationError:
    if failure.sqlstate == _ENDED_ITS_TRANSACTION:
        return ends_its_transaction(move.script.name, _at(failure, file))
    if failure.sqlstate in _LOCKED:
        return MigrationError(
            "BG227",
            f"{move.script.name} did not get its locks in {LOCK_TRIES} tries{_at(failure, file)}: {failure.message}",
            _NO_EFFECT,
            "Wait for that transaction's end, or end it, then run the same command again",
        )
    return MigrationError(
        "BG225",
        f"{move.script.name} failed{_at(failure, file)}: {failure.message}{_state(failure)}",
        _NO_EFFECT if failure.sqlstate else "It ran in one transaction: the next run sees whether it was committed",
        "Correct the file, or what it stumbled over, then run the same command again",
        _details(move, failure),
    )


def _failed_half_way(move: Move, failure: Failure, invalid: list[str]) -> MigrationError:
    if failure.sqlstate == _IN_A_TRANSACTION and failure.file is None:
        return MigrationError(
            "BG226",
            f"{move.script.name} leaves a transaction open at its end",
            "What that transaction did is rolled back; the statements before it have taken effect",
            "End it with COMMIT, and make the file safe to run again (IF NOT EXISTS)",
        )
    indexes = f"; it left the invalid index {', '.join(invalid)}" if invalid else ""
    return MigrationError(
        "BG225",
        f"{move.script.name} failed at line {failure.line}: {failure.message}{_state(failure)}",
        f"It runs without a transaction: the statements before that line have taken effect{indexes}",
        "Drop the invalid index where one is named, make the file safe to run again (IF NOT EXISTS), run it again",
        {**_details(move, failure), "invalid_indexes": invalid},
    )


def _left_invalid(move: Move, invalid: list[str]) -> MigrationError:
    return MigrationError(
        "BG228",
        f"After {move.script.name} the index {', '.join(invalid)} is invalid",
        "The statements of the file have taken effect, and the version is not recorded",
        "DROP INDEX it, then run the same command again",
        {"invalid_indexes": invalid},
    )


def _unrecorded(move: Move) -> MigrationError:
    return MigrationError(
        "BG225",
        f"{move.script.name} ended without an error, and its version was not recorded",
        "Nothing of the file was committed by us",
        "Look in the file for what changes ON_ERROR_STOP, the connection or the version table",
    )


def _at(failure: Failure, file: Path) -> str:
    return f" at line {failure.line}" if failure.file == str(file) else ""


def _state(failure: Failure) -> str:
    return f" (SQLSTATE {failure.sqlstate})" if failure.sqlstate else ""


def _details(move: Move, failure: Failure) -> dict[str, Any]:
    return {"file": move.script.name, "line": failure.line, "sqlstate": failure.sqlstate, "message": failure.message}
