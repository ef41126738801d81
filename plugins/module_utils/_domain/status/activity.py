# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counters of the servers' statistics, and their growth since an earlier reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

ERRORS = ("rollbacks", "deadlocks", "conflicts")
Added = dict[str, Optional[int]]


def errors_since(baseline: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Added:
    """Return how many errors of each kind occurred since ``baseline``; ``None`` if unknown.

    Without an earlier reading, or after a reset of the statistics in between, nothing is known: that is not "none".

    :param baseline: an earlier ``now``
    :param now: the counts of one side by kind, and ``counted_since``, the time from which they count
    """
    if not baseline or baseline.get("counted_since") != now["counted_since"]:
        return dict.fromkeys(ERRORS)
    return {kind: _added(baseline.get(kind), now[kind]) for kind in ERRORS}


def _added(before: Any, after: int) -> int | None:
    """Return the difference; a counter that has shrunk was lost in a crash."""
    return after - before if isinstance(before, int) and after >= before else None
