# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Held clients while no run of ours is active: the process that held them is dead."""

from __future__ import annotations

from ..._domain.findings import BLOCKS, Finding
from ..._domain.sides import Side
from ..._postgres.lock import read_holders
from ..._postgres.sides import Sides
from ..._routers.fleet import Fleet
from ..go_no_go.readiness import read_routes


def held_by_nobody(fleet: Fleet, sides: Sides) -> list[Finding]:
    """Return a finding for each route that holds its clients while no switch is running."""
    held = [facts.name for facts in read_routes(fleet) if facts.held]
    fleet.close()
    if not held or any(read_holders(sides.session(side), sides.migration) for side in Side):
        return []
    what = "clients are held there, and no run is at work: whatever held them is gone"
    fix = "Run cutover or rollback again, whichever was interrupted; or release them by hand (RESUME on the console)"
    return [Finding("BG572", BLOCKS, name, what, fix) for name in held]
