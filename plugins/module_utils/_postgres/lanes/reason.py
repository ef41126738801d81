# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading why a lane's worker failed, where the server tells us."""

from __future__ import annotations

from ..._domain.capabilities import Capability
from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.lanes.server_log import Reason, reason_in
from ..._domain.sides import Side
from ..sides import Sides
from ..sql.lanes import log as sql

_BYTES = 1 << 18
_SECONDS = 2.0


def read_reason(sides: Sides, subscriber: Side, lane: str) -> Reason | None:
    """Return the newest refusal in the subscriber's log, ``None`` where the log tells none or we may not read it.

    Never raises: it is called when something has failed already.
    """
    try:
        session = sides.connect(subscriber, "diagnosis", Deadline(_SECONDS, "Reading the log"))
    except MigrationError:
        return None
    try:
        if not session.value(sql.MAY_READ):
            return None
        origin = str(session.value(sql.ORIGIN, {"name": lane}))
        for format_ in _formats(session.major):
            tail = session.value(sql.END, {"bytes": _BYTES, "format": format_})
            if tail:
                return reason_in(bytes(tail).decode("utf-8", "replace"), format_, lane, origin)
        return None
    except MigrationError:
        # Another process may have removed the file meanwhile.
        return None
    finally:
        session.close()


def _formats(major: int) -> list[str]:
    return [one for one in sql.FORMATS if one != "jsonlog" or Capability.JSON_LOG.of(major)]
