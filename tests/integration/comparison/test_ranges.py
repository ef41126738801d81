# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables cut into ranges: nothing falls between two of them, and a killed run is resumed."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.comparison import progress
from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of
from tests.live.modules import ModuleProcess

__all__ = ["replicated"]

ROWS = 40_000
# A fault in every tenth of the table, its very ends among them.
PLACES = [1, 2, *range(ROWS // 10, ROWS, ROWS // 10), ROWS - 1, ROWS]
_HALF_SECONDS = 60.0


@pytest.mark.parametrize(
    ("type_of_key", "key"),
    [
        ("bigint", "g"),
        pytest.param("numeric", "g * 1.50", marks=pytest.mark.soak),
        pytest.param("date", "date '1990-01-01' + g", marks=pytest.mark.soak),
        pytest.param(
            "timestamptz", "timestamptz '2026-03-29 00:00+01' + g * interval '1 second'", marks=pytest.mark.soak
        ),
        ("uuid", "('00000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid"),
    ],
)
def test_faults_in_every_range_are_found(replicated: ReplicatedFactory, type_of_key: str, key: str) -> None:
    pair = replicated(
        f"CREATE TABLE t (k {type_of_key} PRIMARY KEY, g int, v text)",
        f"INSERT INTO t SELECT {key}, g, 'v' FROM generate_series(1, {ROWS}) g",
    )
    clean = table_of(pair.compare(range_megabytes=0.25), "public.t")
    assert clean["consistent"] is True
    assert clean["ranges"] == clean["ranges_compared"] > 4
    assert clean["rows"] == {"blue": ROWS, "green": ROWS}
    assert min(clean["bytes"].values()) > ROWS * 20
    pair.plant(f"UPDATE t SET v = 'w' WHERE g IN ({', '.join(map(str, PLACES))})")
    found = table_of(pair.compare(range_megabytes=0.25), "public.t")
    assert found["difference_count"] == len(PLACES)
    named = pair.blue.query("SELECT count(*) FROM t WHERE g = ANY (%s) AND k::text = ANY (%s)", PLACES, keys_of(found))
    assert named == [(len(PLACES),)]


def keys_of(table: dict[str, Any]) -> list[str]:
    return [difference["key"]["k"] for difference in table["differences"]]


def test_rows_beyond_both_ends_of_the_sample_are_found(replicated: ReplicatedFactory) -> None:
    pair = replicated(
        "CREATE TABLE t (a int, b int, v text, PRIMARY KEY (a, b))",
        f"INSERT INTO t SELECT g / 1000, g % 1000, 'v' FROM generate_series(1, {ROWS}) g",
        green_schema="CREATE TABLE t (v text, b bigint, a bigint, PRIMARY KEY (a, b))",
    )
    pair.plant("INSERT INTO t (a, b) VALUES (-5000000000, 0), (5000000000, 0), (7, 1000)")
    pair.plant("DELETE FROM t WHERE (a, b) IN ((0, 1), (13, 500))")
    result = pair.compare(range_megabytes=0.25)
    assert table_of(result, "public.t")["ranges"] > 4
    assert [(kind, key["a"], key["b"]) for kind, key, _columns in found_in(result, "public.t")] == [
        ("extra", "-5000000000", "0"),
        ("extra", "5000000000", "0"),
        ("extra", "7", "1000"),
        ("missing", "0", "1"),
        ("missing", "13", "500"),
    ]


WORDS = f"SELECT md5(g::text), g FROM generate_series(1, {ROWS}) g"


@pytest.mark.soak
def test_what_does_not_lie_in_order_is_cut_into_slices(replicated: ReplicatedFactory) -> None:
    pair = replicated(
        'CREATE TABLE t (k uuid PRIMARY KEY, v int); CREATE TABLE words (k text COLLATE "C" PRIMARY KEY, v int);'
        "CREATE TABLE parts (k int, PRIMARY KEY (k)) PARTITION BY RANGE (k);"
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (MINVALUE) TO (20000);"
        "CREATE TABLE parts_2 PARTITION OF parts DEFAULT; CREATE TABLE log (what text, n int8);"
        "CREATE TABLE lines (what text)",
        f"INSERT INTO t SELECT k::uuid, g FROM ({WORDS}) AS w (k, g); INSERT INTO words {WORDS};"
        f"INSERT INTO parts SELECT g FROM generate_series(1, {ROWS}) g; INSERT INTO log {WORDS};"
        f"INSERT INTO lines SELECT k FROM ({WORDS}) AS w (k, g)",
        green_schema="CREATE TABLE t (k uuid PRIMARY KEY, v int);"
        "CREATE TABLE words (k text COLLATE pg_unicode_fast PRIMARY KEY, v bigint);"
        "CREATE TABLE parts (k int PRIMARY KEY); CREATE TABLE log (n int8, what text); CREATE TABLE lines (what text)",
    )
    clean = pair.compare(range_megabytes=0.25)
    assert clean["consistent"] is True
    assert {table["table"]: table["ranges"] for table in clean["tables"] if table["table"] != "public.parts"} == (
        dict.fromkeys(("public.t", "public.words", "public.log", "public.lines"), 8)
    )
    assert table_of(clean, "public.parts")["ranges"] > 4
    assert all(table["rows"] == {"blue": ROWS, "green": ROWS} for table in clean["tables"])
    numbers = ", ".join(map(str, PLACES))
    pair.plant(f"UPDATE t SET v = 0 WHERE v IN ({numbers}); UPDATE words SET v = 0 WHERE v IN ({numbers})")
    pair.plant("DELETE FROM log WHERE n = 7; UPDATE lines SET what = 'another' WHERE what = md5('9')")
    result = pair.compare(range_megabytes=0.25)
    for table in ("public.t", "public.words"):
        assert table_of(result, table)["difference_count"] == len(PLACES)
    words = pair.blue.query("SELECT v FROM words WHERE k = ANY (%s)", keys_of(table_of(result, "public.words")))
    assert sorted(v for (v,) in words) == sorted(PLACES)
    assert [kind for kind, _key, _columns in found_in(result, "public.log")] == ["missing"]
    assert [kind for kind, _key, _columns in found_in(result, "public.lines")] == ["extra", "missing"]


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("int PRIMARY KEY", ROWS),
        pytest.param("text", ROWS, marks=pytest.mark.soak),
        pytest.param("text PRIMARY KEY", ROWS, marks=pytest.mark.soak),
        pytest.param("text PRIMARY KEY", 25 * ROWS, marks=pytest.mark.soak),
    ],
)
def test_a_killed_comparison_is_gone_on_with(replicated: ReplicatedFactory, key: str, rows: int) -> None:
    pair = replicated(
        f"CREATE TABLE t (k {key}, v text); CREATE TABLE second (k int PRIMARY KEY, v text)",
        f"INSERT INTO t SELECT g, 'v' FROM generate_series(1, {rows}) g; INSERT INTO second SELECT g, 'v'"
        f" FROM generate_series(1, {rows}) g",
    )
    pair.plant(f"UPDATE t SET v = 'w' WHERE k IN ('1', '{rows // 8 * 7}'); DELETE FROM second WHERE k = {rows - 1}")
    asked: dict[str, Any] = {"range_megabytes": 0.1 * rows / ROWS, "max_differences": 50}
    before = rows_read(pair)
    uninterrupted = pair.compare(**asked)
    read_at_once = rows_read(pair) - before
    gently = pair.arguments(**asked, max_megabytes_per_second=rows / ROWS)
    slow = ModuleProcess("consistency_check", gently)
    wait_until_half_is_done(pair)
    slow.process.send_signal(signal.SIGKILL)
    slow.wait()
    before = rows_read(pair)
    result = pair.compare(**asked)
    read_again = rows_read(pair) - before
    assert result["resumed"] is True
    assert read_again < 0.75 * read_at_once, "it started over"
    changed = 2 if "KEY" in key else 4  # without a key, each is one row missing and one too many
    assert [table["difference_count"] for table in result["tables"]] == [1, changed]
    assert [without_sizes(table) for table in result["tables"]] == [
        without_sizes(table) for table in uninterrupted["tables"]
    ]
    assert pair.compare(**asked)["resumed"] is False


def wait_until_half_is_done(pair: Replicated) -> None:
    deadline = time.monotonic() + _HALF_SECONDS
    while not pair.green.query("SELECT to_regclass('bluegreen.comparison')")[0][0] or not pair.green.query(
        "SELECT 1 FROM bluegreen.comparison WHERE total_bytes > 0 AND compared_bytes >= total_bytes / 2"
    ):
        assert time.monotonic() < deadline, pair.green.query("SELECT * FROM bluegreen.comparison")
        time.sleep(0.05)


def rows_read(pair: Replicated) -> int:
    """Return how many rows of the two tables blue has read, when its statistics have come in."""
    statement = "SELECT sum(seq_tup_read + idx_tup_fetch)::int8 FROM pg_stat_user_tables"
    ((last,),) = pair.blue.query(statement)
    for _look in range(20):
        time.sleep(0.2)
        ((now,),) = pair.blue.query(statement)
        if now == last:
            break
        last = now
    return int(last)


def without_sizes(table: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in ("bytes", "ranges", "ranges_compared")}


def test_a_run_that_was_asked_something_else_is_not_gone_on_with(replicated: ReplicatedFactory) -> None:
    pair = replicated("CREATE TABLE t (k int PRIMARY KEY)", f"INSERT INTO t SELECT generate_series(1, {ROWS})")
    held: dict[str, Any] = {"range_megabytes": 0.1, "timeout": 4, "pause_query": "SELECT true"}
    result = pair.compare(**held)
    assert table_of(result, "public.t")["consistent"] == "undecided"
    assert pair.green.query("SELECT held_back_by FROM bluegreen.comparison") == [("pause_query says so",)]
    assert pair.compare(range_megabytes=0.1, mode="count")["resumed"] is False
    assert pair.green.query("SELECT count(*) FROM bluegreen.comparison") == [(0,)]


def test_two_comparisons_of_one_migration_do_not_meet(
    replicated: ReplicatedFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOCK_SECONDS", 1.0)
    pair = replicated("CREATE TABLE t (k int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    holder = ModuleProcess("consistency_check", pair.arguments(timeout=20, pause_query="SELECT true"))
    deadline = time.monotonic() + 20
    while not pair.green.query("SELECT to_regclass('bluegreen.comparison')")[0][0] or not pair.green.query(
        "SELECT 1 FROM bluegreen.comparison"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert pair.compare()["code"] == "BG501"
    holder.kill()
    holder.wait()
