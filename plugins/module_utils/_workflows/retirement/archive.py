# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archiving the side out of service: dump, hash, restore, compare, move into place, and journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.names import slug
from ..._domain.plan import Plan, Step
from ..._domain.retirement.archive import DUMP, Manifest, Source, StoredArchive
from ..._domain.retirement.bucket import Copy
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
from ..progress import Progress
from . import files
from .archive_state import ArchiveState
from .bucket_copies import BucketCopies, open_bucket
from .changes import changes_since, require_unchanged
from .restore import Trial, TrialServer


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
        self._ports = ports
        self._bucket = open_bucket(params["s3"])
        self._progress = Progress(self._migration, "archive_database", ports.warn, ports.may_write)
        self._dumped: Manifest | None = None
        self._copy: Copy | None = None
        self._trial: Trial | None = None

    def observe(self) -> ArchiveState:
        """Find the side out of service, and read its archive where there is one."""
        situation = read_own_situation(self._sides)
        source = self._source(situation)
        folder = self._folder(source)
        entry = proven_archive(situation.entries, source.side, source.epoch)
        known = entry if entry and entry.details["folder"] == str(folder) else None
        copies = self._copies(source)
        unfinished = copies.unfinished_uploads() if copies else []
        sound = copies.sound(known) if copies and known else None
        stored = self._read(folder, source) or (sound[1] if sound else None)
        if stored and known and known.details["manifest_sha256"] != stored.sha256:
            raise _broken(folder, ["the manifest is not the one in the journal"])
        if stored and self._dumped is None:
            place = str(folder) if folder.exists() or sound is None else sound[0].url
            require_unchanged(self._sides, source.side, place, stored.manifest.contents)
        kept = self._kept(source) if copies and stored is None else None
        whole = stored or kept
        recorded = bool(stored and known and (sound or not copies))
        return ArchiveState(
            source, str(folder), stored is not None, recorded, stored, kept,
            copies.url(whole.manifest if whole else None) if copies else None, sound[0] if sound else None,
            tuple(unfinished),
        )  # fmt: skip

    def plan(self, before: ArchiveState) -> Plan[ArchiveState]:
        """Plan what is missing; only a proven archive gets its final name."""
        source, steps = before.source, []
        if not before.exists and not before.kept:
            steps.append(Step(f"dump {source.database} of {source.side}", partial(self._dump, before)))
        if before.lacks_copy:
            steps.append(Step(f"send {before.how_much} to {before.bucket}", partial(self._send, before)))
        if before.lacks_copy or not before.exists:
            where = "what the bucket gives back" if before.lacks_copy else "the dump"
            title = f"restore {where} elsewhere and compare the contents of every table"
            steps.append(Step(title, partial(self._prove, before)))
        if not before.exists:
            steps.append(Step(f"put the archive in {before.folder}", partial(self._put, before)))
        if before.lacks_copy:
            steps.append(Step("complete the archive in the bucket with its manifest", partial(self._complete, before)))
        if not before.recorded:
            steps.append(Step(f"record the archive on {source.side.other}", partial(self._record, before)))
        return Plan(replace(before, exists=True, recorded=True), tuple(steps))

    def execute(self, plan: Plan[ArchiveState]) -> ArchiveState:
        """Remove a killed run's leftovers, do the steps, and leave nothing behind but a whole dump to be sent."""
        before = plan.projected
        makes = before.stored is None or before.lacks_copy
        with files.told_apart(self._directory):
            if makes:
                self._clear(before, but_whole=before.kept is not None)
            try:
                plan.perform()
            finally:
                if makes:
                    self._clear(before, but_whole=self._bucket is not None)
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

    def _kept(self, source: Source) -> StoredArchive | None:
        """Return the whole dump that a run could not send, if it is still what the database holds."""
        try:
            kept = files.read_archive(self._partial(source))
        except files.BrokenArchive:
            return None
        if kept is None or replace(kept.manifest.source, version=source.version) != source:
            return None
        return None if changes_since(self._sides, source.side, kept.manifest.contents) else kept

    def _dump(self, before: ArchiveState) -> None:
        side = before.source.side
        self._directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        dump = self._partial(before.source)
        dump.mkdir(mode=0o700)
        schema = read_schema_checksum(self._sides.session(side))
        with closing(self._sides.connect(side, "snapshot")) as session, store.exported_snapshot(session) as snapshot:
            settings = _settings(session, before.source.database)
            with self._progress.counting("read", "tables") as told:
                contents = read_contents(session, session.major, schema, told)
            archiver = self._archiver(before.source)
            tables = len(contents.tables) - 1  # large objects are no table's
            with self._progress.of("dumped", lambda: files.written(dump / DUMP, tables)):
                archiver.dump(self._sides.endpoints[side], snapshot.name, dump / DUMP, self._jobs)
        self._dumped = Manifest(
            before.source, snapshot.lsn, snapshot.taken_at, settings.encoding, archiver.major, contents,
            files.hash_files(dump), "",
        )  # fmt: skip
        if self._bucket:
            files.write_manifest(dump, self._dumped)

    def _send(self, before: ArchiveState) -> None:
        folder, manifest = self._whole(before), self._made(before)
        copies = self._required(before)
        self._ports.goes_on = f"the dump, and what {copies.url(manifest)} has of it, are kept for the next run"
        with self._progress.counting("sent") as told:
            copies.send(folder, manifest, told)

    def _whole(self, before: ArchiveState) -> Path:
        """Return the folder with the dump that is to be sent."""
        return Path(before.folder) if before.exists else self._partial(before.source)

    def _prove(self, before: ArchiveState) -> None:
        dumped = self._made(before)
        if before.lacks_copy:
            with self._progress.counting("fetched") as told:
                self._required(before).fetch(dumped, self._fetched(before.source), told)
            with self._counts_no_more(before):
                trial = self._restore(before, self._fetched(before.source), dumped)
            self._trial = trial
        else:
            trial = self._restore(before, self._partial(before.source), dumped)
        if not before.exists:
            self._dumped = replace(dumped, restored_on=trial.server, not_restored=trial.left_out)

    def _restore(self, before: ArchiveState, folder: Path, dumped: Manifest) -> Trial:
        session = self._sides.session(before.source.side)
        settings = _settings(session, before.source.database)
        trial = self._trial_server(before.source).restore(folder / DUMP, self._jobs, settings, session)
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
        return trial

    @contextmanager
    def _counts_no_more(self, before: ArchiveState) -> Iterator[None]:
        """Let nobody go on with a dump whose copy could not be restored, and say what is left of it."""
        try:
            yield
        except MigrationError as error:
            copy = f"what {self._required(before).url(self._made(before))} holds does not count as an archive"
            if not before.exists:
                files.remove(self._partial(before.source))
            stands = f"{f'{before.folder} is as it was' if before.exists else 'The dump was removed'}; {copy}"
            raise MigrationError(error.code, error.what, stands, error.todo, error.details) from None

    def _put(self, before: ArchiveState) -> None:
        files.put_in_place(self._partial(before.source), Path(before.folder), self._made(before))

    def _complete(self, before: ArchiveState) -> None:
        copies, manifest, trial = self._required(before), self._made(before), self._trial
        if trial is None:
            raise LookupError("the copy was to be completed before it was restored")
        self._copy = copies.complete(Path(before.folder), manifest, trial.server, trial.left_out)
        left = copies.left_behind(manifest)
        if left:
            self._ports.warn(f"Nobody needs what earlier runs have sent of other dumps: {', '.join(left)}")

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
        if self._copy:
            details["s3"] = self._copy.as_details()
        serving = self._sides.session(source.side.other)
        journal.write_entry(serving, self._migration, source.epoch, ARCHIVED, source.side, details)

    def _clear(self, before: ArchiveState, but_whole: bool) -> None:
        source = before.source
        store.end_sessions_named(self._sides.session(source.side), self._purpose)
        self._trial_server(source).clear()
        files.remove(self._fetched(source))
        if not (but_whole and files.is_whole(self._partial(source))):
            files.remove(self._partial(source))

    def _name(self, source: Source) -> str:
        return f"{slug(self._migration)}-{source.side}-{source.epoch}"

    def _folder(self, source: Source) -> Path:
        return self._directory / self._name(source)

    def _partial(self, source: Source) -> Path:
        return self._directory / f".{self._name(source)}.partial"

    def _fetched(self, source: Source) -> Path:
        return self._directory / f".{self._name(source)}.fetched"

    def _copies(self, source: Source) -> BucketCopies | None:
        return BucketCopies(self._bucket, self._name(source), source) if self._bucket else None

    def _required(self, before: ArchiveState) -> BucketCopies:
        copies = self._copies(before.source)
        if copies is None:
            raise LookupError("a copy was asked for without a bucket")
        return copies

    def _trial_server(self, source: Source) -> TrialServer:
        folder = self._directory / f".{self._name(source)}.server"
        name = f"bluegreen_restore_{slug(self._migration)}"
        return TrialServer(source.side, self._given, folder, name, self._archiver(source), self._run, self._progress)

    def _archiver(self, source: Source) -> Archiver:
        return Archiver.find(self._run, self._bindir, source.version // 10000, self._purpose)

    @property
    def _purpose(self) -> str:
        return f"bluegreen archive {slug(self._migration)}"

    def _made(self, before: ArchiveState) -> Manifest:
        made = self._dumped or before.manifest
        if made is None:
            raise LookupError("the archive was to be used before it was made")
        return made


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
