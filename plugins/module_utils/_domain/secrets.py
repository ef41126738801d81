# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping secrets out of what is written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MASK = "********"


def masked(value: Any, secrets: Iterable[str]) -> Any:
    """Return ``value``, JSON-like, with every secret in every text of it replaced, in keys as well."""
    known = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    return _masked(value, known) if known else value


def _masked(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, dict):
        return {_masked(key, secrets): _masked(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(item, secrets) for item in value]
    return value
