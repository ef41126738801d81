# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a lane counts as stopped."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import LaneFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.standstill import Standstill

Look = tuple[float, int | None, int | None, str]
HERE, THERE = "0/10", "0/20"


def told(*looks: Look, errors: int | None = None) -> float | None:
    """Return when a watch says that the lane has stopped; looks are (time, worker, errors, position)."""
    watch = Standstill(errors)
    for at, worker, count, position in looks:
        if watch.see(at, LaneFacts(worker=worker, errors=count, position=position)):
            return at
    return None


def test_a_failure_counts_at_once_while_no_worker_runs() -> None:
    assert told((0, 7, 2, HERE), (1, None, 3, HERE)) == 1
    assert told((0, None, 3, HERE), errors=2) == 0


def test_errors_of_before_are_none() -> None:
    assert told((0, None, 3, HERE), (1, None, 3, HERE), (2, 8, 3, HERE), (60, 8, 3, HERE)) is None


def test_a_worker_that_is_never_missing_does_not_hide_its_failures() -> None:
    assert told((0, 7, 2, HERE), (1, 8, 3, HERE), (2, 8, 3, HERE), (3, 8, 3, HERE), (4, 8, 3, HERE)) == 4
    assert told((0, 7, 2, HERE), (1, 8, 3, HERE), (2, 9, 4, HERE)) == 2


def test_a_lost_connection_is_no_failure_once_rows_are_confirmed_again() -> None:
    assert told((0, 7, 2, HERE), (1, 8, 3, HERE), (2, 8, 3, THERE), (60, 8, 3, THERE)) is None


def test_a_failure_seen_together_with_progress_counts() -> None:
    assert told((0, 7, 2, HERE), (1, None, 3, THERE)) == 1
    assert told((0, 7, 2, HERE), (1, 8, 3, THERE), (4, 8, 3, THERE)) == 4


def test_where_errors_are_not_counted_the_ends_of_workers_are() -> None:
    assert told((0, 7, None, HERE), (1, 8, None, HERE), (2, 8, None, HERE), (4, 8, None, HERE)) == 4
    assert told((0, 7, None, HERE), (1, None, None, HERE), (2, 8, None, HERE), (3, None, None, HERE)) == 3
    assert told((0, 7, None, HERE), (1, None, None, HERE), (2, 8, None, THERE), (60, 8, None, THERE)) is None


def test_a_lane_whose_worker_does_not_come_has_stopped() -> None:
    assert told((0, None, 0, HERE), (5, None, 0, HERE), (8, None, 0, HERE)) == 8
    assert told((0, None, 0, HERE), (5, 7, 0, HERE), (6, None, 0, HERE), (13, None, 0, HERE)) is None


def test_counters_that_were_reset_begin_again() -> None:
    assert told((0, 7, 9, HERE), (1, 7, 0, HERE), (60, 7, 0, HERE)) is None
    assert told((0, 7, 9, HERE), (1, 7, 0, HERE), (2, None, 1, HERE)) == 2


def test_a_later_watch_goes_on_from_the_count_of_the_earlier_one() -> None:
    watch = Standstill()
    watch.see(0, LaneFacts(worker=7, errors=2, position=HERE))
    watch.see(1, LaneFacts(worker=8, errors=3, position=HERE))
    assert watch.errors == 2
    watch.see(2, LaneFacts(worker=8, errors=3, position=THERE))
    assert watch.errors == 3


def test_a_count_that_cannot_be_read_for_a_moment_is_no_failure() -> None:
    assert told((0, 7, 2, HERE), (1, 7, None, HERE), (2, 7, 2, HERE), (60, 7, 2, HERE)) is None
    assert told((0, 7, 2, HERE), (1, 7, None, HERE), (2, None, 3, HERE)) == 2
