# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Materialized views that hold rows of before the last switch, once before anybody waits."""

from __future__ import annotations

from ..._domain.findings import BLOCKS, WARNS, Finding
from ..._domain.plans.views import NOT_FRESH, Asked
from ..._domain.relations import parse_table_name
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..plans.views import newest_switch, read_standing_of_views
from .request import SwitchRequest

_NEVER = "never"


def read_stale_views(request: SwitchRequest, situation: Situation) -> tuple[Finding, ...]:
    """Return what stands against a cutover as the user has views refreshed. A rollback is warned, and not held up."""
    if request.asked.refresh_views == _NEVER:
        return ()
    found = _stale(request, situation)
    if found is None:
        return ()
    if request.target is Side.GREEN:
        return (found,)
    request.ports.warn(found.as_line())
    return ()


def _stale(request: SwitchRequest, situation: Situation) -> Finding | None:
    standing = read_standing_of_views(request.sides, request.target)
    names = [str(view.name) for view in standing.views]
    excluded = {str(parse_table_name(name)) for name in request.exclude_tables}
    left_alone = excluded | {name for name in names if request.accepts(NOT_FRESH, name)}
    if not request.ports.may_write:
        # Right before, a real run refreshes those that our role may refresh.
        left_alone |= {str(view.name) for view in standing.views if view.is_ours_to_refresh}
    stale = standing.stale(Asked(newest_switch(situation), None, frozenset(left_alone)))
    if not stale:
        return None
    severity = BLOCKS if request.target is Side.GREEN else WARNS
    what = "materialized views were not refreshed there since the last switch, and show older rows"
    fix = "Run sync, which refreshes them; or accept each by its name"
    return Finding(NOT_FRESH, severity, str(request.target), what, fix, stale)
