# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the user's own checks; the doc fragment `health_checks` documents it."""

from __future__ import annotations

from typing import Any


def health_checks() -> dict[str, Any]:
    """Return the parameter."""
    return {
        "health_checks": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": _health_check(),
            "mutually_exclusive": [("url", "sql", "command")],
            "required_one_of": [("url", "sql", "command")],
        }
    }


def _health_check() -> dict[str, Any]:
    return {
        "name": {"type": "str", "required": True},
        "url": {"type": "str", "no_log": True},
        "status": {"type": "int", "default": 200},
        "body": {"type": "str"},
        "sql": {"type": "str"},
        "side": {"type": "str", "choices": ["blue", "green"], "default": "green"},
        "command": {"type": "list", "elements": "str"},
        "timeout": {"type": "float", "default": 10.0},
    }
