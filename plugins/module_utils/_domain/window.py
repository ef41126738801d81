# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The maintenance window, as the user set it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .backup import parse_time


@dataclass(frozen=True)
class Window:
    """When a cutover may begin: seconds since the epoch, ``None`` for what is no time. ``words``: as it was set."""

    start: float | None
    end: float | None
    words: str

    @property
    def fault(self) -> str:
        """Return why it opens at no time; nothing if it does."""
        if self.start is None or self.end is None:
            return "start and end must be times in ISO 8601"
        return "" if self.start <= self.end else f"it ends before it starts ({self.words})"

    def holds(self, now: float) -> bool | None:
        """Tell whether it is open, ``None`` if nobody can tell."""
        if self.start is None or self.end is None:
            return None
        return self.start <= now <= self.end

    def is_over(self, now: float) -> bool:
        """Tell whether it will not open any more."""
        return self.end is not None and self.end < now


def window_of(given: Mapping[str, str | None]) -> Window | None:
    """Return the window, ``None`` where the user set none."""
    start, end = given.get("start"), given.get("end")
    if not (start or end):
        return None
    return Window(parse_time(start or ""), parse_time(end or ""), f"from {start} to {end}")
