# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the circuit breaker; the doc fragment `breaker` documents it, and a test compares both."""

from __future__ import annotations

from typing import Any


def breaker_arguments() -> dict[str, Any]:
    """Return the argument spec of the limits and of the command that reports the free disk space."""
    return {
        "retained_wal": {"type": "bytes", "default": 0},
        "free_disk": {"type": "bytes", "default": 0},
        "free_disk_command": {"type": "list", "elements": "str", "default": []},
    }
