# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that end with a deadline: ``timeout(1)`` in front, since what runs a command has no limit of its own."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline

TIMEOUT = "timeout"
TIMED_OUT = (124, 137, -9)  # by SIGTERM; by SIGKILL, as a shell and as Python see it
_KILL_AFTER_SECONDS = 0.5  # what a command gets between SIGTERM and SIGKILL


def limited(deadline: Deadline) -> list[str]:
    """Return what precedes a command, so that it ends with ``deadline``; 0 would be no limit to timeout(1)."""
    return [TIMEOUT, f"--kill-after={_KILL_AFTER_SECONDS}", f"{max(deadline.left(), 0.001):.3f}"]
