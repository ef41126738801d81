# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a session begins with: a server refuses a session that asks for one that it does not know."""

from __future__ import annotations

from collections.abc import Mapping

from .._domain.endpoint import Endpoint
from .._domain.session_settings import UNKNOWN_BEFORE_TABLE_ACCESS_METHODS, options

# A server's version is known only once it has let somebody in.
_OLDER: set[tuple[tuple[str, str], ...]] = set()


def startup_options(endpoint: Endpoint, settings: Mapping[str, str]) -> str:
    """Return libpq's ``options`` for a session there, after the user's own: the last value of a setting counts."""
    own = endpoint.keywords.get("options", "")
    return f"{own} {options(settings, with_younger=_key(endpoint) not in _OLDER)}".strip()


def asked_too_much(endpoint: Endpoint, error: Exception) -> bool:
    """Tell whether a server refused a session for a setting that it does not know; it is not asked again."""
    if _key(endpoint) in _OLDER or not any(f'"{name}"' in str(error) for name in UNKNOWN_BEFORE_TABLE_ACCESS_METHODS):
        return False
    _OLDER.add(_key(endpoint))
    return True


def _key(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, endpoint.keywords.get(name, "")) for name in ("host", "hostaddr", "port", "service")))
