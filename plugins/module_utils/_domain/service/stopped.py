# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link that an emergency stopped stays stopped: nothing flows between the two sides any more. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import MigrationError
from ..findings import WARNS, Finding
from ..sides import Side
from .journal import Entry, newest_opened

STOPPED = "BG555"
REMAINS = "BG556"
_TODO = "{fence}Keep {lost}: the module reconcile brings over what it took{file}. Then run cleanup; a new attempt is a "
_ATTEMPT = "new migration, to an empty green"


def stopped_by(entries: Iterable[Entry]) -> Entry | None:
    """Return the newest opening if it was an emergency's, ``None`` if rows may flow.

    After it each side has rows that the other lacks: rows that a link brings may be older than those already there.
    """
    opened = newest_opened(entries)
    return opened if opened is not None and opened.in_emergency else None


def refusal(opening: Entry, lane: str) -> MigrationError:
    """Return the error for an attempt to let rows flow all the same."""
    return MigrationError(
        STOPPED,
        f"{lane} stays stopped: {_what(opening)}",
        f"Nothing flows; {_serves(opening)} is in service and untouched",
        _remains(opening, None),
    )


def echo(lane: str, subscriber: Side) -> MigrationError:
    """Return the error for a lane into the side in service that would bring back older versions of its own rows."""
    return MigrationError(
        "BG558",
        f"{lane} would bring rows of {subscriber}, which is in service, back to it, older than what is there: below "
        "PostgreSQL 16 no link leaves out rows that came by the other link",
        f"Nothing flows into {subscriber}, which is untouched",
        "Leave it as it is: the next switch enables it",
    )


def what_remains(opening: Entry, left_open: Side | None, severity: str = WARNS) -> Finding:
    """Return what is left to do after an emergency.

    :param left_open: the side that has returned without a fence
    """
    return Finding(REMAINS, severity, str(_serves(opening)), _what(opening), _remains(opening, left_open))


def _serves(opening: Entry) -> Side:
    return opening.target or opening.side


def _what(opening: Entry) -> str:
    serves = _serves(opening)
    return (
        f"switch {opening.epoch}, an emergency, opened {serves} without {serves.other}; what {serves.other} has may be "
        "older than what has been written since, and nothing may flow between them any more"
    )


def _remains(opening: Entry, left_open: Side | None) -> str:
    file = opening.details.get("file")
    fence = f"Run rollback, which fences {left_open}. " if left_open else ""
    where = f" (tables and times are in {file})" if file else ""
    return (_TODO + _ATTEMPT).format(fence=fence, lost=_serves(opening).other, file=where)
