# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scales and axes: where a value lies, and which values an axis names. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

_DECIMAL = (1.0, 2.0, 5.0, 10.0)
_BYTES = ("bytes", "kB", "MB", "GB", "TB")
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_OF_TIME = (
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR,
    2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY,
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """A straight line from values to places: ``low`` lies at ``start``, ``high`` at ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value lies. Where all values are one, it lies in the middle."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def from_zero(high: float, most: int, whole: bool = False) -> tuple[float, ...]:
    """Return the values that an axis from zero names, the last of them not below ``high``; at most ``most`` steps.

    :param whole: for what has no parts, such as bytes
    """
    rough = high / most
    if rough <= 0:
        return (0.0, 1.0)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in _DECIMAL if power * one >= rough * (1 - 1e-9))
    step = max(1.0, step) if whole else step
    count = max(1, math.ceil(high / step * (1 - 1e-9)))
    return tuple(step * number for number in range(count + 1))


@dataclass(frozen=True)
class Unit:
    """What an axis counts in: its name, how many of them the value one is, and whether it has no parts."""

    name: str
    factor: float
    whole: bool = False


def unit_of_seconds(high: float) -> Unit:
    """Return the unit in which an axis of times up to ``high`` seconds is read most easily."""
    if high < 1:
        return Unit("ms", 1000.0)
    if high < 2 * _MINUTE:
        return Unit("s", 1.0)
    return Unit("min", 1 / _MINUTE) if high < 2 * _HOUR else Unit("h", 1 / _HOUR)


def unit_of_bytes(high: float) -> Unit:
    """Return the unit in which an axis of amounts up to ``high`` bytes is read most easily."""
    power = 0
    while high >= 1024 ** (power + 1) and power < len(_BYTES) - 1:
        power += 1
    return Unit(_BYTES[power], 1 / 1024**power, whole=power == 0)


def of_time(first: float, last: float, most: int) -> tuple[float, ...]:
    """Return round moments between two, in seconds since 1970, at most ``most`` of them."""
    length = max(last - first, 1.0)
    step = next((one for one in _OF_TIME if length / one <= most - 1), None)
    if step is None:
        step = _OF_TIME[-1] * math.ceil(length / _OF_TIME[-1] / max(1, most - 1))
    return tuple(_multiples(first, last, step))


def _multiples(first: float, last: float, step: float) -> Iterator[float]:
    moment = math.ceil(first / step) * step
    while moment <= last:
        yield moment
        moment += step


def moments_in_words(moments: tuple[float, ...]) -> tuple[str, ...]:
    """Return what an axis writes below its moments: as much of date and time as tells them apart."""
    times = [datetime.fromtimestamp(moment, timezone.utc) for moment in moments]
    if times and all((time.hour, time.minute, time.second) == (0, 0, 0) for time in times):
        return tuple(f"{time:%d %b}" for time in times)
    pattern = "%H:%M:%S" if any(time.second for time in times) else "%H:%M"
    return tuple(time.strftime(pattern) for time in times)
