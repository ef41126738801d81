# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of an archive: its folder, its copy in a bucket, and its row in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._domain.progress import size
from ..._domain.retirement.archive import Manifest, Source, StoredArchive
from ..._domain.retirement.bucket import Copy


@dataclass(frozen=True)
class ArchiveState:
    """The archive of ``source`` in ``folder``: ``stored`` if it was read, and its row in the journal.

    ``kept``: a whole dump that waits to be sent. ``bucket``: where the copy is to be, ``None`` where none is asked for;
    ``copy``: the one that was restored from there.
    """

    source: Source
    folder: str
    exists: bool
    recorded: bool
    stored: StoredArchive | None
    kept: StoredArchive | None = None
    bucket: str | None = None
    copy: Copy | None = None
    unfinished_uploads: tuple[str, ...] = ()

    @property
    def lacks_copy(self) -> bool:
        """Tell whether a copy is asked for and not proven."""
        return self.bucket is not None and self.copy is None

    @property
    def manifest(self) -> Manifest | None:
        """Return the manifest of the whole dump that there is."""
        whole = self.stored or self.kept
        return whole.manifest if whole else None

    @property
    def how_much(self) -> str:
        """Return in words what is to be sent."""
        if self.manifest is None:
            return "the dump"
        return f"{len(self.manifest.files)} files, {size(self.manifest.total_bytes)},"

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "side": str(self.source.side),
            "database": self.source.database,
            "folder": self.folder,
            "archived": self.exists and self.recorded,
            "archive": self.stored.manifest.facts() if self.stored else None,
            "manifest_sha256": self.stored.sha256 if self.stored else None,
            "s3": self._copy_as_result(),
        }

    def _copy_as_result(self) -> dict[str, Any] | None:
        if self.bucket is None:
            return None
        return {
            "url": self.copy.url if self.copy else self.bucket,
            "restored_on": self.copy.restored_on if self.copy else None,
            "not_restored": list(self.copy.not_restored) if self.copy else None,
            "unfinished_uploads": list(self.unfinished_uploads),
        }

    def as_diff(self) -> str:
        """Return the folder, and whether the journal knows it."""
        if not self.exists:
            return ""
        proven = "proven" if self.recorded else "not in the journal"
        return f"{self.folder}: {proven}\n" + (f"{self.bucket}: {proven}\n" if self.bucket else "")
