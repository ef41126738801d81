# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameter ``application``: how the application itself connects; a doc fragment documents it, and a test compares
both."""

from __future__ import annotations

from typing import Any

from .arguments import keywords


def application() -> dict[str, Any]:
    """Return the argument spec of the parameter."""
    return {"type": "dict", "options": {**keywords(), "dsn": {"type": "str", "no_log": True}}}
