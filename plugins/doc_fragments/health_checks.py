# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own checks before a cutover."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.health_checks``."""

    DOCUMENTATION = r"""
options:
  health_checks:
    description: Your own checks that must pass before a cutover; each has one of C(url), C(sql) and C(command).
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
"""
