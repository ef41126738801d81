# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The free space on blue's disk, from a command of the user's, since PostgreSQL does not report it."""

from __future__ import annotations

from .._domain.space import Space
from .ports import Run

_SECONDS = 30


def read_space(command: list[str], run: Run) -> Space | None:
    """Return the number of bytes in the command's last line; ``None`` without a command."""
    if not command:
        return None
    status, output, complaint = run(["timeout", "--kill-after=1", str(_SECONDS), *command])
    if status != 0:
        said = complaint.strip().splitlines()[:1]
        return Space(None, f"{command[0]} ended with status {status}{': ' + said[0] if said else ''}")
    last = (output.strip().splitlines() or [""])[-1].strip()
    if not (last.isascii() and last.isdigit()):
        return Space(None, f"the last line of {command[0]} is not a number of bytes")
    return Space(int(last))
