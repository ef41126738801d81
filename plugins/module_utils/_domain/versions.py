# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PostgreSQL versions that migrations were tested with."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import MigrationError
from .sides import Side

OLDEST, NEWEST = 14, 18


def require_supported(majors: Mapping[Side, int]) -> None:
    """Refuse servers of an untested major version.

    :raises MigrationError: BG007 naming all of them
    """
    strange = [
        f"{str(side).capitalize()} is PostgreSQL {major}"
        for side, major in majors.items()
        if not OLDEST <= major <= NEWEST
    ]
    if strange:
        raise MigrationError(
            "BG007",
            f"{', '.join(strange)}; {OLDEST} to {NEWEST} are supported",
            "Nothing was changed",
            "Upgrade that server first, or use a release of this collection that knows it",
        )
