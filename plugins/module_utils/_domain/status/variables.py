# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a user's that nothing reads, most likely because they are misspelt. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from ..errors import MigrationError

PREFIX = "bluegreen_"
WARN, FAIL, IGNORE = "warn", "fail", "ignore"
_SETTING = "bluegreen_unknown_variables"


def about_unknown(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Return a sentence about each name that begins like ours and is not known, with the nearest that is."""
    return [_about(name, known) for name in sorted(set(names) - set(known)) if name.startswith(PREFIX)]


def refusal(about: Iterable[str]) -> MigrationError:
    """Return the refusal to begin with such variables."""
    return MigrationError(
        "BG750",
        "; ".join(about),
        "Nothing was changed",
        f"Correct each name, or set {_SETTING} to {WARN} or {IGNORE}; then run the same command again",
    )


def _about(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, sorted(known), 1, 0.0)
    nearest = f"; the nearest that exists is {near[0]}" if near else ""
    return f"{name} is set, and no playbook or role of this collection reads it{nearest}"
