# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress in words: what is being done, how much of how much, how fast, and when it will end."""

from __future__ import annotations

from dataclasses import dataclass

from .names import slug

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def size(amount: float) -> str:
    """Return an amount of bytes in the largest unit in which it is at least one."""
    unit = 0
    while abs(amount) >= 1024 and unit < len(_UNITS) - 1:
        amount /= 1024
        unit += 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """Return a time in hours, minutes and seconds, without leading zeros."""
    whole = int(seconds + 0.5)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def comparison_line(
    compared: int, total: int, rate: float | None, on_trial: int, held_back_by: str, *, rests: bool = False
) -> str:
    """Return how far a comparison is: bytes of both sides together, bytes per second, rows that are read again.

    :param rests: whether it leaves the CPU to others most of the time
    """
    words = f"compared {size(compared)} of {size(total)}"
    if rate:
        words += f", {size(rate)}/s, about {duration(max(0, total - compared) / rate)} left"
    if on_trial:
        words += f"; {on_trial} rows are looked at again"
    if rests:
        words += "; throttled because others need the CPU (busy_percent)"
    return words + (f"; held back, {held_back_by}" if held_back_by else "")


@dataclass(frozen=True)
class Backlog:
    """Bytes that a direction was behind at a moment; ``None`` is unknown."""

    at: float
    bytes: int | None


def falling_by(before: Backlog | None, now: Backlog) -> float | None:
    """Return by how many bytes per second the backlog shrinks, negative if it grows; ``None`` if unknown."""
    if before is None or before.bytes is None or now.bytes is None or now.at <= before.at:
        return None
    return (before.bytes - now.bytes) / (now.at - before.at)


def seconds_to_drain(before: Backlog | None, now: Backlog) -> float | None:
    """Return when the backlog will be gone at this rate; ``None`` if it grows or is unknown."""
    rate = falling_by(before, now)
    return now.bytes / rate if rate is not None and now.bytes is not None and rate > 0 else None


def drain_line(side: str, before: Backlog | None, now: Backlog) -> str:
    """Return how far a side lags, and how that changes."""
    if now.bytes is None:
        return f"{side} is behind by an unknown number of bytes"
    words = f"{side} is {size(now.bytes)} behind"
    rate, left = falling_by(before, now), seconds_to_drain(before, now)
    if rate is None:
        return words
    if left is None:
        return f"{words}, growing by {size(-rate)}/s" if rate < 0 else f"{words}, not falling"
    return f"{words}, falling by {size(rate)}/s, about {duration(left)} left"


@dataclass(frozen=True)
class Amount:
    """How much of long work is done: bytes, or pieces of a ``kind`` such as tables; ``total`` is ``None`` if unknown.

    ``about``: whether the total is only near. ``more``: what else there is to say.
    """

    done: float
    total: float | None = None
    kind: str = ""
    about: bool = False
    more: str = ""


def work_line(verb: str, amount: Amount, seconds: float) -> str:
    """Return in words what is done, of how much, how fast, and when it will end."""
    say = size if not amount.kind else lambda number: f"{number:.0f}"
    words = f"{verb} {say(amount.done)}"
    if amount.total is not None:
        words += f" of {'about ' if amount.about else ''}{say(amount.total)}"
    words += f" {amount.kind}" if amount.kind else ""
    rate = amount.done / seconds if seconds > 0 else 0.0
    if rate and not amount.kind:
        words += f", {size(rate)}/s"
    if rate and amount.total is not None:
        words += f", about {duration(max(0.0, amount.total - amount.done) / rate)} left"
    return words + (f"; {amount.more}" if amount.more else "")


def work_name(migration: str, module: str) -> str:
    """Return under which name a module keeps its progress: a word that needs no quotes in a shell."""
    return f"{slug(migration)}.{module}"
