# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries in slices: the next slice goes on with what the one before has counted."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.flights import (
    Before,
    Flights,
    canary_line,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.traffic import Counters
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction


def _flown(*milliseconds: float) -> Flights:
    flights = Flights()
    for one in milliseconds:
        flights.add(one)
    return flights


def test_the_last_and_the_slowest_are_kept() -> None:
    assert _flown(3.0, 9.0, 4.0).as_result() == {"milliseconds": 4.0, "slowest": 9.0, "sent": 3}


def test_before_the_first_nothing_is_known_to_be_slow() -> None:
    assert Flights().as_result() == {"milliseconds": 0.0, "slowest": 0.0, "sent": 0}
    assert _flown(0.4).as_result() == {"milliseconds": 0.4, "slowest": 0.4, "sent": 1}


def test_a_slice_hands_everything_to_the_next() -> None:
    counters = {Direction.FORWARD: Counters(1, {"insert_exists": 2}, 3), Direction.REVERSE: Counters(None, None, None)}
    before = Before(12.5, {Direction.FORWARD: _flown(3.0), Direction.REVERSE: _flown(1.0, 2.0)}, counters)
    assert Before.from_resume(before.as_resume()) == before
    assert Before.from_resume({}) == Before()


def test_how_canaries_do_in_words() -> None:
    flights = {Direction.FORWARD: _flown(9.0, 4.5), Direction.REVERSE: _flown(2.0)}
    assert canary_line(flights, 41.2) == (
        "canaries: forward 4.5 ms, the slowest of 2 9 ms; reverse 2 ms, the slowest of 1 2 ms; about 41 s left"
    )
