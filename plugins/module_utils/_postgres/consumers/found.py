# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading who else follows a side's changes."""

from __future__ import annotations

from typing import Any

from ..._domain.consumers.consumer import Consumer, Reader
from ..._domain.names import slots_of
from ..session import Session
from ..sql.consumers import found as sql

_READER = ("pid", "role", "application", "address")


def read_consumers(session: Session, migration: str) -> tuple[Consumer, ...]:
    """Return the consumers of the session's database: its logical slots that are not this migration's."""
    return tuple(_consumer(row) for row in session.rows(sql.CONSUMERS, {"ours": slots_of(migration)}))


def _consumer(row: dict[str, Any]) -> Consumer:
    reader = {name: row.pop(name) for name in _READER}
    return Consumer(reader=None if reader["pid"] is None else Reader(**reader), **row)
