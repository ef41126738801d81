# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from databases, escaped so that they stay plain text wherever they are shown."""

from __future__ import annotations

import re
from typing import Any

from .secrets import without_credentials
from .texts import on_texts, one_line, without_controls

_MARKDOWN = re.compile(r"[\\`*\[<|~]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])")
_AT_BEGINNING = re.compile(r"^(#|>|[+-](?=[\s-]|$)|\d+(?=[.)](?:\s|$)))")


def printable(value: Any) -> Any:
    """Return ``value``, JSON-like, for a terminal: control characters are written as numbers, passwords are hidden."""
    return on_texts(without_credentials(value), without_controls)


def markdown(value: Any) -> str:
    """Return a text that Markdown shows unchanged anywhere in a line, a list or a table's cell."""
    text = _MARKDOWN.sub(lambda found: f"\\{found.group()}", one_line(value).strip())
    return _AT_BEGINNING.sub(_quoted_beginning, text)


def markdown_block(value: Any, language: str = "text") -> str:
    """Return a text of several lines as a fenced block that nothing inside can end."""
    lines = without_controls(str(value).replace("\r\n", "\n")).split("\n")
    fence = "`" + max(["``", *re.findall("`+", "\n".join(lines))], key=len)
    return "\n".join([f"{fence}{language}", *lines, fence])


def _quoted_beginning(found: re.Match[str]) -> str:
    text = found.group()
    return f"{text}\\" if text.isdigit() else f"\\{text}"
