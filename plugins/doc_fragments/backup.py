# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that blue has a backup."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.backup``."""

    DOCUMENTATION = r"""
options:
  backup_proof:
    description: Proof of when the last backup of blue was completed, read on the host where the module runs.
    type: dict
    default: {}
    suboptions:
      command:
        description:
          - Command and arguments, ended after 30 seconds. Its last line is a time in ISO 8601, or seconds of the epoch.
        type: list
        elements: str
      url:
        description: A URL whose answer has a header C(Last-Modified). It is never shown.
        type: str
      file:
        description: A file that was written when the backup was completed.
        type: path
  backup_max_age_hours:
    description: How old the backup may be.
    type: float
    default: 24.0
  backup_waived:
    description: Why no proof of a backup is needed. Ignored if O(backup_proof) is set.
    type: str
    default: ""
"""
