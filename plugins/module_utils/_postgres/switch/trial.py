# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against trying the switch's files in check mode, and what a trial must not leave behind."""

from __future__ import annotations

from itertools import islice

from ..code_of_others import read_code
from ..lock import read_holders
from ..session import Session
from ..sql.switch import trial as sql

_NAMED = 3


def why_not_to_try(green: Session, migration: str) -> str:
    """Return in words why check mode must not try the switch's files on green; nothing if it may."""
    holders = read_holders(green, migration)
    if holders:
        return f"another run is at work on green ({'; '.join(map(str, holders))})"
    if green.value(sql.IS_SUPERUSER):
        code = [str(one) for one in islice(read_code(green), _NAMED)]
        if code:
            return f"our role on green is a superuser, and code of others could run as it ({'; '.join(code)})"
    return _why_sequences_would_move(green)


def _why_sequences_would_move(green: Session) -> str:
    found = green.rows(sql.SEQUENCES, {})[0]
    if found["of_others"]:
        return f"our role may draw from the sequence {found['of_others']} and does not own it, so its values would stay"
    if found["number"] > found["most"]:
        return f"there are {found['number']} sequences, too many to keep their values"
    return ""


def keep_sequences(green: Session, lock_seconds: float) -> bool:
    """Let the open transaction change our role's sequences so that a rollback brings their values back.

    :returns: false, and nothing was done, where there are too many of them, or some that are not our role's
    """
    if _why_sequences_would_move(green):
        return False
    green.run(sql.LOCK_TIMEOUT, {"ms": max(1, int(lock_seconds * 1000))})
    green.run(sql.KEEP_SEQUENCES)
    return True
