# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lanes of which a failover may have lost rows that they had brought."""

from __future__ import annotations

from ..._domain.errors import DatabaseError
from ..._domain.sides import Side
from ..lanes.parts import read_links
from ..service.situation import read_timeline
from ..sides import Sides

_PERMISSION_DENIED = "42501"


def read_doubts(sides: Sides) -> dict[str, int]:
    """Return them, each with both sides' timelines in its key.

    Before 16 only a superuser sees subscriptions. A comparison by another role has none here, and settles none.
    """
    try:
        return read_links(sides).doubted({side: read_timeline(sides.session(side)) for side in Side})
    except DatabaseError as error:
        if error.sqlstate != _PERMISSION_DENIED:
            raise
        return {}
