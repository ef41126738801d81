# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of a cutover's other conditions; the doc fragment `conditions` documents it."""

from __future__ import annotations

from typing import Any


def conditions() -> dict[str, Any]:
    """Return the parameters."""
    approval = {"word": {"type": "str"}, "file": {"type": "path"}, "row": {"type": "bool", "default": False}}
    plans = {
        "regression": {"type": "str", "choices": ["off", "warn", "block"], "default": "off"},
        "top": {"type": "int", "default": 20},
        "cost_factor": {"type": "float", "default": 2.0},
        "timeout": {"type": "float", "default": 60.0},
    }
    return {
        "comparison_max_age_hours": {"type": "float", "default": 0.0},
        "require_statistics": {"type": "bool", "default": True},
        "approval": {"type": "dict", "options": approval},
        "prerequisites": {"type": "list", "elements": "dict", "default": []},
        "plans": {"type": "dict", "options": plans},
        "refresh_views": {"type": "str", "choices": ["once", "before_switch", "never"], "default": "never"},
        "postpone_file": {"type": "path"},
        "postpone_limit": {"type": "float", "default": 3600.0},
    }
