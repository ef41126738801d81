# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal scanner of SQL files: splits a text into statements, comments and psql's commands, as psql does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

STATEMENT, COMMENT, COMMAND = "statement", "comment", "command"

_PIECE = r"""
      (?P<comment>--[^\n\r]*)
    | (?P<quoted>
          [eE]'(?:[^'\\]|''|\\.)*'(?:\s*\n\s*'(?:[^'\\]|''|\\.)*')*   # a string with escapes
        | '(?:[^']|'')*'                                              # a string in which backslashes mean nothing
        | "(?:[^"]|"")*"                                              # an identifier
        | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
      )
    | (?P<word>(?i:begin|case|end)(?![\w$]))
    | (?P<plain>(?:(?!(?i:begin|case|end)(?![\w$])|[eE]')[^\W\d][\w$]*|\d[\w.$]*|[.,:=<>]|BLANKS)+)
    | (?P<command>\\[;:]|\\[^\s\\]*(?:'(?:[^'\\\n]|''|\\.)*'|"[^"\n]*"|`[^`\n]*`|\\(?!\\)|[^\\\n])*(?:\\\\)?)
    """
_FLAGS = re.VERBOSE | re.DOTALL
_ANYWHERE = re.compile(_PIECE.replace("BLANKS", r"\s+"), _FLAGS)
_BEFORE_ROWS = re.compile(_PIECE.replace("BLANKS", r"[^\S\n]+"), _FLAGS)  # which begin after the end of a line
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_FROM_STDIN = re.compile(r"\\?COPY\b.*\bFROM\s+(?:STDIN|STDOUT)\b", re.IGNORECASE | re.DOTALL)
_SENDS = re.compile(r"\\(?:;|(?:g|gx|gset|gexec|gdesc|crosstabview|watch)(?![a-z]))")
_END_OF_ROWS = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
# psql lets these bodies contain semicolons.
_ROUTINE = re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A statement on one line with an empty string for everything quoted, a comment with its delimiters, or a
    command of psql's. ``start`` and ``end`` are where it begins and ends in the text."""

    kind: str
    text: str
    start: int
    end: int


def statements(text: str) -> Iterator[str]:
    """Yield each statement on one line, without comments, and with an empty string for everything quoted."""
    for piece in pieces(text):
        if piece.kind == STATEMENT:
            yield piece.text


def pieces(text: str) -> Iterator[Piece]:
    """Yield what psql would find in the text; a statement comes after the comments within it."""
    return _Scanner(text).pieces()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._start: int | None = None
        self._kept: list[str] = []
        self._brackets = 0
        self._bodies = 0
        self._rows_follow = 0

    def pieces(self) -> Iterator[Piece]:
        while self._position < len(self._text):
            start = self._position
            if self._text.startswith("/*", start):
                self._position = _end_of_comment(self._text, start)
                yield Piece(COMMENT, self._text[start : self._position], start, self._position)
                self._keep(" ")
                continue
            match = (_BEFORE_ROWS if self._rows_follow else _ANYWHERE).match(self._text, start)
            if match is None:
                yield from self._sign(self._text[start])
            elif match["comment"] is not None:
                self._position = match.end()
                yield Piece(COMMENT, match["comment"], start, self._position)
                self._keep(" ")
            elif match["command"] is not None:
                yield from self._command(match)
            else:
                self._take(match)
        yield from self._sent()

    def _take(self, match: re.Match[str]) -> None:
        if match["word"] is not None:
            self._count_bodies(match["word"].lower())
        self._keep("''" if match["quoted"] is not None else match.group())
        self._position = match.end()

    def _sign(self, sign: str) -> Iterator[Piece]:
        if sign == ";" and not (self._brackets or self._bodies):
            self._position += 1
            yield from self._sent()
            return
        self._brackets = max(0, self._brackets + {"(": 1, ")": -1}.get(sign, 0))
        self._keep(sign)
        self._position += 1
        if sign == "\n":
            self._skip_rows()

    def _command(self, match: re.Match[str]) -> Iterator[Piece]:
        self._position = match.end()
        told = match.group().removesuffix("\\\\").strip()
        if _SENDS.match(told):
            yield from self._sent()
        if _FROM_STDIN.match(told):
            self._rows_follow += 1
        yield Piece(COMMAND, told, match.start(), match.end())

    def _keep(self, text: str) -> None:
        if self._start is None and not text.isspace():
            self._start = self._position + len(text) - len(text.lstrip())
        self._kept.append(text)

    def _sent(self) -> Iterator[Piece]:
        statement, start = " ".join("".join(self._kept).split()), self._start
        self._kept, self._start, self._brackets, self._bodies = [], None, 0, 0
        if start is not None:
            if _FROM_STDIN.match(statement):
                self._rows_follow += 1
            yield Piece(STATEMENT, statement, start, self._position)

    def _skip_rows(self) -> None:
        while self._rows_follow:
            end = _END_OF_ROWS.search(self._text, self._position)
            self._position = len(self._text) if end is None else end.end()
            self._rows_follow -= 1

    def _count_bodies(self, word: str) -> None:
        """BEGIN ATOMIC … END is a body; within one, CASE ends with END too."""
        if self._brackets or not _ROUTINE.match(" ".join("".join(self._kept).split())):
            return
        if word == "begin" or (word == "case" and self._bodies):
            self._bodies += 1
        elif word == "end":
            self._bodies = max(0, self._bodies - 1)


def _end_of_comment(text: str, start: int) -> int:
    """Return where the comment that begins at ``start`` ends; comments may hold comments."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += {"/*": 1, "*/": -1}[edge.group()]
        if depth == 0:
            return edge.end()
    return len(text)
