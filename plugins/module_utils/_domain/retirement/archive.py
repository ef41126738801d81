# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives: their source, their contents, and whether they are still intact."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ..sides import Side
from .contents import Contents

MANIFEST = "manifest.json"
DUMP = "dump"
_FORMAT = 1
_HOW_TO_RESTORE = (
    "createdb --template=template0 --encoding=<encoding> <database>",
    "pg_restore --exit-on-error --no-subscriptions --dbname=<database> --jobs=4 dump",
    "psql --dbname=<database> --command='DROP SCHEMA bluegreen CASCADE' (takes off the fence that was dumped with it)",
)


class NotAManifest(Exception):
    """The text is not a manifest that this version can read."""


@dataclass(frozen=True)
class Source:
    """The database that was archived: that of ``side`` since the switch ``epoch``, with its server's identifiers.

    ``system`` is the cluster's system identifier, ``oid`` the database's, ``version`` the server's (170011).
    """

    migration: str
    side: Side
    epoch: int
    system: str
    oid: str
    database: str
    version: int


@dataclass(frozen=True, order=True)
class ArchivedFile:
    """One file: ``path`` within the archive, size in bytes, SHA-256 in hexadecimal."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The contents of an archive.

    ``lsn`` and ``taken_at``: the position and the time (UTC) of the snapshot. ``contents``: those of its tables.
    ``programs``: the major of pg_dump and pg_restore. ``restored_on``: the server on which the restore gave the same
    contents. ``not_restored``: objects left out of the restore test because they need a superuser.
    """

    source: Source
    lsn: str
    taken_at: str
    encoding: str
    programs: int
    contents: Contents
    files: tuple[ArchivedFile, ...]
    restored_on: str
    not_restored: tuple[str, ...] = ()

    @property
    def total_bytes(self) -> int:
        """Return the size of all files."""
        return sum(one.bytes for one in self.files)

    @property
    def total_rows(self) -> int:
        """Return the rows of all tables."""
        return sum(one.rows for one in self.contents.tables.values())

    def facts(self) -> dict[str, Any]:
        """Return what the journal and a result say about it."""
        return {
            "lsn": self.lsn,
            "files": len(self.files),
            "bytes": self.total_bytes,
            "tables": len(self.contents.tables),
            "rows": self.total_rows,
            "restored_on": self.restored_on,
            "not_restored": list(self.not_restored),
        }

    def as_json(self) -> str:
        """Return it as the text of ``manifest.json``."""
        content = {
            "format": _FORMAT,
            "source": {**asdict(self.source), "side": str(self.source.side)},
            "lsn": self.lsn,
            "taken_at": self.taken_at,
            "encoding": self.encoding,
            "programs": self.programs,
            "restored_on": self.restored_on,
            "not_restored": list(self.not_restored),
            "how_to_restore": list(_HOW_TO_RESTORE),
            **self.contents.as_document(),
            "files": [asdict(one) for one in self.files],
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what :meth:`as_json` wrote.

        :raises NotAManifest: for anything else
        """
        try:
            content = json.loads(text)
            if content["format"] != _FORMAT:
                raise NotAManifest(f"format {content['format']} is not known")
            return cls(
                source=Source(**{**content["source"], "side": Side(content["source"]["side"])}),
                lsn=content["lsn"],
                taken_at=content["taken_at"],
                encoding=content["encoding"],
                programs=content["programs"],
                contents=Contents.from_document(content),
                files=tuple(ArchivedFile(**one) for one in content["files"]),
                restored_on=content["restored_on"],
                # Older archives had everything restored.
                not_restored=tuple(content.get("not_restored", ())),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise NotAManifest(str(error)) from None


@dataclass(frozen=True)
class StoredArchive:
    """An archive in a folder; ``sha256`` is that of its manifest's text."""

    manifest: Manifest
    sha256: str


def file_problems(expected: Iterable[ArchivedFile], found: Iterable[ArchivedFile]) -> list[str]:
    """Return how the files of an archive differ from its manifest, one problem per line."""
    wanted = {one.path: one for one in expected}
    there = {one.path: one for one in found}
    missing = [f"{path} is missing" for path in sorted(set(wanted) - set(there))]
    unknown = [f"{path} does not belong to it" for path in sorted(set(there) - set(wanted))]
    changed = [f"{path} was changed" for path in sorted(set(wanted) & set(there)) if wanted[path] != there[path]]
    return missing + changed + unknown
