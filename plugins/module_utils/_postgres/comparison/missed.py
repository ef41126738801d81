# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading how often the links of a migration did not find the row that they were to change."""

from __future__ import annotations

from ..._domain.capabilities import Capability
from ..._domain.names import is_link_of, link_prefix
from ..._domain.sides import Side
from ..sides import Sides
from ..sql.comparison import missed as sql


def read_missed(sides: Sides) -> dict[str, int]:
    """Return that by lane and oid, of both directions; one that was made anew counts from zero.

    A server without ``CONFLICT_COUNTERS`` does not count.
    """
    return {
        f"{row['lane']}/{row['oid']}": int(row["missed"])
        for side in Side
        if Capability.CONFLICT_COUNTERS.of(sides.session(side).major)
        for row in sides.session(side).rows(sql.MISSED, {"prefix": link_prefix(sides.migration)})
        if is_link_of(sides.migration, row["lane"])
    }
