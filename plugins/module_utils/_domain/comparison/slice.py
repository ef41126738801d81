# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison in time slices: what one call leaves to the next, so that progress can be shown in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..clock import Deadline

# With less time left than this the call continues to the end, since another one would first have to open sessions.
_LAST_SECONDS = 10.0


@dataclass(frozen=True)
class Before:
    """The state from earlier slices: seconds spent and paused, a continued run, tables that took too long."""

    elapsed: float = 0.0
    paused: float = 0.0
    resumed: bool = False
    too_slow: tuple[str, ...] = ()

    @classmethod
    def of(cls, resume: Mapping[str, Any]) -> Before:
        """Read what :meth:`as_result` returned."""
        return cls(
            elapsed=float(resume.get("elapsed") or 0.0),
            paused=float(resume.get("paused") or 0.0),
            resumed=bool(resume.get("resumed")),
            too_slow=tuple(map(str, resume.get("too_slow") or ())),
        )

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "elapsed": self.elapsed,
            "paused": self.paused,
            "resumed": self.resumed,
            "too_slow": list(self.too_slow),
        }


class Slice:
    """The time after which a call ends between two ranges, counted from now.

    :param seconds: how long it may take; ``None``: to the end
    :param whole: the time of all slices together
    """

    def __init__(self, seconds: float | None, whole: Deadline) -> None:
        self._end = None if seconds is None else Deadline(seconds, "The slice")
        self._whole = whole

    @property
    def is_over(self) -> bool:
        """Tell whether to leave the next range to the next call."""
        return self._end is not None and self._end.left() <= 0.0 and self._whole.left() > _LAST_SECONDS
