# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of the circuit breaker."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.breaker``."""

    DOCUMENTATION = r"""
options:
  retained_wal:
    description:
      - How much WAL a slot of the migration may keep on its side for a reader that is behind, such as V(50GB). V(0)
        sets no limit.
      - WAL that it keeps only because of an open transaction on its server does not count; O(free_disk) also protects
        the disk from that.
    type: bytes
    default: 0
  free_disk:
    description:
      - How much must stay free on blue's disk, such as V(10GB). V(0) sets no limit.
      - It needs O(free_disk_command), since PostgreSQL does not report free space.
    type: bytes
    default: 0
  free_disk_command:
    description:
      - A command and its arguments whose last line is the number of bytes free where blue keeps its WAL. It runs where
        the module runs, for 30 seconds at most.
    type: list
    elements: str
    default: []
"""
