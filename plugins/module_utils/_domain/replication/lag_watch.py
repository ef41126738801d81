# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When replication is late, and when it has recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..progress import duration


@dataclass(frozen=True)
class Lag:
    """One measurement of one direction.

    ``seconds``: how long a row took, ``None`` if it did not arrive; ``reason`` says why.
    """

    seconds: float | None
    reason: str = ""

    def late(self, warning_seconds: float) -> bool:
        """Tell whether it is above the limit; an unknown lag counts as late."""
        return self.seconds is None or self.seconds > warning_seconds

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"seconds": self.seconds, "reason": self.reason}


def anything_late(lags: Mapping[str, Lag], warning_seconds: float) -> bool:
    """Tell whether any direction is late."""
    return any(lag.late(warning_seconds) for lag in lags.values())


def watch_line(lags: Mapping[str, Lag], left: float) -> str:
    """Return one reading in words, and how much longer the watch takes."""
    taken = ", ".join(f"{name} {_in_words(lag)}" for name, lag in lags.items())
    return f"a row takes: {taken}; about {duration(left)} left"


def _in_words(lag: Lag) -> str:
    return f"not known ({lag.reason})" if lag.seconds is None else f"{lag.seconds * 1000:.0f} ms"
