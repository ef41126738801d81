# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forecast's arithmetic: each number, each edge, and what stays unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.facts import Facts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.forecast import forecast
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import (
    Forecast,
    Sample,
    Wishes,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.servers import Pace
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.space import Space
from tests.unit.preflight.examples import OURS, facts, settings, slot, subscription, table, with_database

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
DAY = 86_400
PACE = Pace(100.0, 204_800.0, 50)  # 2 kB and half a transaction a second
SAMPLE = Sample("public.users", 1024, 0.5)  # 2 kB a second


def told(found: Facts, sample: Sample | None = None, space: Space | None = None) -> Forecast:
    """Return the forecast."""
    return forecast(found, sample, space, NOW)


def line(made: Forecast, topic: str) -> str:
    """Return the only line on a topic, empty if there is none."""
    lines = [one for one in made.lines if one.startswith(f"{topic}:")]
    assert len(lines) <= 1
    return lines[0] if lines else ""


def written(pace: Pace = PACE, **changes: Any) -> Facts:
    """Return facts of a blue that has written like this."""
    return facts({"pace": pace, **changes})


@pytest.mark.parametrize(("seconds", "known"), [(9.9, False), (10.0, True)])
def test_a_pace_of_less_than_ten_seconds_says_nothing(seconds: float, known: bool) -> None:
    made = told(written(Pace(seconds, 1e6, 1)))
    assert (made.wal_rate is not None) is known
    assert ("WAL: unknown" in line(made, "WAL")) is not known
    assert told(facts()).wal_rate is None


def test_a_copy_takes_its_size_by_the_rate_and_keeps_the_wal_of_that_time() -> None:
    made = told(with_database(written(), Side.BLUE, size=204_800), SAMPLE)
    assert (made.size, made.copy_seconds, made.wal_rate, made.retained) == (204_800, 100.0, 2048.0, 204_800.0)
    assert line(made, "WAL kept when the copy ends").endswith("2.0 kB a second × 100 s = 200.0 kB")
    assert line(made, "copy").startswith(
        "copy: 200.0 kB / 2.0 kB a second (1.0 kB of public.users read in 0.50 s) = 100 s"
    )
    unmeasured = told(written())
    assert (unmeasured.copy_seconds, unmeasured.retained) == (None, None)
    assert line(unmeasured, "WAL kept when the copy ends") == ""
    assert "for an unknown time" in line(unmeasured, "snapshot")


def test_a_snapshot_is_told_only_before_a_copy_that_holds_one() -> None:
    assert "for 100 s at least" in line(told(with_database(written(), Side.BLUE, size=204_800), SAMPLE), "snapshot")
    assert line(told(replace(written(), wishes=Wishes(copy="native"))), "snapshot") == ""
    assert line(told(facts(green={"subscriptions": (subscription(OURS),)})), "snapshot") == ""


@pytest.mark.parametrize(
    ("keep", "rate", "after", "words"),
    [
        (None, 1024.0, None, ""),
        ("-1", 1024.0, None, ""),
        ("0", 1024.0, 0.0, "slot: 0 bytes / 1.0 kB a second: a stopped link is lost after 0 s"),
        ("1", 1024.0, 1024.0, "slot: 1.0 MB / 1.0 kB a second: a stopped link is lost after 17 min"),
        ("1", 1.0, 1048576.0, "slot: 1.0 MB / 1 bytes a second: a stopped link is lost after 12 days"),
        ("1", 0.0, None, "slot: lost after 1.0 MB of WAL; none is written now"),
    ],
)
def test_a_slot_is_lost_after_what_may_be_kept(keep: str | None, rate: float, after: float | None, words: str) -> None:
    known = {name: one for name, one in settings().items() if name != "max_slot_wal_keep_size"}
    limits = known if keep is None else settings(max_slot_wal_keep_size=keep)
    made = told(written(Pace(100.0, rate * 100, 0), settings=limits))
    assert (made.slot_lost_seconds, line(made, "slot")) == (after, words)


@pytest.mark.parametrize(
    ("free", "after", "when"),
    [
        (60, 60.0, "at 2026-11-30 12:01 UTC"),
        (364 * DAY + DAY // 2, 364.5 * DAY, "at 2027-11-30 00:00 UTC"),
        (365 * DAY, 365.0 * DAY, "in more than a year"),
        (4000 * DAY, 4000.0 * DAY, "in more than a year"),
    ],
)
def test_a_disk_is_full_at_an_hour_up_to_a_year_ahead(free: int, after: float, when: str) -> None:
    made = told(written(Pace(100.0, 100.0, 0)), space=Space(free))
    assert made.disk_full_seconds == after
    assert line(made, "disk").endswith(f"a link that stops now fills blue's disk {when}")


def test_without_free_space_a_stopped_link_is_told_by_the_hour() -> None:
    much = written(Pace(100.0, 100.0 * 1024**4, 0))
    assert line(told(much), "disk").startswith("disk: a stopped link keeps 3600.0 TB an hour; set bluegreen_free")
    unknown = line(told(much, space=Space(None, "no such file")), "disk")
    assert unknown.endswith("3600.0 TB an hour; how much is free is unknown: no such file")
    still = told(written(Pace(100.0, 0.0, 0)), space=Space(1024))
    assert (still.disk_full_seconds, line(still, "disk")) == (None, "disk: 1.0 kB are free; no WAL is written now")


def test_transactions_last_until_three_million_are_left() -> None:
    base = with_database(written(), Side.BLUE, frozen_age=1000)
    left = 2**31 - 3_000_000 - 1000
    assert told(base).wraparound_seconds == left / 0.5
    assert line(told(base), "vacuum") == (
        f"vacuum: {left} transactions left / 0.5 a second = 49641 days with a held snapshot"
    )
    idle = told(replace(base, blue=replace(base.blue, pace=Pace(100.0, 1.0, 0))))
    assert idle.wraparound_seconds is None
    assert line(idle, "vacuum").endswith(f"{left} transactions are left while a snapshot is held; none is used now")


@pytest.mark.parametrize(("tables", "words"), [(0, "0 tables;"), (1, "1 table;"), (2, "2 tables;")])
def test_the_fence_is_one_lock_however_many_tables_there_are(tables: int, words: str) -> None:
    made = told(written(relations=tuple(table(f"t{number}") for number in range(tables))))
    assert line(made, "fence").startswith(f"fence: one lock on one relation = 1 lock for {words}")


def test_a_drain_is_what_our_links_keep_by_what_is_written() -> None:
    second = OURS.replace("_1", "_2")
    slots = (slot(OURS, retained=1024), slot(second, retained=3072), slot("theirs", retained=1 << 30))
    assert "4.0 kB kept / 2.0 kB a second written = 2 s" in line(told(written(slots=slots)), "drain")
    unknown = "drain: unknown; it is unknown how much the link has to read, and how fast it can"
    assert line(told(facts({"slots": slots})), "drain") == unknown
    assert line(told(written(slots=(*slots[:1], slot(second, retained=None)))), "drain") == unknown
    assert line(told(written(Pace(100.0, 0.0, 0), slots=slots)), "drain") == unknown
    assert "unknown until the link runs" in line(told(written()), "drain")
