# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a lane may read on from the primary that its publisher has after a failover."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.positions import (
    ends_of_timelines,
    lsn_number,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.source import (
    UNPROVEN,
    Crossing,
    Hazard,
    Lane,
    Source,
    doubted,
)

BEFORE = Source("7714256498159128065", 1, "0123456789abcdef", received_on=1)
NOW = replace(BEFORE, timeline=3)
ENDS = {1: "0/3000", 2: "0/5000"}
OVER = Crossing(BEFORE, NOW, "db2:5432", ENDS, applied="0/3000", receiver=4)
LANE = Lane("forward_1", "0/3000", reader=False)


def code(crossing: Crossing, lane: Lane = LANE) -> str | None:
    """Return the code of what stands against reading on."""
    found = crossing.hazard(lane)
    return found.code if found else None


def test_a_lane_reads_on_where_everything_that_arrived_is_there() -> None:
    assert OVER.failed_over
    assert code(OVER) is None
    assert code(replace(OVER, applied="0/0")) is None


@pytest.mark.parametrize(
    ("crossing", "lane", "expected", "words"),
    [
        (OVER, replace(LANE, position=None), "BG016", "the slot forward_1 is not there"),
        (replace(OVER, applied="0/3001"), LANE, "BG017", "brought what was written up to 0/3001"),
        (OVER, replace(LANE, position="0/3001"), "BG017", "begins at 0/3001, after the failover at 0/3000"),
        (OVER, replace(LANE, copying=("public.users",)), "BG017", "first copy of public.users"),
        (replace(OVER, ends={2: "0/5000"}), LANE, "BG017", "does not come from timeline 1"),
        (replace(OVER, now=replace(NOW, system="1")), LANE, "BG017", "another cluster"),
        (replace(OVER, applied=None), LANE, "BG018", "may not read"),
    ],
)
def test_where_rows_would_or_could_be_missing_nothing_is_read(
    crossing: Crossing, lane: Lane, expected: str, words: str
) -> None:
    found = crossing.hazard(lane)
    assert isinstance(found, Hazard)
    assert found.code == expected
    assert words in found.words


def test_the_end_of_the_timeline_that_was_read_counts_and_not_that_of_a_later_one() -> None:
    assert code(replace(OVER, applied="0/4000")) == "BG017"
    assert code(replace(OVER, before=replace(BEFORE, timeline=2), applied="0/4000")) is None


def test_the_same_primary_at_another_address_is_no_failover() -> None:
    moved = replace(OVER, before=replace(NOW, address="fedcba9876543210"), applied=None)
    assert not moved.failed_over
    assert code(moved, replace(LANE, position=None)) is None


def test_a_worker_that_already_reads_here_goes_on() -> None:
    assert code(replace(OVER, applied=None), replace(LANE, reader=True)) is None


def test_of_a_subscription_of_an_older_release_the_last_failover_counts() -> None:
    unknown = replace(OVER, before=None)
    assert code(replace(unknown, applied="0/5000"), replace(LANE, position="0/5000")) is None
    assert code(replace(unknown, applied="0/5001")) == "BG017"
    never = replace(unknown, now=BEFORE, ends={})
    assert not never.failed_over
    assert code(never) is None


@pytest.mark.parametrize(
    ("crossing", "reader", "nothing_missing", "received_on"),
    [
        (OVER, False, False, 1),
        (OVER, False, True, 4),
        (OVER, True, False, UNPROVEN),
        (OVER, True, True, 4),
        (replace(OVER, now=BEFORE), True, False, 1),
        (replace(OVER, before=None), True, False, 4),
    ],
)
def test_what_a_failover_may_have_lost_stays_known(
    crossing: Crossing, reader: bool, nothing_missing: bool, received_on: int
) -> None:
    kept = crossing.after(replace(LANE, reader=reader), nothing_missing=nothing_missing)
    assert kept == crossing.now
    assert kept.received_on == received_on


def test_a_lane_is_doubted_on_another_timeline_of_either_side_than_was_kept() -> None:
    assert not doubted(BEFORE, 1, 1)
    assert doubted(BEFORE, 1, 2)
    assert doubted(BEFORE, 1, None), "a standby"
    assert doubted(BEFORE, 2, 1), "its worker follows a name that moves, and nobody has asked whether over a gap"
    assert doubted(BEFORE, None, 1)
    assert doubted(replace(BEFORE, received_on=UNPROVEN), 1, 1)
    assert not doubted(None, 1, 2), "nothing was kept of it"


def test_what_is_kept_is_read_again() -> None:
    kept = Source.from_comment(BEFORE.as_comment())
    assert kept == BEFORE
    assert kept is not None
    assert kept.received_on == BEFORE.received_on


@pytest.mark.parametrize(
    "text", [None, "", "reads from blue", "[]", "1", "null", '{"system": "1"}', '{"timeline": []}']
)
def test_a_comment_of_somebody_elses_tells_nothing(text: str | None) -> None:
    assert Source.from_comment(text) is None


def test_what_was_found_is_told_as_facts() -> None:
    told = OVER.as_details(replace(LANE, position=None))
    assert told["primary"] == "db2:5432"
    assert (told["timeline"], told["timeline_before"], told["timeline_before_ended"]) == (3, 1, "0/3000")
    assert told["slot"] is False
    assert OVER.as_details(LANE)["slot"] is True


def test_a_history_says_where_timelines_ended() -> None:
    text = "1\t0/3000\tno recovery target specified\n\n# a comment\n2\t0/5000\tbefore 2026-01-01\n"
    assert ends_of_timelines(text) == ENDS


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_positions_in_the_wal_are_ordered_as_they_are_written(high: int, low: int) -> None:
    assert lsn_number(f"{high:X}/{low:X}") == high * 2**32 + low


@pytest.mark.parametrize("text", ["", "16", "16/", "16/G", "1/2/3"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # whichever way it is malformed
        lsn_number(text)
