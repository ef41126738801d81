# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A note in an embedded server's folder, so that a later run can continue with the server or remove it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path

_NOTE = "embedded_server.json"
# Files that creating and running a server leave in its folder; anything else there belongs to somebody.
_OURS = ("data", "server.log", "sockets", "initdb-*", _NOTE)


@dataclass(frozen=True)
class Note:
    """Written when a server has been created: its major version."""

    major: int


def read_note(folder: Path) -> Note | None:
    """Return the folder's note, ``None`` if no server was completely created."""
    path = folder / _NOTE
    return Note(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def write_note(folder: Path, note: Note) -> None:
    """Write the folder's note, completely or not at all."""
    unfinished = folder / "data" / _NOTE
    unfinished.write_text(json.dumps(asdict(note)), encoding="utf-8")
    unfinished.replace(folder / _NOTE)


def strangers_in(folder: Path) -> list[str]:
    """Return the names of files that no embedded server leaves in its folder."""
    names = sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []
    return [name for name in names if not any(fnmatch(name, ours) for ours in _OURS)]


def begun_major(folder: Path) -> int | None:
    """Return the major version of the cluster in the folder, ``None`` if not even that was written yet."""
    version = folder / "data" / "PG_VERSION"
    text = version.read_text(encoding="utf-8").strip() if version.exists() else ""
    return int(text) if text else None
