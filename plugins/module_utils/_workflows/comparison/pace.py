# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets a comparison sleep between rows while other processes need the CPU."""

from __future__ import annotations

import time

from ..._domain.comparison.pace import WITHOUT_REST, Rest, is_in_the_way, rest_for
from ..._postgres.comparison import pace as postgres
from .pair import Pair

_LOOK_AGAIN_SECONDS = 1.0
_TRY_AGAIN_SECONDS = 30.0


class Pace:
    """Called before each range: how much the statements that hash it should sleep.

    :param busy_percent: the share of their time that they work while others need the CPU; 100 never sleeps
    """

    def __init__(self, pair: Pair, busy_percent: float) -> None:
        self._pair = pair
        self._busy_percent = busy_percent
        self._look_at = self._try_at = float("-inf")
        self._in_the_way = False
        self.rests = False

    def rest(self, rows: int, number_of_bytes: int) -> Rest:
        """Return how much to sleep for a table, of which ``rows`` rows take up ``number_of_bytes``."""
        if self._busy_percent < 100 and time.monotonic() >= self._look_at:
            self.rests = postgres.others_at_work(self._pair.reference) and self._is_in_the_way()
            self._look_at = time.monotonic() + _LOOK_AGAIN_SECONDS
        return rest_for(self._busy_percent, rows, number_of_bytes) if self.rests else WITHOUT_REST

    def _is_in_the_way(self) -> bool:
        if time.monotonic() >= self._try_at:
            # On both sides at once, as ranges are hashed: they may share a machine.
            self._in_the_way = is_in_the_way(max(self._pair.both(postgres.read_interruptions)))
            self._try_at = time.monotonic() + _TRY_AGAIN_SECONDS
        return self._in_the_way
