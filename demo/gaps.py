# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Longest pauses between moments in time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise


def longest_gap(moments: Sequence[float], start: float, end: float) -> float:
    """Return the longest pause between successive moments that overlaps the window, in the moments' unit.

    A pause that crosses an edge of the window counts in full. If nothing happened before or after the window, its edge
    replaces the missing moment, so silence is never a short gap. `moments` are ascending.
    """
    first = bisect_right(moments, start)
    last = bisect_left(moments, end)
    before = moments[first - 1] if first > 0 else start
    after = moments[last] if last < len(moments) else end
    return max(later - earlier for earlier, later in pairwise([before, *moments[first:last], after]))
