# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cutover's other conditions."""

from __future__ import annotations


class ModuleDocFragment:
    """Comparison, statistics, the user's own checks, window, approval, checklist, postponement."""

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
  health_checks:
    description: Your own checks that must pass; each has one of C(url), C(sql) and C(command).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the check, for the message when it fails.
        type: str
        required: true
      url:
        description: A URL to GET; no output shows it.
        type: str
      status:
        description: The status that O(health_checks[].url) must return.
        type: int
        default: 200
      body:
        description: A regular expression that must match somewhere in the first megabyte of the answer.
        type: str
      sql:
        description:
          - A query whose first value must be true. Names need their schema; it runs in a read-only transaction.
        type: str
      side:
        description: Where O(health_checks[].sql) runs.
        type: str
        choices: [blue, green]
        default: green
      command:
        description: A command and its arguments that must exit with status 0 on the host where the module runs.
        type: list
        elements: str
      timeout:
        description: How long it may take, in seconds.
        type: float
        default: 10.0
  window:
    description: When the cutover may begin.
    type: dict
    suboptions:
      start:
        description: ISO 8601, UTC where it names no zone.
        type: str
      end:
        description: ISO 8601, UTC where it names no zone.
        type: str
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
