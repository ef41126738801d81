# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison in slices: each knows what was before it, and when it leaves the rest to the next."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.slice import Before, Slice


def _whole(left: float) -> Deadline:
    return Deadline(left, "the comparison", lambda: 0.0)


def test_a_slice_tells_the_next_one_all_that_it_has_seen() -> None:
    before = Before(elapsed=12.5, paused=3.5, resumed=True, too_slow=("public.users",))
    assert Before.of(before.as_result()) == before


def test_the_first_slice_has_nothing_before_it() -> None:
    nothing = {"elapsed": 0.0, "paused": 0.0, "resumed": False, "too_slow": []}
    assert Before().as_result() == Before.of({}).as_result() == nothing


def test_a_comparison_without_slices_goes_on_to_its_end() -> None:
    assert not Slice(None, _whole(100.0)).is_over


@pytest.mark.parametrize(("seconds", "over"), [(0.0, True), (0.9, False), (100.0, False)])
def test_a_slice_is_over_when_its_seconds_are(seconds: float, over: bool) -> None:
    assert Slice(seconds, _whole(100.0)).is_over is over


@pytest.mark.parametrize(("left", "over"), [(10.5, True), (10.0, False), (9.5, False)])
def test_in_the_last_ten_seconds_no_other_slice_begins(left: float, over: bool) -> None:
    assert Slice(0.0, _whole(left)).is_over is over
