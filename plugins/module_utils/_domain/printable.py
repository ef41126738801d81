# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from databases, each written so that where it goes it is text and nothing else."""

from __future__ import annotations

import re
from typing import Any

from .secrets import on_texts, without_credentials

# C0 but tab and line feed, delete, C1; what turns the direction of writing; what is no character at all.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAKS = re.compile(r"[\n\t]")
_MARKDOWN = re.compile(r"[\\`*\[<|~]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])")
_AT_BEGINNING = re.compile(r"^([#+=>-]|\d+(?=[.)]))")


def printable(value: Any) -> Any:
    """Return ``value``, JSON-like, for a terminal: what it would obey is written as its number, a password hidden."""
    return on_texts(without_credentials(value), lambda text: _OBEYED.sub(_number, text))


def one_line(value: Any) -> str:
    """Return a text that can begin no line of its own."""
    return _BREAKS.sub(_number, _OBEYED.sub(_number, str(value)))


def markdown(value: Any) -> str:
    """Return a text that Markdown shows as it is, wherever in a line, a list or a table's cell it stands."""
    text = _MARKDOWN.sub(lambda found: f"\\{found.group()}", one_line(value).strip())
    return _AT_BEGINNING.sub(_quoted_beginning, text)


def markdown_block(value: Any, language: str = "text") -> str:
    """Return a text of several lines as a fenced block that nothing in it ends."""
    lines = [one_line(line) for line in str(value).split("\n")]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def _number(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape", "surrogatepass").decode("ascii")


def _quoted_beginning(found: re.Match[str]) -> str:
    text = found.group()
    return f"{text}\\" if text.isdigit() else f"\\{text}"
