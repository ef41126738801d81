# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else has to hold before a cutover."""

from __future__ import annotations


class ModuleDocFragment:
    """Comparison, statistics, the user's own checks, window, approval, checklist, postponement."""

    DOCUMENTATION = r"""
options:
  comparison_max_age_hours:
    description:
      - How many hours ago the last comparison of both sides may have begun; it must have found all tables that flow
        equal. V(0) asks for none. Of a cutover only, like everything below.
    type: float
    default: 0.0
  require_statistics:
    description: Whether tables of more than ten pages on green must have statistics.
    type: bool
    default: true
  health_checks:
    description: Checks of your own that must pass; each has one of C(url), C(sql) and C(command).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it is called when it fails.
        type: str
        required: true
      url:
        description: An address that is asked for by GET; it is not repeated anywhere.
        type: str
      status:
        description: The status that O(health_checks[].url) must be answered with.
        type: int
        default: 200
      body:
        description: A regular expression that the first megabyte of the answer must match somewhere.
        type: str
      sql:
        description:
          - A query whose first value must be true. Names need their schema; it runs in a transaction that cannot write.
        type: str
      side:
        description: Where O(health_checks[].sql) runs.
        type: str
        choices: [blue, green]
        default: green
      command:
        description: A command and its arguments that must end with status 0 where the module runs.
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
    description: Ways to approve the cutover. With none of them nothing is asked for, otherwise one of them is enough.
    type: dict
    suboptions:
      word:
        description: A signed word, as C(name, YYYY-MM-DD); one that is not signed approves nothing.
        type: str
      file:
        description: A file where the module runs, whose first line is such a word.
        type: path
      row:
        description:
          - Whether a row in C(bluegreen.word) with the word C(approved), on either side and written after the last
            switch, approves it.
        type: bool
        default: false
  prerequisites:
    description:
      - What M(bluegreen.postgresql.prerequisites_info) returns under this name; what is not fulfilled is a reason.
    type: list
    elements: dict
    default: []
  postpone_file:
    description:
      - While this file exists where the module runs, or a row in C(bluegreen.word) with the word C(postponed) on either
        side, the switch waits, everything stays ready, and no lock is held. All facts are read again afterwards.
    type: path
  postpone_limit:
    description: How long it waits, in seconds.
    type: float
    default: 3600.0
"""
