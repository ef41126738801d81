# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What slots tell about themselves and their readers."""

from __future__ import annotations

from ..session import Session
from ..sql.lanes import link as sql


def read_decoded(publisher: Session, name: str) -> int | None:
    """Return how many transactions the lane's slot has decoded, ``None`` where that is unknown."""
    value = publisher.value(sql.TRANSACTIONS, {"name": name})
    return None if value is None else int(value)


def readers_of_slots(publisher: Session, pattern: str) -> dict[str, int | None]:
    """Return the slots whose names match, each with the process id of the session that reads from it."""
    return {row["name"]: row["active_pid"] for row in publisher.rows(sql.SLOTS_LIKE, {"pattern": pattern})}
