# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans that would get worse by a cutover, once before anybody waits."""

from __future__ import annotations

from ..._domain.findings import BLOCKS, Finding
from ..._domain.sides import Side
from ..plans.comparison import compare_plans
from .request import SwitchRequest

_BLOCK, _OFF = "block", "off"


def read_plan_reasons(request: SwitchRequest) -> tuple[Finding, ...]:
    """Compare plans as the user asks for it; return what stands against a cutover, and warn of the rest."""
    asked = request.asked.plans
    mode = asked.get("regression", _OFF)
    if mode == _OFF or request.target is not Side.GREEN:
        return ()
    compared = compare_plans(request.sides, Side.BLUE, asked["top"], asked["cost_factor"], asked["timeout"])
    if mode == _BLOCK:
        return request.not_accepted(compared.findings(BLOCKS))
    for finding in request.not_accepted(compared.findings()):
        request.ports.warn(finding.as_line())
    return ()
