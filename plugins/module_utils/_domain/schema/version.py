# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versioned migrations: their file names, their order, and what is refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..errors import MigrationError
from .client_commands import refuse_what_escapes
from .marks import (
    AT_CUTOVER,
    BEFORE_COPY,
    Marks,
    read_marks,
    require_no_mark,
    require_phase_of_up,
    why_not_within_a_switch,
)

UP = "up"
DOWN = "down"
LATEST = "latest"
_GOLANG_MIGRATE = re.compile(r"(?P<version>\d+)_(?P<description>.+)\.(?P<direction>up|down)\.sql")
_FLYWAY = re.compile(r"(?P<direction>[VU])(?P<version>\d+)__(?P<description>.+)\.sql")
_DIRECTIONS = {"up": UP, "down": DOWN, "V": UP, "U": DOWN}
# A larger number is a timestamp (20240131 or longer), where gaps mean nothing.
_LARGEST_COUNTER = 9_999_999
_LARGEST_VERSION = 2**63 - 1


@dataclass(frozen=True)
class Script:
    """One file: its name, its text, and the files that it includes."""

    name: str
    text: str
    included: tuple[Script, ...] = ()

    @property
    def checksum(self) -> str:
        """Return the SHA-256 of its text and of what it includes, independent of line endings."""
        texts = [self.text, *(one.text for one in self.included)]
        return hashlib.sha256("\0".join(texts).replace("\r\n", "\n").encode("utf-8")).hexdigest()

    @property
    def marks(self) -> Marks:
        """Return the marks in its first comments; raises as :func:`read_marks` does."""
        return read_marks(self.name, self.text)

    @property
    def in_transaction(self) -> bool:
        """Tell whether it runs in one transaction."""
        return self.marks.in_transaction


@dataclass(frozen=True)
class Migration:
    """One version: the file that applies it, and the file that takes it back, if there is one."""

    version: int
    description: str
    up: Script
    down: Script | None

    @property
    def phase(self) -> str:
        """Return when it runs, as the file that applies it says."""
        return self.up.marks.phase


@dataclass(frozen=True)
class Applied:
    """A version that a database has; ``applied_at`` is ISO 8601 in UTC, ``applied_by`` the role."""

    version: int
    description: str
    checksum: str
    duration_ms: int = 0
    applied_at: str = ""
    applied_by: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "version": self.version,
            "description": self.description,
            "checksum": self.checksum,
            "duration_ms": self.duration_ms,
            "applied_at": self.applied_at,
            "applied_by": self.applied_by,
        }


@dataclass(frozen=True)
class Move:
    """One file to run: ``script`` applies ``migration``, or takes it back."""

    migration: Migration
    direction: str
    script: Script

    @property
    def title(self) -> str:
        """Return it in words."""
        verb = "apply" if self.direction == UP else "take back"
        return f"{verb} version {self.migration.version}: {self.migration.description} ({self.script.name})"


def collect(
    files: Mapping[str, str], included: Mapping[str, Sequence[Script]] = MappingProxyType({})
) -> tuple[Migration, ...]:
    """Return the migrations in a folder's ``*.sql`` files, ordered by version.

    :param files: name to text
    :param included: name to the files that it includes
    :raises MigrationError: BG221 for a name of neither layout, a duplicate version, a gap, or a down file without its
        up file; BG260 for a mark that cannot be understood, BG261 for a file that could not run within a switch, BG226
        and BG253 for one that would end its transaction or escape our checks
    """
    migrations = by_version(files, included)
    for error in refusals(migrations):
        raise error
    return migrations


def by_version(files: Mapping[str, str], included: Mapping[str, Sequence[Script]]) -> tuple[Migration, ...]:
    """Return the migrations in the files, judged by their names only.

    :raises MigrationError: BG221
    """
    ups: dict[int, tuple[str, Script]] = {}
    downs: dict[int, tuple[str, Script]] = {}
    for name in sorted(files):
        version, description, direction = _parsed(name)
        known = ups if direction == UP else downs
        if version in known:
            raise _bad_folder(f"{name} and {known[version][1].name} are both version {version}, {direction}")
        known[version] = (description, Script(name, files[name], tuple(included.get(name, ()))))
    alone = sorted(set(downs) - set(ups))
    if alone:
        raise _bad_folder(f"{downs[alone[0]][1].name} has no file that it takes back")
    _refuse_gaps(sorted(ups))
    return tuple(
        Migration(version, ups[version][0], ups[version][1], downs[version][1] if version in downs else None)
        for version in sorted(ups)
    )


def refusals(migrations: Iterable[Migration]) -> Iterator[MigrationError]:
    """Yield why a phase would refuse them, an error for each version, as :func:`collect` raises the first of them."""
    found = map(_refusal, migrations)
    return (error for error in found if error is not None)


def _refusal(migration: Migration) -> MigrationError | None:
    try:
        _require_what_can_run(migration)
    except MigrationError as error:
        return error
    return None


def moves(migrations: Sequence[Migration], applied: Iterable[Applied], wanted: str) -> tuple[Move, ...]:
    """Return the files that bring the database from ``applied`` to ``wanted``, in their order.

    :param wanted: a version's number, ``0`` for none, or ``latest``
    :raises MigrationError: BG222 for a version that does not exist or cannot be taken back, BG223 for a file that was
        changed after it was applied, BG224 for applied versions that do not fit the files
    """
    has = {one.version: one for one in applied}
    known = {migration.version: migration for migration in migrations}
    target = _target(known, wanted)
    _refuse_strangers(known, has)
    beyond = [version for version in sorted(has, reverse=True) if version > target]
    if beyond:
        return tuple(_taking_back(known[version]) for version in beyond)
    pending = [migration for migration in migrations if migration.version <= target and migration.version not in has]
    return tuple(Move(migration, UP, migration.up) for migration in pending)


def due(files: Sequence[Move], phase: str) -> tuple[Move, ...]:
    """Return those of ``files`` that run in ``phase``; files that take a version back run whenever they are requested.

    :raises MigrationError: BG262 when one of them would have to run before a lower version
    """
    mine = tuple(move for move in files if move.direction == DOWN or move.migration.phase == phase)
    for move in mine:
        waiting = [one.migration for one in files[: files.index(move)] if one not in mine]
        if waiting:
            raise MigrationError(
                "BG262",
                f"{move.script.name} is to run {phase}, and version {waiting[0].version}, which runs "
                f"{waiting[0].phase}, has not been applied",
                "Nothing was changed",
                "Give the file a later time to run, or a number before that version; where that version is late, let "
                "its own phase end first",
            )
    return mine


def require_nothing_from_before(pending: Iterable[Move]) -> None:
    """Refuse a cutover while files that should have run before the copy have not.

    :raises MigrationError: BG262
    """
    late = [move for move in pending if move.migration.phase == BEFORE_COPY]
    if late:
        raise MigrationError(
            "BG262",
            f"{late[0].script.name} is to run {BEFORE_COPY}, and has not been applied",
            "Nothing was changed",
            "Run setup, replicate and sync again, or set bluegreen_schema_version to the version that green has",
        )


def _require_what_can_run(migration: Migration) -> None:
    phase = migration.phase
    for script in (one for one in (migration.up, migration.down) if one is not None):
        if phase == AT_CUTOVER:
            _refuse_what_no_switch_can_run(script)
        for file in (script, *script.included):
            refuse_what_escapes(file.name, file.text, script.in_transaction)
        for file in script.included:
            require_no_mark(file.name, file.text)
    if migration.down is not None:
        require_phase_of_up(migration.down.name, migration.down.text, phase)


def _refuse_what_no_switch_can_run(script: Script) -> None:
    reason = why_not_within_a_switch(script.name, script.text)
    if reason:
        raise MigrationError(
            "BG261",
            f"{script.name} cannot run within the switch: {reason}",
            "Nothing was changed",
            "Let it run before_copy or after_cutover, or write it as plain SQL for one transaction",
        )


def _parsed(name: str) -> tuple[int, str, str]:
    match = _GOLANG_MIGRATE.fullmatch(name) or _FLYWAY.fullmatch(name)
    if match is None:
        raise _bad_folder(
            f"{name} is not named like 0001_add_email.up.sql, 0001_add_email.down.sql or V1__add_email.sql"
        )
    version = int(match["version"])
    if not 0 < version <= _LARGEST_VERSION:
        raise _bad_folder(f"{name} has no version from 1 to {_LARGEST_VERSION}")
    return version, match["description"].replace("_", " "), _DIRECTIONS[match["direction"]]


def _refuse_gaps(versions: Sequence[int]) -> None:
    counters = [version for version in versions if version <= _LARGEST_COUNTER]
    for expected, found in enumerate(counters, start=1):
        if expected != found:
            raise _bad_folder(f"Version {found} is there, and version {expected} is missing")


def _target(known: Mapping[int, Migration], wanted: str) -> int:
    if wanted == LATEST:
        return max(known, default=0)
    if wanted.isascii() and wanted.isdigit() and (int(wanted) == 0 or int(wanted) in known):
        return int(wanted)
    raise MigrationError(
        "BG222",
        f"There is no version {wanted!r} among the migrations",
        "Nothing was changed",
        "Set version to 'latest', to 0, or to the number of a file",
        {"versions": sorted(known)},
    )


def _refuse_strangers(known: Mapping[int, Migration], has: Mapping[int, Applied]) -> None:
    for version in sorted(has):
        migration = known.get(version)
        if migration is None:
            raise _strangers(f"Version {version} ({has[version].description}) is applied and has no file", known, has)
        if migration.up.checksum != has[version].checksum:
            raise MigrationError(
                "BG223",
                f"{migration.up.name} was changed after version {version} had been applied",
                "Nothing was changed",
                "Restore the file as it was, and put the change into a migration with the next number",
                {"file": migration.up.checksum, "applied": has[version].checksum},
            )
    skipped = next((version for version in sorted(known)[: len(has)] if version not in has), None)
    if skipped is not None:
        raise _strangers(f"Version {skipped} is not applied, although {max(has)} is", known, has)


def _strangers(what: str, known: Mapping[int, Migration], has: Mapping[int, Applied]) -> MigrationError:
    return MigrationError(
        "BG224",
        what,
        "Nothing was changed",
        "Check that directory and table belong together, and that no file was added in between or removed",
        {"files": sorted(known), "applied": sorted(has)},
    )


def _taking_back(migration: Migration) -> Move:
    if migration.down is None:
        raise MigrationError(
            "BG222",
            f"Version {migration.version} ({migration.description}) has no file that takes it back",
            "Nothing was changed",
            "Write its down.sql file, or leave the version as it is",
        )
    return Move(migration, DOWN, migration.down)


def _bad_folder(what: str) -> MigrationError:
    return MigrationError(
        "BG221", what, "Nothing was changed", "Correct the names in the folder of the versioned migrations"
    )
