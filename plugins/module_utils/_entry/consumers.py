# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameter by which the user says what becomes of consumers, documented in doc_fragments/consumers.py."""

from __future__ import annotations

from typing import Any


def consumers() -> dict[str, Any]:
    """Return the argument spec of ``consumers``."""
    options = {"slot": {"type": "str", "required": True}, "publication": {"type": "str"}, "leave": {"type": "str"}}
    return {"consumers": {"type": "list", "elements": "dict", "default": [], "options": options}}
