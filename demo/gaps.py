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

    A pause counts in full when it reaches over an edge of the window. Where nothing happened before or after the
    window its edge takes the place of the missing moment, so that silence is never a short gap. `moments` ascend.
    """
    first = bisect_right(moments, start)
    last = bisect_left(moments, end)
    before = moments[first - 1] if first > 0 else start
    after = moments[last] if last < len(moments) else end
    return max(later - earlier for earlier, later in pairwise([before, *moments[first:last], after]))
