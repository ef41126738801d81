# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as people read them: times, amounts, and what is not known. Pure."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ..progress import duration, size

UNKNOWN = "not known"
_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def moment_of(at: str) -> float:
    """Return a journal's time in seconds since 1970."""
    return datetime.strptime(at, _FORMAT).replace(tzinfo=timezone.utc).timestamp()


def day_and_time(moment: float) -> str:
    """Return a moment to the second, in UTC."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def clock(moment: float) -> str:
    """Return the time of day of a moment, in UTC."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%H:%M:%S")


def milliseconds(value: float | None) -> str:
    """Return a time of a step."""
    return UNKNOWN if value is None else f"{value:,.1f} ms"


def seconds(value: float | None) -> str:
    """Return a time: in milliseconds below one second, to a tenth below one minute."""
    if value is None:
        return UNKNOWN
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else duration(value)


def amount(value: float | None) -> str:
    """Return an amount of bytes."""
    return UNKNOWN if value is None else size(value)


def count(value: Any) -> str:
    """Return a number of things."""
    return UNKNOWN if value is None else f"{value:,}"


def plural(number: int, word: str, words: str = "") -> str:
    """Return a number with its word in the right form."""
    return f"{number:,} {word if number == 1 else words or f'{word}s'}"
