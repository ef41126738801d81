# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a versioned migration that psql runs may not say: it would end its transaction, skip a part, or go unchecked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import MigrationError
from ..sql_text import COMMAND, STATEMENT, pieces

_ENDS = re.compile(
    r"(?:COMMIT|END|ABORT|ROLLBACK)\b(?!\s+PREPARED\b)(?!(?:\s+(?:WORK|TRANSACTION))?\s+TO\b)"
    r"|PREPARE\s+TRANSACTION\b",
    re.IGNORECASE,
)
_QUITS = re.compile(r"\\(?:q|quit)(?![a-z_])")
_LOOSENS = re.compile(r"\\(?:un)?set\s+ON_ERROR_ROLLBACK(?![A-Za-z_])")
# Within one transaction the record of the version fails after these.
_LOOSENS_ALONE = re.compile(r"\\(?:(?:un)?set\s+(?:ON_ERROR_STOP|AUTOCOMMIT)(?![A-Za-z_])|(?:c|connect)(?![a-z_]))")
_INCLUDES = re.compile(r"\\(?P<command>i|include|ir|include_relative)(?![a-z_])\s*(?P<path>.*)")
_QUOTED = re.compile(r"'((?:[^'\\]|'')*)'")
_PLAIN = re.compile(r"[^\s'\"`:\\]+")


@dataclass(frozen=True)
class Include:
    """A file that another one includes; ``beside``: its path begins where that file is, not where psql runs."""

    path: str
    beside: bool


def refuse_what_escapes(name: str, text: str, in_transaction: bool) -> None:
    """Refuse what psql would obey although it makes the record of the version untrue.

    :raises MigrationError: BG226 for the end of the file's transaction, BG253 for a command of psql's
    """
    for piece in pieces(text):
        place = f" at line {text.count(chr(10), 0, piece.start) + 1}"
        if piece.kind == STATEMENT and in_transaction and _ENDS.match(piece.text):
            raise ends_its_transaction(name, f"{place}: {_short(piece.text)}")
        if piece.kind != COMMAND:
            continue
        if _QUITS.match(piece.text):
            raise _unchecked(name, f"{_short(piece.text)}{place}, after which nothing would run")
        if _LOOSENS.match(piece.text) or (not in_transaction and _LOOSENS_ALONE.match(piece.text)):
            raise _unchecked(name, f"{_short(piece.text)}{place}, after which a statement that failed would go unseen")


def includes(name: str, text: str) -> Iterator[Include]:
    """Yield the files that psql would read at ``\\i`` and ``\\ir``.

    :raises MigrationError: BG253 where psql would compute the path
    """
    for piece in pieces(text):
        match = _INCLUDES.match(piece.text) if piece.kind == COMMAND else None
        if match is None:
            continue
        told = match["path"].strip()
        quoted, plain = _QUOTED.fullmatch(told), _PLAIN.fullmatch(told)
        if not (quoted or plain):
            raise _unchecked(name, f"{_short(piece.text)}, whose path psql would compute, so a change would go unseen")
        path = quoted.group(1).replace("''", "'") if quoted else told
        yield Include(path, match["command"] in ("ir", "include_relative"))


def cannot_be_included(name: str, why: str) -> MigrationError:
    """Return the refusal of a file whose included file cannot be read, so that a change of it would go unseen."""
    return _unchecked(name, why)


def ends_its_transaction(name: str, where: str) -> MigrationError:
    """Return the refusal of a file that would end the transaction that it shares with its record."""
    return MigrationError(
        "BG226",
        f"{name} ends its own transaction{where}",
        "The file had no effect: it runs in one transaction",
        "Take BEGIN, COMMIT and ROLLBACK out of the file; or begin it with the comment -- bluegreen: no-transaction",
    )


def _unchecked(name: str, what: str) -> MigrationError:
    return MigrationError(
        "BG253",
        f"{name} has a command of psql's that cannot be checked: {what}",
        "Nothing was changed",
        "Take the command out of the file; include other files by \\ir with their path as it is",
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
