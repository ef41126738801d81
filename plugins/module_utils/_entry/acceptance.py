# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameter by which findings are accepted, documented in doc_fragments/acceptance.py."""

from __future__ import annotations

from typing import Any


def accepted() -> dict[str, Any]:
    """Return the argument spec of ``accepted``."""
    options = {
        "code": {"type": "str", "required": True},
        "object": {"type": "str"},
        "reason": {"type": "str", "required": True},
        "expires": {"type": "str"},
    }
    return {"accepted": {"type": "list", "elements": "dict", "default": [], "options": options}}
