# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives in the file system: hashed, read back, and moved into place completely or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..._domain.errors import MigrationError
from ..._domain.progress import Amount
from ..._domain.retirement.archive import MANIFEST, ArchivedFile, Manifest, NotAManifest, StoredArchive, file_problems

_CHUNK = 1 << 20  # bytes
_REMOVE_TRIES = 20
_REMOVE_PAUSE = 0.25  # seconds in which a pg_dump that has just been ended may still write


class BrokenArchive(Exception):
    """The folder does not contain the archive that was put there; ``problems`` has one per line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def hash_files(folder: Path) -> tuple[ArchivedFile, ...]:
    """Return every file below ``folder`` except its manifest."""
    paths = sorted(path for path in folder.rglob("*") if not path.is_dir() and path != folder / MANIFEST)
    return tuple(
        ArchivedFile(path.relative_to(folder).as_posix(), path.stat().st_size, _sha256(path)) for path in paths
    )


def read_archive(folder: Path) -> StoredArchive | None:
    """Return the archive in ``folder`` after reading all of it, ``None`` where there is no such folder.

    :raises BrokenArchive: when a file is missing, changed or foreign
    """
    if not folder.exists():
        return None
    if not (folder / MANIFEST).is_file():
        raise BrokenArchive([f"{MANIFEST} is missing"])
    text = (folder / MANIFEST).read_bytes()
    try:
        manifest = Manifest.from_json(text.decode("utf-8"))
    except (NotAManifest, UnicodeDecodeError) as error:
        raise BrokenArchive([f"{MANIFEST} is not a manifest ({error})"]) from None
    problems = file_problems(manifest.files, hash_files(folder))
    if problems:
        raise BrokenArchive(problems)
    return StoredArchive(manifest, hashlib.sha256(text).hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; a folder that has one is whole."""
    (folder / MANIFEST).write_text(manifest.as_json(), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Tell whether a dump was completed there."""
    return (folder / MANIFEST).is_file()


def put_in_place(partial: Path, folder: Path, manifest: Manifest) -> None:
    """Write the manifest, make everything durable, and give the folder its final name."""
    write_manifest(partial, manifest)
    for path in [*partial.rglob("*"), partial]:
        _sync(path)
    partial.rename(folder)
    _sync(folder.parent)


def remove(folder: Path) -> None:
    """Remove a folder of ours, even while a program that has just been ended still writes to it."""
    for _attempt in range(_REMOVE_TRIES):
        if not folder.exists() or _removed(folder):
            return
        time.sleep(_REMOVE_PAUSE)
    shutil.rmtree(folder)


def written(dump: Path, tables: int) -> Amount:
    """Return how much of a dump is there, and of how many tables."""
    sizes = {path.name: path.stat().st_size for path in dump.iterdir()}
    begun = sum(name[0].isdigit() for name in sizes)  # a table's file is named by a number
    return Amount(sum(sizes.values()), more=f"{begun} of {tables} tables begun")


@contextmanager
def told_apart(directory: Path) -> Iterator[None]:
    """Turn a file system error into one that says what to do.

    :raises MigrationError: BG801
    """
    try:
        yield
    except OSError as error:
        raise MigrationError(
            "BG801",
            f"The archives' folder {directory} cannot be used: {error.strerror} ({error.filename})",
            "No archive was made",
            "Set bluegreen_archive_dir to a folder with room for the dump and for the restored database, "
            "on the host where the module runs",
        ) from None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _removed(folder: Path) -> bool:
    try:
        shutil.rmtree(folder)
    except OSError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
