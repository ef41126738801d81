# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping secrets out of everything that is printed or stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .phase_names import DONE, FAILED, PHASES
from .sides import Direction, Side
from .texts import on_texts

MASK = "********"
_SHORTEST = 4
_WORDS = (*PHASES, DONE, FAILED, *map(str, Side), *map(str, Direction), "bluegreen", "postgres", "true", "false")
_IN_URI = re.compile(r"(\w://[^\s:/@]*:)[^\s/@]+(?=@)")
_IN_CONNINFO = re.compile(r"""(\b(?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'"]+)""", re.IGNORECASE)


def maskable(secret: str) -> bool:
    """Tell whether replacing a secret everywhere hides it.

    A short one, or one that is part of a word of ours, would show by the gaps, and values that roles read from a result
    would be lost.
    """
    return len(secret) >= _SHORTEST and not any(secret in word for word in _WORDS)


def masked(value: Any, secrets: Iterable[str]) -> Any:
    """Return ``value``, JSON-like, with every secret in every text replaced, in keys as well."""
    known = sorted({secret for secret in secrets if maskable(secret)}, key=len, reverse=True)
    return on_texts(value, lambda text: _without(text, known)) if known else value


def without_credentials(value: Any) -> Any:
    """Return ``value``, JSON-like, with the password of every URI and connection string replaced."""
    return on_texts(value, lambda text: _IN_CONNINFO.sub(rf"\1{MASK}", _IN_URI.sub(rf"\1{MASK}", text)))


def holds_credentials(value: Any) -> bool:
    """Tell whether a value is a text that contains a URI or a connection string with a password."""
    return isinstance(value, str) and bool(_IN_URI.search(value) or _IN_CONNINFO.search(value))


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
