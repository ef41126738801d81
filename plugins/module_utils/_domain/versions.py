# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PostgreSQL versions that migrations were tried with."""

from __future__ import annotations

from .errors import MigrationError
from .sides import Side

OLDEST, NEWEST = 14, 18


def require_supported(side: Side, major: int) -> None:
    """Refuse a server of a major version that nobody has tried.

    :raises MigrationError: BG007 naming it
    """
    if not OLDEST <= major <= NEWEST:
        raise MigrationError(
            "BG007",
            f"{str(side).capitalize()} is PostgreSQL {major}; {OLDEST} to {NEWEST} are supported",
            "Nothing was changed",
            "Upgrade that server first, or use a release of this collection that knows it",
        )
