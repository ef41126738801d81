# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Standbys that readers need on the side that takes over, once before anybody waits."""

from __future__ import annotations

from ..._domain.findings import Finding
from ..._domain.readers.servers import missing
from ..._domain.sides import Side
from ..._postgres.readers.servers import ReadServers
from .request import SwitchRequest


def read_missing_standbys(request: SwitchRequest) -> tuple[Finding, ...]:
    """Return which of the target's standbys readers could not use. A rollback is warned, and not held up."""
    places = request.standbys.places[request.target]
    servers = ReadServers(request.sides)
    try:
        found = missing([servers.read(place) for place in places])
    finally:
        servers.close()
    if request.target is Side.GREEN:
        return request.not_accepted(found)
    for one in found:
        request.ports.warn(one.as_line())
    return ()
