# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Positions in a server's WAL, and the timelines that it went through. Pure."""

from __future__ import annotations

FIRST_TIMELINE = 1


def lsn_number(lsn: str) -> int:
    """Return a WAL position as a number.

    :raises ValueError: when it is not in PostgreSQL's form, ``16/B374D848``
    """
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def lsn_text(number: int) -> str:
    """Return it as the server writes it."""
    return f"{number >> 32:X}/{number & 0xFFFFFFFF:X}"


def ends_of_timelines(history: str) -> dict[int, str]:
    """Return where each timeline ended, from a history file: a line has its number, its end, and a reason."""
    lines = (line.split("\t") for line in history.splitlines() if line.strip() and not line.startswith("#"))
    return {int(timeline): end for timeline, end, *_reason in lines}
