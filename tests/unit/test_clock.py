# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deadline: what is left of it, when it has passed, and what stops it."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DeadlineReached


class Hands:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_time_runs_down_to_nothing_and_no_further(hands: Hands) -> None:
    deadline = Deadline(2.0, "The copy", hands)
    hands.now = 101.5
    assert (deadline.left(), deadline.left_milliseconds()) == (0.5, 500)
    deadline.check()
    hands.now = 103.0
    assert (deadline.left(), deadline.left_milliseconds()) == (0.0, 1), "0 would mean without limit to a server"
    with pytest.raises(DeadlineReached, match="BG010: The copy did not end within 2 s"):
        deadline.check()


def test_a_statement_may_end_by_the_server_s_own_timeout_first(hands: Hands) -> None:
    deadline = Deadline(2.0, "The copy", hands)
    for now, overdue in ((102.0, False), (102.5, False), (102.6, True)):
        hands.now = now
        assert deadline.overdue(0.5) is overdue


def test_what_was_stopped_has_no_time_left_and_says_by_what(hands: Hands) -> None:
    deadline = Deadline(60.0, "The copy", hands)
    deadline.stop("SIGTERM")
    assert (deadline.left(), deadline.overdue(10.0)) == (0.0, True)
    with pytest.raises(DeadlineReached, match="BG010: The copy was stopped by SIGTERM"):
        deadline.check()
