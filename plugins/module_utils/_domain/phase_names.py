# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a migration's phases, and of their outcomes."""

from __future__ import annotations

DONE = "done"
FAILED = "failed"
PREPARE = "prepare"
CLEANUP = "cleanup"
DECOMMISSION = "decommission"
PHASES = (
    PREPARE, "setup", "replicate", "sync", "verify", "reads", "cutover", "rollback", "monitor", CLEANUP,
    "archive", DECOMMISSION,
)  # fmt: skip
