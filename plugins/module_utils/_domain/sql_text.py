# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal SQL scanner: splits a text into statements, without quoted contents."""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = re.compile(
    r"""
    --[^\n]*                                   # a comment
    | (?<![\w$])[eE]'(?:[^'\\]|''|\\.)*'       # a string with escapes
    | '(?:[^']|'')*'                           # a string in which backslashes mean nothing
    | "(?:[^"]|"")*"                           # an identifier
    | (?<![\w$])\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def statements(text: str) -> Iterator[str]:
    """Yield each statement on one line, without comments, and with an empty string for everything quoted."""
    for part in _without_quoted(text).split(";"):
        words = " ".join(part.split())
        if words:
            yield words


def _without_quoted(text: str) -> str:
    kept, position = [], 0
    while position < len(text):
        if text.startswith("/*", position):
            position = _end_of_comment(text, position)
            kept.append(" ")
            continue
        match = _QUOTED.match(text, position)
        if match is None:
            kept.append(text[position])
            position += 1
        else:
            kept.append(" " if match.group().startswith("--") else "''")
            position = match.end()
    return "".join(kept)


def _end_of_comment(text: str, start: int) -> int:
    """Return where the comment that begins at ``start`` ends; comments may hold comments."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
