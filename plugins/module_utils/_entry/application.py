# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameter ``application``: how the application itself connects; a doc fragment documents it, and a test compares
both."""

from __future__ import annotations

from typing import Any

_KEYWORDS = ("host", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs")


def application() -> dict[str, Any]:
    """Return the argument spec of the parameter."""
    shown = {name: {"type": "str", "no_log": False} for name in _KEYWORDS}
    secrets = {name: {"type": "str", "no_log": True} for name in ("dsn", "password")}
    return {"type": "dict", "options": {**shown, **secrets}}
