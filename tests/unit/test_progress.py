# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress in words: amounts, times, and what is left."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.progress import (
    Amount,
    Backlog,
    comparison_line,
    drain_line,
    duration,
    falling_by,
    seconds_to_drain,
    size,
    work_line,
    work_name,
)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 bytes"),
        (1, "1 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 kB"),
        (-2048, "-2.0 kB"),
        (1024**2, "1.0 MB"),
        (1.5 * 1024**3, "1.5 GB"),
        (1024**4, "1.0 TB"),
        (2048 * 1024**4, "2048.0 TB"),
    ],
)
def test_an_amount_has_the_largest_unit_of_which_it_has_one(amount: float, words: str) -> None:
    assert size(amount) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (0.5, "1 s"),
        (59.4, "59 s"),
        (60, "1 min 0 s"),
        (61, "1 min 1 s"),
        (119, "1 min 59 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (3661, "1 h 1 min"),
        (7325, "2 h 2 min"),
        (90000, "25 h 0 min"),
    ],
)
def test_a_time_has_no_leading_zeros(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_comparison_tells_how_fast_it_is_and_what_holds_it_back() -> None:
    assert comparison_line(10, 30, 2.0, 0, "") == "compared 10 bytes of 30 bytes, 2 bytes/s, about 10 s left"
    assert comparison_line(30, 10, 2.0, 0, "") == "compared 30 bytes of 10 bytes, 2 bytes/s, about 0 s left"
    assert comparison_line(30, 10, 0.5, 0, "").endswith("about 0 s left"), "rows came while it compared"
    assert comparison_line(10, 30, None, 1, "the lag is 9 s") == (
        "compared 10 bytes of 30 bytes; 1 rows are looked at again; held back, the lag is 9 s"
    )
    assert comparison_line(0, 0, 0.0, 0, "") == "compared 0 bytes of 0 bytes"


@pytest.mark.parametrize(
    ("before", "now", "rate", "left", "words"),
    [
        (Backlog(0.0, 300), Backlog(2.0, 100), 100.0, 1.0, ", falling by 100 bytes/s, about 1 s left"),
        (Backlog(0.0, 10), Backlog(2.0, 8), 1.0, 8.0, ", falling by 1 bytes/s, about 8 s left"),
        (Backlog(0.0, 1), Backlog(2.0, 0), 0.5, 0.0, ", falling by 0 bytes/s, about 0 s left"),
        (Backlog(0.0, 100), Backlog(2.0, 300), -100.0, None, ", growing by 100 bytes/s"),
        (Backlog(60.0, 100), Backlog(62.0, 102), -1.0, None, ", growing by 1 bytes/s"),
        (Backlog(0.0, 100), Backlog(2.0, 100), 0.0, None, ", not falling"),
        (Backlog(2.0, 300), Backlog(2.0, 100), None, None, ""),
        (Backlog(0.0, None), Backlog(2.0, 100), None, None, ""),
        (None, Backlog(2.0, 100), None, None, ""),
    ],
)
def test_a_backlog_is_told_with_its_trend_where_that_is_known(
    before: Backlog | None, now: Backlog, rate: float | None, left: float | None, words: str
) -> None:
    assert (falling_by(before, now), seconds_to_drain(before, now)) == (rate, left)
    assert drain_line("green", before, now) == f"green is {now.bytes} bytes behind{words}"


@pytest.mark.parametrize(
    ("amount", "seconds", "words"),
    [
        (Amount(1024**2, 3 * 1024**2), 2.0, "sent 1.0 MB of 3.0 MB, 512.0 kB/s, about 4 s left"),
        (Amount(3, 12, "tables"), 6.0, "sent 3 of 12 tables, about 18 s left"),
        (Amount(0, 12, "tables"), 6.0, "sent 0 of 12 tables"),
        (Amount(2048, 1024, about=True), 1.0, "sent 2.0 kB of about 1.0 kB, 2.0 kB/s, about 0 s left"),
        (Amount(1024, more="1 of 2 tables begun"), 1.0, "sent 1.0 kB, 1.0 kB/s; 1 of 2 tables begun"),
        (Amount(0), 0.0, "sent 0 bytes"),
    ],
)
def test_long_work_says_how_much_how_fast_and_how_long(amount: Amount, seconds: float, words: str) -> None:
    assert work_line("sent", amount, seconds) == words


def test_a_line_of_progress_has_a_name_that_a_shell_takes_as_it_is() -> None:
    assert work_name("Orders & $(more)", "archive_database").replace("_", "").replace(".", "").isalnum()
