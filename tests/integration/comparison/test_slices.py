# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison in time slices: the same result as in one run, with progress in between; and what is stored."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of

__all__ = ["replicated"]

ROWS = 40_000
SCHEMA = "CREATE TABLE t (k int PRIMARY KEY, v int); CREATE TABLE u (k text PRIMARY KEY, v int)"
FILL = f"INSERT INTO t SELECT g, g FROM generate_series(1, {ROWS}) g; INSERT INTO u SELECT md5(k::text), v FROM t"


def in_slices(pair: Replicated, seconds: float, **parameters: Any) -> list[dict[str, Any]]:
    """Compare in slices, and return what each of them has returned."""
    results = [pair.compare(slice=seconds, **parameters)]
    while "resume" in results[-1]:
        results.append(pair.compare(slice=seconds, resume=results[-1]["resume"], **parameters))
        assert len(results) < 500, results[-1]
    return results


def verdict_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the findings of each table, except what a vacuum or another sample of pages may change meanwhile."""
    sizes = ("bytes", "ranges", "ranges_compared")
    return [{name: value for name, value in table.items() if name not in sizes} for table in result["tables"]]


def test_slices_find_what_one_run_finds(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, FILL)
    pair.plant("UPDATE t SET v = 0 WHERE k IN (1, 20000, 40000); DELETE FROM u WHERE v = 17")
    at_once = pair.compare(range_megabytes=0.1)
    slices = in_slices(pair, 0.01, range_megabytes=0.1)
    assert len(slices) > 5
    assert all(one["progress"][0].startswith("compared ") for one in slices)
    assert any("left" in one["progress"][0] for one in slices)
    assert [one["resumed"] for one in slices] == [False] * len(slices)
    assert verdict_of(slices[-1]) == verdict_of(at_once)
    assert pair.green.query("SELECT count(*) FROM bluegreen.comparison") == [(0,)]


def test_the_time_of_all_slices_together_is_limited(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, FILL)
    held: dict[str, Any] = {"timeout": 12, "pause_query": "SELECT true", "slice": 1}
    first = pair.compare(**held)
    assert first["resume"]["elapsed"] > 1
    assert first["progress"][0].endswith("held back, pause_query says so")
    last = pair.compare(**held, resume={**first["resume"], "elapsed": 10})
    assert "resume" not in last
    assert table_of(last, "public.t")["consistent"] == "undecided"


@pytest.mark.soak
def test_a_row_that_never_holds_still_is_undecided_in_whatever_run(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, FILL, link=False)
    pair.plant(FILL)
    stop = threading.Event()
    writer = threading.Thread(target=keep_writing, args=(pair, stop))
    writer.start()
    try:
        slices = in_slices(pair, 0.3, at_rest=True, row_timeout=1.5, range_megabytes=0.1)
    finally:
        stop.set()
        writer.join()
    assert len(slices) > 1
    found = table_of(slices[-1], "public.t")
    assert (found["consistent"], found["undecided"], found["differences"]) == ("undecided", [{"k": "7"}], [])


def test_a_row_that_was_given_up_is_not_forgotten_by_the_next_run(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, FILL, link=False)
    pair.plant(FILL)
    pair.plant("UPDATE t SET v = 0 WHERE k = 1")
    stop = threading.Event()
    writer = threading.Thread(target=keep_writing, args=(pair, stop))
    writer.start()
    try:
        # When throttled, it runs out of time long after row 7 was given up, or tried without success.
        early = pair.compare(
            at_rest=True, row_timeout=0.5, range_megabytes=0.1, timeout=3, max_megabytes_per_second=0.4
        )
    finally:
        stop.set()
        writer.join()
    assert table_of(early, "public.t")["consistent"] != "true"
    result = pair.compare(at_rest=True, row_timeout=0.5, range_megabytes=0.1)
    assert result["resumed"] is True
    assert [key["k"] for _kind, key, _columns in found_in(result, "public.t")] == ["1", "7"]


def keep_writing(pair: Replicated, stop: threading.Event) -> None:
    with pair.blue.connect().cursor() as cursor:
        while not stop.is_set():
            cursor.execute("UPDATE t SET v = v + 100 WHERE k = 7")


def test_how_it_ended_is_kept_and_only_a_full_comparison_is_clean(replicated: ReplicatedFactory) -> None:
    pair = replicated("CREATE TABLE t (k int PRIMARY KEY, v int)", "INSERT INTO t VALUES (1, 1)")
    pair.compare(check=True)
    assert pair.green.query("SELECT to_regclass('bluegreen.comparison_verdict')") == [(None,)]
    kept = "SELECT clean, tables, started > now() - interval '10 min' FROM bluegreen.comparison_verdict"
    for mode, clean in (("count", False), ("full", True), ("sample", False)):
        assert pair.compare(mode=mode)["agrees"] is True
        assert pair.green.query(kept) == [(clean, ["public.t"] if clean else [], True)]
    lasts = "SELECT relpersistence::text FROM pg_class WHERE oid = 'bluegreen.comparison_verdict'::regclass"
    assert pair.green.query(lasts) == [("p",)], "a crash of green takes nothing of it"
    pair.plant("UPDATE t SET v = 2")
    pair.compare()
    assert pair.green.query(kept) == [(False, [], True)]
