# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What workflows that change nothing have in common."""

from __future__ import annotations

from .._domain.facts import Report
from .._domain.plan import Plan


class Reading:
    """A workflow whose work is done once it has observed."""

    def plan(self, before: Report) -> Plan[Report]:
        """Plan nothing."""
        return Plan(before)

    def execute(self, plan: Plan[Report]) -> Report:
        """Return what was read."""
        return plan.projected
