# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The maintenance window of a cutover."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.window``."""

    DOCUMENTATION = r"""
options:
  window:
    description: When the cutover may begin.
    type: dict
    default: {}
    suboptions:
      start:
        description: ISO 8601, UTC where it names no zone.
        type: str
      end:
        description: ISO 8601, UTC where it names no zone.
        type: str
"""
