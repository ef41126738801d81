# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a migration's report on the controller: measurements, one line each, and the page while a run is under way.

The folder is the one that the role notifications names and has looked over.
"""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.measurements import FILE

FOLDER = "notifications_folder"
_MODE, _FOLDER_MODE = 0o640, 0o750


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
        file.write(content)
    part.replace(path)
