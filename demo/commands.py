# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs commands for demo and tests with the interface of AnsibleModule.run_command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# The symbolic link in a clone, or the folder that the collection was installed into.
COLLECTIONS = next(
    folder for folder in (PROJECT / "collections", *PROJECT.parents) if (folder / "ansible_collections").is_dir()
)
BINARIES_CACHE = PROJECT / ".work" / "binaries"


def run_command(
    argv: Sequence[str],
    environ_update: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    data: str | None = None,
) -> tuple[int, str, str]:
    """Run a command to its end and return exit status, standard output and standard error.

    Raises OSError when the program cannot be started.
    """
    finished = subprocess.run(
        list(argv),
        env={**os.environ, **(environ_update or {})},
        cwd=cwd,
        input=data or "",
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return finished.returncode, finished.stdout, finished.stderr
