# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of a cutover's other conditions; the doc fragment `conditions` documents it."""

from __future__ import annotations

from typing import Any


def conditions() -> dict[str, Any]:
    """Return the parameters."""
    window = {"start": {"type": "str"}, "end": {"type": "str"}}
    approval = {"word": {"type": "str"}, "file": {"type": "path"}, "row": {"type": "bool", "default": False}}
    return {
        "comparison_max_age_hours": {"type": "float", "default": 0.0},
        "require_statistics": {"type": "bool", "default": True},
        "health_checks": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": _health_check(),
            "mutually_exclusive": [("url", "sql", "command")],
            "required_one_of": [("url", "sql", "command")],
        },
        "window": {"type": "dict", "options": window},
        "approval": {"type": "dict", "options": approval},
        "prerequisites": {"type": "list", "elements": "dict", "default": []},
        "postpone_file": {"type": "path"},
        "postpone_limit": {"type": "float", "default": 3600.0},
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
