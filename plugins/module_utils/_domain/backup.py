# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of the user's proof that blue has a backup, and whether it is recent enough. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone

_CLOCKS_DIFFER = 300.0  # seconds
_HOUR = 3600.0


@dataclass(frozen=True)
class Backup:
    """The answer of the user's backup proof. ``completed_at``: seconds since the epoch, ``None`` if it named no
    time."""

    proof: str
    completed_at: float | None
    problem: str = ""

    def judged(self, now: float, max_age_hours: float) -> tuple[bool | None, str]:
        """Return whether it is recent enough, ``None`` if unknown, and how that is known."""
        if self.completed_at is None:
            return None, self.problem or "it did not say when it was completed"
        age = now - self.completed_at
        if age < -_CLOCKS_DIFFER:
            return None, "its time lies in the future"
        hours = f"completed {max(0.0, age) / _HOUR:.1f} hours ago"
        if age > max_age_hours * _HOUR:
            return False, f"{hours}, more than {max_age_hours:g}"
        return True, hours


def parse_time(text: str) -> float | None:
    """Return seconds since the epoch for ISO 8601 (UTC without a zone) or for such seconds; ``None`` for anything
    else."""
    text = text.strip()
    if re.fullmatch(r"\d{9,}(\.\d+)?", text):
        return float(text)
    try:
        moment = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
