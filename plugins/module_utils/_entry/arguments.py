# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of every module, in one place; a doc fragment documents them, and a test compares both."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

from .._domain.endpoint import KEYWORDS, SECRETS
from .._domain.sides import Side


def _keyword(name: str) -> dict[str, Any]:
    return {"type": "str", "no_log": name in SECRETS}


def keywords() -> dict[str, Any]:
    """Return the argument spec of libpq's keywords."""
    return {name: _keyword(name) for name in KEYWORDS}


def _whole_connection(variable: str) -> dict[str, str]:
    """Return a side's connection from the environment; no part of it is mixed with what a task says."""
    return {"dsn": env_fallback(variable)}


def _endpoint(side: Side) -> dict[str, Any]:
    peer = {name: spec for name, spec in keywords().items() if name not in ("service", "options")}
    options = {**keywords(), "dsn": {"type": "str", "no_log": True}, "peer": {"type": "dict", "options": peer}}
    environment = (_whole_connection, [f"BLUEGREEN_{side.upper()}_DSN"])
    return {"type": "dict", "required": True, "options": options, "fallback": environment}


def common() -> dict[str, Any]:
    """Return the argument spec of the parameters that name a migration and its two sides."""
    return {
        "migration": {"type": "str", "required": True},
        "blue": _endpoint(Side.BLUE),
        "green": _endpoint(Side.GREEN),
    }
