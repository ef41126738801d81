# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of object of every major, by the major that brought it."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).with_name("zoo")


def zoo(major: int) -> str:
    """Return the statements for what this major brought; `{owner}` and `{app}` are roles."""
    return (_FOLDER / f"{major}.sql").read_text(encoding="utf-8")
