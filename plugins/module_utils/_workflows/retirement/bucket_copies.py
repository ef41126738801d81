# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of archives in a bucket: sent, fetched for the restore test, completed, and judged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Callable

from ..._domain.errors import MigrationError
from ..._domain.retirement.archive import (
    MANIFEST,
    ArchivedFile,
    Manifest,
    NotAManifest,
    Source,
    StoredArchive,
    file_problems,
)
from ..._domain.retirement.bucket import Copy, Place, copy_problems, folder_of, listing_problems, unfinished
from ..._domain.service.journal import Entry
from ..._files.bucket import Bucket
from . import files

_NOT_PROVEN = (
    "Nothing in S3 counts as an archive yet; a whole dump, and the parts that arrived, are kept for the next run"
)


Told = Callable[[float, float], None]  # how many bytes are done, of how many


class BucketCopies:
    """The copies of one database's archives; ``name`` is that of the archive's folder."""

    def __init__(self, bucket: Bucket, name: str, source: Source) -> None:
        self._bucket = bucket
        self._home = bucket.place.home(name, source)

    def url(self, manifest: Manifest | None) -> str:
        """Return where the copy of an archive lies, or where those of this database do."""
        return self._bucket.place.url(folder_of(self._home, manifest) if manifest else self._home)

    def unfinished_uploads(self) -> list[str]:
        """Return the addresses of files that were not sent completely.

        :raises MigrationError: BG564 to BG568 where the bucket does not answer as it should
        """
        return [self._bucket.place.url(key) for key in self._bucket.uploads(self._home)]

    def sound(self, entry: Entry | None) -> tuple[Copy, StoredArchive] | None:
        """Return the copy that the journal has, if it lies in this bucket as it was when it was restored."""
        copy = Copy.of(entry.details) if entry else None
        if entry is None or copy is None or not copy.lies_in(self._bucket.place):
            return None
        stored, problems = judge(self._bucket, copy, entry.details["manifest_sha256"])
        return (copy, stored) if stored and not problems else None

    def send(self, folder: Path, manifest: Manifest, told: Told) -> None:
        """Send every file but the manifest, and end the uploads that earlier runs have left of other dumps."""
        beginning = folder_of(self._home, manifest)
        self._bucket.end_uploads(self._home, {f"{beginning}{one.path}" for one in manifest.files})
        for one, tell in _each(manifest, told):
            self._bucket.send(folder / one.path, f"{beginning}{one.path}", tell)

    def fetch(self, manifest: Manifest, folder: Path, told: Told) -> None:
        """Fetch what was sent into a new folder.

        :raises MigrationError: BG569 where it is not what was sent
        """
        beginning = folder_of(self._home, manifest)
        folder.mkdir(mode=0o700)
        for one, tell in _each(manifest, told):
            (folder / one.path).parent.mkdir(parents=True, exist_ok=True)
            self._bucket.fetch(f"{beginning}{one.path}", one.bytes, folder / one.path, tell)
        problems = file_problems(manifest.files, files.hash_files(folder))
        if problems:
            raise _another(self.url(manifest), problems)

    def complete(self, folder: Path, manifest: Manifest, restored_on: str, not_restored: tuple[str, ...]) -> Copy:
        """Send the manifest, which makes the files an archive, and return the copy as it lies there.

        :raises MigrationError: BG569 where something else lies there too
        """
        beginning = folder_of(self._home, manifest)
        problems = listing_problems(beginning, manifest, self._bucket.objects(beginning))
        if problems:
            raise _another(self.url(manifest), problems)
        self._bucket.send(folder / MANIFEST, f"{beginning}{MANIFEST}")
        return Copy.listed(self._bucket.place, beginning, self._bucket.objects(beginning), restored_on, not_restored)

    def left_behind(self, manifest: Manifest) -> list[str]:
        """Return the addresses of what earlier runs have sent of dumps that never became an archive."""
        found = unfinished(self._home, folder_of(self._home, manifest), self._bucket.objects(self._home))
        return [self._bucket.place.url(one) for one in found]


def open_bucket(named: Mapping[str, Any] | None, stands: str = _NOT_PROVEN) -> Bucket | None:
    """Return the bucket that a module's parameter names, ``None`` where it names none.

    :raises MigrationError: BG563 to BG565
    """
    return Bucket(Place.of(named), stands) if named else None


def judge(bucket: Bucket, copy: Copy, manifest_sha256: str) -> tuple[StoredArchive | None, list[str]]:
    """Return a copy's manifest, ``None`` where there is none, and how it differs from what was restored."""
    text = bucket.read(f"{copy.folder}{MANIFEST}")
    if text is None:
        return None, [f"{MANIFEST} is missing"]
    sha256 = hashlib.sha256(text).hexdigest()
    if sha256 != manifest_sha256:
        return None, ["the manifest is not the one in the journal"]
    try:
        manifest = Manifest.from_json(text.decode("utf-8"))
    except (NotAManifest, UnicodeDecodeError) as error:
        return None, [f"{MANIFEST} is not a manifest ({error})"]
    return StoredArchive(manifest, sha256), copy_problems(copy, manifest, bucket.objects(copy.folder))


def _each(manifest: Manifest, told: Told) -> Iterator[tuple[ArchivedFile, Callable[[int], None]]]:
    """Yield each file with a function by which it says how many of its bytes are done."""
    before = 0
    for one in manifest.files:
        yield one, partial(_tell, told, before, manifest.total_bytes)
        before += one.bytes
        told(before, manifest.total_bytes)


def _tell(told: Told, before: int, total: int, done: int) -> None:
    told(before + done, total)


def _another(url: str, problems: list[str]) -> MigrationError:
    return MigrationError(
        "BG569",
        f"{url} does not hold what was sent there: {'; '.join(problems[:5])}",
        _NOT_PROVEN,
        "See what else writes there, and remove what does not belong to it; then run the same command again",
        {"problems": problems},
    )
