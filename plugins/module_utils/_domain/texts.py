# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from outside, without terminal control characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Callable

# C0 except tab and line feed, delete, C1; characters that change the writing direction; invalid characters.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAKS = re.compile(r"[\n\t]")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
# Letters and marks that nothing is drawn for.
_DRAWN_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def without_controls(text: str) -> str:
    """Return a text of one or more lines with its control characters written as numbers."""
    return _OBEYED.sub(_number, text)


def one_line(value: Any) -> str:
    """Return a text as one line, so it cannot start a new one."""
    return _BREAKS.sub(_number, without_controls(str(value)))


def with_invisible_numbered(text: str) -> str:
    """Return a text with each character written as a number that a reader would not see, or take for a space."""
    return "".join(_written(character) if _is_invisible(character) else character for character in text)


def _is_invisible(character: str) -> bool:
    if character == " ":
        return False
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES or bool(_DRAWN_AS_NOTHING.match(character))


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
    return _written(found.group())


def _written(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
