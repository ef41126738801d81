# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the maintenance window; the doc fragment `window` documents it."""

from __future__ import annotations

from typing import Any


def window() -> dict[str, Any]:
    """Return the parameter."""
    return {"window": {"type": "dict", "default": {}, "options": {"start": {"type": "str"}, "end": {"type": "str"}}}}
