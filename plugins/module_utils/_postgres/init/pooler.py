# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a PgBouncer answers at an address: it refuses a setting that it does not know before it asks who we are."""

from __future__ import annotations

from collections.abc import Mapping

from ..._domain.clock import Deadline
from ..._domain.errors import DeadlineReached
from .. import driver

_SECONDS = 3.0
_REFUSAL = "unsupported startup parameter"
# Nobody's name and password: whoever listens there may ask for them.
_NOBODY = {"user": "bluegreen_nobody", "password": "none", "passfile": "/dev/null"}


def is_pooler(host: str, port: str) -> bool:
    """Tell whether a PgBouncer answers there."""
    place: Mapping[str, str] = {"host": host, "port": port, "dbname": "pgbouncer", "sslmode": "prefer"}
    asked = {"options": "-c bluegreen.pooler=1", "application_name": "bluegreen"}
    try:
        driver.connect_without_waiting(
            {**place, **_NOBODY, **asked}, Deadline(_SECONDS, "Looking for a pooler")
        ).close()
    except DeadlineReached:
        return False
    except driver.Error as error:
        return _REFUSAL in str(error)
    return False
