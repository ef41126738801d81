# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a migration's report: each is written whole and put in place in one step.

The folder is the one that the role notifications names and has looked over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .._domain.errors import MigrationError
from .._domain.report.measurements import FILE

_MODE, _FOLDER_MODE = 0o640, 0o750


def write_files(folder: str, files: Iterable[Mapping[str, Any]], really: bool = True) -> dict[str, Any]:
    """Write what differs from what is there, and return ``changed`` and ``diff``.

    :param files: each with ``name``, ``content``, and ``keep``: what is there already stays
    :param really: whether to write; a file that cannot be written is found only then
    :raises MigrationError: BG297 when the folder cannot be made, or a file not be written; the earlier file is there
    """
    wanted = {Path(folder, _plain(each["name"])): each for each in files}
    place = Path(folder)
    try:
        new = not place.is_dir()
        if new and really:
            place.mkdir(mode=_FOLDER_MODE, parents=True)
        diffs = [diff for path, each in wanted.items() if (diff := _write(path, each, really))]
    except OSError as error:
        raise MigrationError(
            "BG297",
            f"Reports cannot be written to {folder}: {error.strerror or error}",
            "What was there before is still there",
            "Let the user who runs Ansible write there, or set bluegreen_report_dir to another folder",
        ) from None
    return {"changed": new or bool(diffs), "diff": diffs}


def _plain(name: str) -> str:
    """Return the name if it stays within its folder."""
    if name in ("", "..") or name != Path(name).name:
        raise MigrationError(
            "BG297", f"{name!r} is no name of a file", "Nothing was written there", "Name a file without a folder"
        )
    return name


def _write(path: Path, wanted: Mapping[str, Any], really: bool) -> dict[str, str] | None:
    """Write one file, unless it is as it should be; return how it differs."""
    there = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    content = _text(wanted["content"])
    if there == content or (there is not None and wanted.get("keep")):
        return None
    if really:
        replace_page(path, content)
    return {"before_header": str(path), "after_header": str(path), "before": there or "", "after": content}


def _text(content: Any) -> str:
    """Return a text as it is, and anything else as JSON."""
    if isinstance(content, str):
        return content
    return json.dumps(content, indent=4, sort_keys=True, ensure_ascii=False) + "\n"


def append_line(folder: str, line: str) -> None:
    """Add a line to the measurements; one that a killed run has left incomplete stays a line of its own.

    :raises OSError: when it cannot be written
    """
    path = Path(folder, FILE)
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, _MODE), "r+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        whole = end == 0 or os.pread(file.fileno(), 1, end - 1) == b"\n"
        file.write(("" if whole else "\n").encode() + f"{line}\n".encode())


def replace_page(path: Path, content: str) -> None:
    """Write a page in one step: whoever opens it sees the old one or the new one.

    :raises OSError: when it cannot be written; the old one is still there
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(part, flags, _MODE), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), _MODE)  # whatever the umask: a group may read reports
        file.write(content)
    part.replace(path)
