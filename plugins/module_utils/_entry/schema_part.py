# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters that say which part of blue's schema is copied; a doc fragment documents them, and a test compares
both."""

from __future__ import annotations

from typing import Any

_NAMES = {"type": "list", "elements": "str", "default": []}


def schema_part() -> dict[str, Any]:
    """Return the argument spec of what is included and excluded, and of the folder of PostgreSQL's programs."""
    return {
        "pg_bindir": {"type": "path", "default": ""},
        "include": {"type": "dict", "options": {"schemas": dict(_NAMES), "tables": dict(_NAMES)}},
        "exclude": {
            "type": "dict",
            "options": {"schemas": dict(_NAMES), "tables": dict(_NAMES), "extensions": dict(_NAMES)},
        },
    }
