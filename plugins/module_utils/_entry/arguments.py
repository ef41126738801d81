# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of every module, in one place; a doc fragment documents them, and a test compares both."""

from __future__ import annotations

from typing import Any

from .._domain.endpoint import KEYWORDS, SECRETS


def _keyword(name: str) -> dict[str, Any]:
    return {"type": "str", "no_log": name in SECRETS}


def keywords() -> dict[str, Any]:
    """Return the argument spec of libpq's keywords."""
    return {name: _keyword(name) for name in KEYWORDS}


def _endpoint() -> dict[str, Any]:
    peer = {name: spec for name, spec in keywords().items() if name not in ("service", "options")}
    options = {**keywords(), "dsn": {"type": "str", "no_log": True}, "peer": {"type": "dict", "options": peer}}
    return {"type": "dict", "required": True, "options": options}


def common() -> dict[str, Any]:
    """Return the argument spec of the parameters that name a migration and its two sides."""
    return {
        "migration": {"type": "str", "required": True},
        "blue": _endpoint(),
        "green": _endpoint(),
    }
