# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marks of a versioned migration's file: comments at its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import MigrationError
from ..sql_text import statements

BEFORE_COPY = "before_copy"
AT_CUTOVER = "at_cutover"
AFTER_CUTOVER = "after_cutover"
PHASES = (BEFORE_COPY, AT_CUTOVER, AFTER_CUTOVER)
_NO_TRANSACTION = "no-transaction"
_MARK = re.compile(r"--\s*bluegreen:\s*(?P<words>.*?)\s*")
_TRANSACTION_CONTROL = re.compile(
    r"(?:BEGIN(?!\s+ATOMIC)|COMMIT|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START\s+TRANSACTION|PREPARE\s+TRANSACTION)\b",
    re.IGNORECASE,
)
_FROM_CLIENT = re.compile(r"COPY\b.*\b(?:FROM\s+STDIN|TO\s+STDOUT)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Marks:
    """``phase``: when the file runs. ``in_transaction``: whether it does so in one transaction."""

    phase: str = BEFORE_COPY
    in_transaction: bool = True


def read_marks(name: str, text: str) -> Marks:
    """Return the marks in the comments ``-- bluegreen: …`` before the first statement.

    :raises MigrationError: BG260 for an unknown word, or two different times to run
    """
    words = list(_words(text))
    phases = [word for word in words if word in PHASES]
    unknown = [word for word in words if word not in (*PHASES, _NO_TRANSACTION)]
    if unknown or len(phases) > 1:
        what = f"{unknown[0]!r} in its comment" if unknown else f"two times to run, {' and '.join(phases)}"
        raise MigrationError(
            "BG260",
            f"{name} says {what}, which cannot be understood",
            "Nothing was changed",
            f"Write -- bluegreen: with one of {', '.join(PHASES)}, or with {_NO_TRANSACTION}",
        )
    return Marks(phases[0] if phases else BEFORE_COPY, _NO_TRANSACTION not in words)


def why_not_within_a_switch(name: str, text: str) -> str:
    """Tell why a file cannot run within the transaction that opens the new side; nothing if it can.

    No psql reads the file there, and nothing in it may end that transaction. The server refuses what this check cannot
    see.
    """
    if not read_marks(name, text).in_transaction:
        return "it asks to run without a transaction"
    for statement in statements(text):
        if "\\" in statement:
            return f"it has a command of psql's ({_short(statement[statement.index(chr(92)) :])})"
        if _FROM_CLIENT.match(statement):
            return f"it copies from or to the client ({_short(statement)})"
        if _TRANSACTION_CONTROL.match(statement):
            return f"it begins or ends a transaction ({_short(statement)})"
    return ""


def _words(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = _MARK.fullmatch(line.strip())
        if match:
            yield from re.split(r"[\s,]+", match["words"])
        elif line.strip() and not line.lstrip().startswith("--"):
            return


def _short(statement: str) -> str:
    return statement if len(statement) <= 40 else f"{statement[:39]}…"
