# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from outside, without terminal control characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Callable

# C0 except tab and line feed, delete, C1; characters that change the writing direction; invalid characters.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAKS = re.compile(r"[\n\t]")


def without_controls(text: str) -> str:
    """Return a text of one or more lines with its control characters written as numbers."""
    return _OBEYED.sub(_number, text)


def one_line(value: Any) -> str:
    """Return a text as one line, so it cannot start a new one."""
    return _BREAKS.sub(_number, without_controls(str(value)))


def on_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return ``value``, JSON-like, with each of its texts changed, keys included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {on_texts(key, change): on_texts(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [on_texts(item, change) for item in value]
    return value


def _number(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape", "surrogatepass").decode("ascii")
