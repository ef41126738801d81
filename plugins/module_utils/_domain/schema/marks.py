# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marks of a versioned migration's file: comments before its first statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from ..errors import MigrationError
from ..sql_text import COMMAND, COMMENT, STATEMENT, Piece, pieces

BEFORE_COPY = "before_copy"
AT_CUTOVER = "at_cutover"
AFTER_CUTOVER = "after_cutover"
PHASES = (BEFORE_COPY, AT_CUTOVER, AFTER_CUTOVER)
_NO_TRANSACTION = "no-transaction"
_WORDS = (*PHASES, _NO_TRANSACTION)
_MARK = re.compile(r"bluegreen:\s*(?P<words>.*)")
_FRAME = " \t\f\v-*/#!|+"
# Nothing but a setting of psql's own may stand before a mark.
_SETS_PSQL = re.compile(r"\\(?:set|unset|pset|echo|qecho|warn|timing|encoding)(?![a-z_])")
# What somebody writes who means a mark. To refuse a sentence that means something else harms nobody.
_OUR_NAME = re.compile(r"(?P<name>blue[\W_]*green)(?P<rest>.*)", re.IGNORECASE)
_ASSIGNS = re.compile(r"\s*[:=]")
_KNOWN = re.compile(r"(?:before|at|after)[\W_]*(?:copy|cut[\W_]*over)\b|no[\W_]*transaction\b", re.IGNORECASE)
_ALONE = re.compile(r"(?:\w+\s*[:=]\s*)?(?:(?:before|at|after)[-_](?:copy|cutover)|no[-_]transaction)", re.IGNORECASE)
_CLOSE = 0.8
_TRANSACTION_CONTROL = re.compile(
    r"(?:BEGIN|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START\s+TRANSACTION|PREPARE\s+TRANSACTION)\b",
    re.IGNORECASE,
)
_FROM_CLIENT = re.compile(r"COPY\b.*\b(?:FROM|TO)\s+(?:STDIN|STDOUT)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Marks:
    """``phase``: when the file runs. ``in_transaction``: whether it does so in one transaction."""

    phase: str = BEFORE_COPY
    in_transaction: bool = True


def read_marks(name: str, text: str) -> Marks:
    """Return the marks in the comments ``bluegreen: …`` before the first statement.

    :raises MigrationError: BG260 for an unknown word, two different times to run, and anything that looks like a mark
        and is none, wherever it stands
    """
    words = list(dict.fromkeys(_words(name, text)))
    phases = [word for word in words if word in PHASES]
    unknown = [word for word in words if word not in _WORDS]
    if unknown:
        raise _not_understood(name, f"says {unknown[0]!r} in its comment, which cannot be understood")
    if len(phases) > 1:
        raise _not_understood(name, f"says two times to run, {' and '.join(phases)}, which cannot be understood")
    return Marks(next(iter(phases), BEFORE_COPY), _NO_TRANSACTION not in words)


def require_no_mark(name: str, text: str) -> None:
    """Refuse a mark where nobody would obey it: in a file that another one includes.

    :raises MigrationError: BG260
    """
    for piece in pieces(text):
        for line in _lines(piece):
            if _MARK.fullmatch(line) or _looks_like_a_mark(line):
                raise _not_understood(name, f"has the comment {line!r}, which only the file that includes it may have")


def require_phase_of_up(name: str, text: str, phase: str) -> None:
    """Refuse a down file that says another time than its up file, which alone decides.

    :raises MigrationError: BG260
    """
    for word in _words(name, text):
        if word in PHASES and word != phase:
            raise _not_understood(name, f"says {word}, and the file that it takes back runs {phase}")


def why_not_within_a_switch(name: str, text: str) -> str:
    """Tell why a file cannot run within the transaction that opens the new side; nothing if it can.

    No psql reads the file there, and nothing in it may end that transaction. The server refuses what this check cannot
    see.
    """
    if not read_marks(name, text).in_transaction:
        return "it asks to run without a transaction"
    for piece in pieces(text):
        if piece.kind == COMMAND:
            return f"it has a command of psql's ({_short(piece.text)})"
        if piece.kind == STATEMENT and _FROM_CLIENT.match(piece.text):
            return f"it copies from or to the client ({_short(piece.text)})"
        if piece.kind == STATEMENT and _TRANSACTION_CONTROL.match(piece.text):
            return f"it begins or ends a transaction ({_short(piece.text)})"
    return ""


def _words(name: str, text: str) -> Iterator[str]:
    found = list(pieces(text))
    begins = min((piece.start for piece in found if _runs(piece)), default=len(text))
    for piece in found:
        for line in _lines(piece):
            mark = _MARK.fullmatch(line)
            if mark and piece.end <= begins:
                yield from re.split(r"[\s,]+", mark["words"])
            elif mark:
                raise _not_understood(name, f"has the comment {line!r} after its first statement, and would ignore it")
            elif _looks_like_a_mark(line):
                raise _not_understood(name, f"has the comment {line!r}, which looks like a mark and is none")


def _runs(piece: Piece) -> bool:
    return piece.kind == STATEMENT or (piece.kind == COMMAND and not _SETS_PSQL.match(piece.text))


def _lines(piece: Piece) -> Iterator[str]:
    """Yield a comment's lines without what frames them."""
    if piece.kind == COMMENT:
        yield from (line.strip(_FRAME) for line in re.split(r"[\r\n]", piece.text))


def _looks_like_a_mark(line: str) -> bool:
    if _ALONE.fullmatch(line):
        return True
    ours = _OUR_NAME.match(line)
    if ours is None:
        name, sign, _rest = line.partition(":")
        return bool(sign and " " not in name.strip() and get_close_matches(name.lower(), ["bluegreen"], cutoff=_CLOSE))
    rest = ours["rest"]
    return bool(_ASSIGNS.match(rest) or _KNOWN.search(rest) or any(map(_is_close, rest.split())))


def _is_close(word: str) -> bool:
    return bool(get_close_matches(word.lower(), _WORDS, cutoff=_CLOSE))


def _not_understood(name: str, what: str) -> MigrationError:
    return MigrationError(
        "BG260",
        f"{name} {what}",
        "Nothing was changed",
        f"Write -- bluegreen: before its first statement, with one of {', '.join(PHASES)}, or with {_NO_TRANSACTION}; "
        "word the comment differently if it means something else",
    )


def _short(statement: str) -> str:
    return statement if len(statement) <= 40 else f"{statement[:39]}…"
