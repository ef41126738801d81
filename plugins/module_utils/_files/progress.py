# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that a module keeps of its long work, in a file that its action shows while the module runs."""

from __future__ import annotations

import os
from pathlib import Path

from .report import replace_page

_CACHE = '"${XDG_CACHE_HOME:-$HOME/.cache}"'  # of the account that the module runs as, in the shell's words


def how_to_read(name: str) -> str:
    """Return the command that shows the line of that name, a word without spaces, where the module runs."""
    return f"cat {_CACHE}/bluegreen/{name}.progress"


def write_line(name: str, line: str) -> None:
    """Keep a line.

    :raises OSError: when it cannot be written
    """
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_page(path, f"{line}\n")


def remove_line(name: str) -> None:
    """Remove the line, also one that a killed run has left."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "bluegreen" / f"{name}.progress"
