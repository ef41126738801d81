# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archiving the side out of service: dump, hash, restore, compare, move into place, and journal."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.names import slug
from ..._domain.plan import Plan, Step
from ..._domain.retirement.archive import DUMP, Manifest, Source, StoredArchive
from ..._domain.retirement.contents import differences
from ..._domain.schema.green_database import DatabaseSettings
from ..._domain.service.journal import ARCHIVED
from ..._domain.service.situation import Situation
from ..._domain.service.story import newest_opening, proven_archive
from ..._postgres.catalog import read_identity
from ..._postgres.retirement import archive as store
from ..._postgres.retirement.contents import read_contents, read_schema_checksum
from ..._postgres.retirement.programs import Archiver
from ..._postgres.schema.green_database import read_settings
from ..._postgres.service import journal
from ..._postgres.service.situation import read_own_situation
from ..ports import Ports
from . import files
from .changes import require_unchanged
from .restore import TrialServer


@dataclass(frozen=True)
class ArchiveState:
    """The archive of ``source`` in ``folder``: ``stored`` if it was read, and its row in the journal."""

    source: Source
    folder: str
    exists: bool
    recorded: bool
    stored: StoredArchive | None

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "side": str(self.source.side),
            "database": self.source.database,
            "folder": self.folder,
            "archived": self.exists and self.recorded,
            "archive": self.stored.manifest.facts() if self.stored else None,
            "manifest_sha256": self.stored.sha256 if self.stored else None,
        }

    def as_diff(self) -> str:
        """Return the folder, and whether the journal knows it."""
        if not self.exists:
            return ""
        return f"{self.folder}: {'proven' if self.recorded else 'not in the journal'}\n"


class ArchiveDatabase:
    """Makes one archive of a side after it went out of service; running the same command again finds it."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._directory = _absolute(params["directory"])
        self._jobs: int = params["jobs"]
        self._bindir: str | None = params["pg_bindir"] or None
        self._given = _keywords(params["restore_to"])
        self._sides = ports.sides
        self._run = ports.run
        self._dumped: Manifest | None = None

    def observe(self) -> ArchiveState:
        """Find the side out of service, and read its archive where there is one."""
        situation = read_own_situation(self._sides)
        source = self._source(situation)
        folder = self._directory / f"{slug(self._migration)}-{source.side}-{source.epoch}"
        stored = self._read(folder, source)
        entry = proven_archive(situation.entries, source.side, source.epoch)
        known = entry is not None and entry.details["folder"] == str(folder)
        if stored and known and entry and entry.details["manifest_sha256"] != stored.sha256:
            raise _broken(folder, ["the manifest is not the one in the journal"])
        if stored and self._dumped is None:
            require_unchanged(self._sides, source.side, str(folder), stored.manifest.contents)
        return ArchiveState(source, str(folder), stored is not None, bool(stored and known), stored)

    def plan(self, before: ArchiveState) -> Plan[ArchiveState]:
        """Plan what is missing; only a proven archive gets its final name."""
        source = before.source
        steps: list[Step] = []
        if not before.exists:
            steps.append(Step(f"dump {source.database} of {source.side}", partial(self._dump, before)))
            steps.append(
                Step("restore the dump elsewhere and compare the contents of every table", partial(self._prove, before))
            )
            steps.append(Step(f"put the archive in {before.folder}", partial(self._put, before)))
        if not before.recorded:
            steps.append(Step(f"record the archive on {source.side.other}", partial(self._record, before)))
        return Plan(replace(before, exists=True, recorded=True), tuple(steps))

    def execute(self, plan: Plan[ArchiveState]) -> ArchiveState:
        """Remove a killed run's leftovers, do the steps, and leave nothing behind."""
        with files.told_apart(self._directory):
            if not plan.projected.stored:
                self._clear(plan.projected)
            try:
                plan.perform()
            finally:
                if not plan.projected.stored:
                    self._clear(plan.projected)
        return self.observe()

    def _source(self, situation: Situation) -> Source:
        service = situation.in_service
        opening = newest_opening(situation.entries, service) if service else None
        wrong = situation.contradiction()
        if service is None or opening is None or wrong:
            raise MigrationError(
                "BG802",
                "Nothing is proven to be out of service: "
                + (wrong or ("no side is known to be in service" if service is None else "no switch has been made")),
                "Nothing was changed",
                "Archive after the cutover and cleanup; the playbook status shows where things stand",
                situation.as_result(),
            )
        session = self._sides.session(service.other)
        subscriptions = store.read_subscriptions(session)
        if subscriptions:
            raise MigrationError(
                "BG803",
                f"{str(service.other).capitalize()} still receives rows, by {', '.join(subscriptions)}",
                "Nothing was changed",
                "Run cleanup first, or drop the subscription where it is somebody else's; then run archive again",
                {"subscriptions": subscriptions},
            )
        identity = read_identity(session)
        return Source(
            self._migration, service.other, opening.epoch, identity.system, identity.database, identity.name,
            identity.version,
        )  # fmt: skip

    def _read(self, folder: Path, source: Source) -> StoredArchive | None:
        try:
            with files.told_apart(self._directory):
                stored = files.read_archive(folder)
        except files.BrokenArchive as error:
            raise _broken(folder, error.problems) from None
        if stored and replace(stored.manifest.source, version=source.version) != source:
            raise _broken(folder, ["it is of another database"])
        return stored

    def _dump(self, before: ArchiveState) -> None:
        side = before.source.side
        self._directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._partial(before).mkdir(mode=0o700)
        schema = read_schema_checksum(self._sides.session(side))
        with closing(self._sides.connect(side, "snapshot")) as session, store.exported_snapshot(session) as snapshot:
            settings = _settings(session, before.source.database)
            contents = read_contents(session, session.major, schema)
            archiver = self._archiver(before)
            archiver.dump(self._sides.endpoints[side], snapshot.name, self._partial(before) / DUMP, self._jobs)
        self._dumped = Manifest(
            before.source, snapshot.lsn, snapshot.taken_at, settings.encoding, archiver.major, contents,
            files.hash_files(self._partial(before)), "",
        )  # fmt: skip

    def _prove(self, before: ArchiveState) -> None:
        session, dumped = self._sides.session(before.source.side), self._made()
        settings = _settings(session, before.source.database)
        trial = self._trial_server(before).restore(self._partial(before) / DUMP, self._jobs, settings, session)
        different = differences(replace(dumped.contents, schema=trial.contents.schema), trial.contents)
        if different:
            raise MigrationError(
                "BG806",
                f"After the restore {len(different)} tables or sequences have different contents, such as "
                f"{'; '.join(different[:5])}",
                "The dump does not count as an archive and was removed",
                "Check which pg_dump is used, and whether amcheck finds faults in the table; then run it again",
                {"differences": different},
            )
        self._dumped = replace(dumped, restored_on=trial.server, not_restored=trial.left_out)

    def _put(self, before: ArchiveState) -> None:
        files.put_in_place(self._partial(before), Path(before.folder), self._made())

    def _record(self, before: ArchiveState) -> None:
        source = before.source
        stored = self._read(Path(before.folder), source)
        if stored is None:
            raise _broken(Path(before.folder), ["it is gone"])
        details = {
            "folder": before.folder,
            "manifest_sha256": stored.sha256,
            "system": source.system,
            "oid": source.oid,
            "database": source.database,
            **stored.manifest.facts(),
        }
        serving = self._sides.session(source.side.other)
        journal.write_entry(serving, self._migration, source.epoch, ARCHIVED, source.side, details)

    def _clear(self, before: ArchiveState) -> None:
        store.end_sessions_named(self._sides.session(before.source.side), self._purpose)
        self._trial_server(before).clear()
        files.remove(self._partial(before))

    def _partial(self, before: ArchiveState) -> Path:
        return self._directory / f".{Path(before.folder).name}.partial"

    def _trial_server(self, before: ArchiveState) -> TrialServer:
        folder = self._directory / f".{Path(before.folder).name}.server"
        name = f"bluegreen_restore_{slug(self._migration)}"
        return TrialServer(before.source.side, self._given, folder, name, self._archiver(before), self._run)

    def _archiver(self, before: ArchiveState) -> Archiver:
        return Archiver.find(self._run, self._bindir, before.source.version // 10000, self._purpose)

    @property
    def _purpose(self) -> str:
        return f"bluegreen archive {slug(self._migration)}"

    def _made(self) -> Manifest:
        if self._dumped is None:
            raise LookupError("the archive was to be used before it was made")
        return self._dumped


def _absolute(directory: str) -> Path:
    if not Path(directory).is_absolute():
        raise MigrationError(
            "BG801",
            f"{directory!r} is not an absolute path" if directory else "No folder for archives is named",
            "Nothing was changed",
            "Set bluegreen_archive_dir to an absolute path on the host where the module runs",
        )
    return Path(directory)


def _keywords(restore_to: Mapping[str, Any] | None) -> dict[str, str] | None:
    return {key: str(value) for key, value in restore_to.items() if value is not None} if restore_to else None


def _settings(session: Any, database: str) -> DatabaseSettings:
    settings = read_settings(session, database)
    if settings is None:
        raise LookupError("pg_database has no row of the current database")
    return settings


def _broken(folder: Path, problems: list[str]) -> MigrationError:
    return MigrationError(
        "BG807",
        f"The folder {folder} does not contain the archive that was put there: {'; '.join(problems[:5])}",
        "Nothing was changed",
        "Move the folder away and run archive again while the database still exists",
        {"problems": problems},
    )
