# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cutover's other conditions."""

from __future__ import annotations


class ModuleDocFragment:
    """Comparison, statistics, plans, approval, checklist, postponement."""

    DOCUMENTATION = r"""
options:
  comparison_max_age_hours:
    description:
      - How many hours ago the last comparison of both sides may have begun; it must have found all replicated tables
        equal. V(0) requires none. Applies to a cutover only, like everything below.
    type: float
    default: 0.0
  require_statistics:
    description: Whether tables of more than ten pages on green must have statistics.
    type: bool
    default: true
  approval:
    description: Ways to approve the cutover. Without any, no approval is needed; otherwise one of them is enough.
    type: dict
    suboptions:
      word:
        description: A signature, as C(name, YYYY-MM-DD); anything else approves nothing.
        type: str
      file:
        description: A file on the host where the module runs, whose first line is such a signature.
        type: path
      row:
        description:
          - Whether a row C(approved) in C(bluegreen.word), on either side and written after the last switch, approves
            it.
        type: bool
        default: false
  prerequisites:
    description:
      - What M(bluegreen.postgresql.prerequisites_info) returns under this name; each item that is not fulfilled is a
        reason not to switch.
    type: list
    elements: dict
    default: []
  plans:
    description:
      - How plans of the top statements are compared before the cutover, as M(bluegreen.postgresql.plan_comparison_info)
        does; without it, not at all. Never while clients are held.
    type: dict
    suboptions:
      regression:
        description:
          - V(block) makes each finding a reason not to switch, also what could not be compared. V(warn) warns of it.
        type: str
        choices: ['off', warn, block]
        default: 'off'
      top:
        description: How many statements, by their total time.
        type: int
        default: 20
      cost_factor:
        description: By how much the estimated cost of a statement may grow.
        type: float
        default: 2.0
      timeout:
        description: Seconds after which no further statement is explained.
        type: float
        default: 60.0
  refresh_views:
    description:
      - How C(bluegreen_refresh_views) has the materialized views of the side out of service refreshed. Unless V(never),
        one that M(bluegreen.postgresql.materialized_views) has not refreshed since the last switch is a reason not to
        put green into service, and a warning on the way to blue. Not asked in check mode, where nothing refreshes them
        beforehand.
    type: str
    choices: [once, before_switch, never]
    default: never
  postpone_file:
    description:
      - While this file exists on the host where the module runs, or a row C(postponed) in C(bluegreen.word) on either
        side, the switch waits with everything ready and without a lock. Afterwards it reads all facts again.
    type: path
  postpone_limit:
    description: How long it waits, in seconds.
    type: float
    default: 3600.0
"""
