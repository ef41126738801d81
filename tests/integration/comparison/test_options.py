# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a comparison: other names, what is published, how much, with which values, and at what load."""

from __future__ import annotations

import threading
import time

import pytest
from psycopg2 import sql

from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of

__all__ = ["replicated"]

SCHEMA = "CREATE TABLE t (id int PRIMARY KEY, v int, password text);"
ROWS = "INSERT INTO t SELECT g, g, 'p' || g FROM generate_series(1, 2000) g;"


def test_renamed_tables_and_columns_are_compared(replicated: ReplicatedFactory) -> None:
    pair = replicated(
        "CREATE TABLE users (id int PRIMARY KEY, name varchar(20), age smallint)",
        green_schema="CREATE TABLE people (full_name text, user_id bigint PRIMARY KEY, age int)",
        link=False,
    )
    pair.blue.query("INSERT INTO users VALUES (1, 'Ann', 30), (2, 'Bob', 40), (3, 'Cid', 50)")
    pair.plant("INSERT INTO people (user_id, full_name, age) VALUES (1, 'Ann', 30), (2, 'bob', 40), (4, 'Dan', 60)")
    columns = {"id": "user_id", "name": "full_name"}
    mapping = [{"table": "public.users", "to": "public.people", "columns": columns}]
    result = pair.compare(at_rest=True, mapping=mapping, show_values=True)
    table = table_of(result, "public.users")
    assert (table["other_table"], table["columns_ignored"]) == ("public.people", {"blue": [], "green": []})
    assert found_in(result, "public.users") == [
        ("changed", {"id": "2"}, ["name"]), ("extra", {"id": "4"}, None), ("missing", {"id": "3"}, None),
    ]  # fmt: skip
    values = {one["key"]["id"]: one["shown"] for one in table["differences"]}
    assert values["2"] == {"name": {"blue": "Bob", "green": "bob"}}
    assert values["4"] == {"id": {"green": "4"}, "name": {"green": "Dan"}, "age": {"green": "60"}}
    back = pair.compare(at_rest=True, mapping=mapping, reference="green")
    assert found_in(back, "public.people")[0] == ("changed", {"user_id": "2"}, ["full_name"])


def test_values_are_shown_when_asked_for_and_never_those_of_secret_columns(replicated: ReplicatedFactory) -> None:
    pair = replicated(
        SCHEMA + "CREATE TABLE log (what text, password text)", ROWS + "INSERT INTO log VALUES ('a', 'b')"
    )
    pair.plant("UPDATE t SET v = NULL, password = 'leaked' WHERE id = 7; UPDATE log SET password = 'leaked'")
    assert "leaked" not in str(pair.compare())
    assert "shown" not in table_of(pair.compare(), "public.t")["differences"][0]
    [shown] = table_of(pair.compare(show_values=True), "public.t")["differences"]
    assert shown["shown"] == {"v": {"blue": "7", "green": None}, "password": {"blue": "p7", "green": "leaked"}}
    secretive = pair.compare(show_values=True, secret_columns=["password"])
    [withheld] = table_of(secretive, "public.t")["differences"]
    assert (withheld["columns"], withheld["shown"]) == (["v", "password"], {"v": {"blue": "7", "green": None}})
    assert {"green": "a"} in [one["shown"]["what"] for one in table_of(secretive, "public.log")["differences"]]
    assert "leaked" not in str(secretive)
    secret_key = table_of(pair.compare(secret_columns=["id"]), "public.t")
    assert secret_key["differences"][0]["key"] == {"id": "(secret)"}


def test_what_is_not_published_is_not_compared(replicated: ReplicatedFactory) -> None:
    schema = SCHEMA + "CREATE TABLE u (id int PRIMARY KEY, kept text, left_out text);"
    pair = replicated(schema, ROWS + "INSERT INTO u VALUES (1, 'a', 'b')", link=False)
    pair.blue.query(
        f"CREATE PUBLICATION {pair.link} FOR TABLE t WHERE (id <= 1000 AND (v % 2 = 0 OR v > 990)), TABLE u (id, kept)"
    )
    pair.subscribe(publish=False)
    result = pair.compare()
    assert result["consistent"] is True, result
    assert table_of(result, "public.t")["rows"] == {"blue": 505, "green": 505}
    assert "1000" in table_of(result, "public.t")["condition"]
    assert table_of(result, "public.u")["columns_ignored"] == {"blue": ["left_out"], "green": ["left_out"]}
    pair.plant("UPDATE t SET password = '' WHERE id = 2; DELETE FROM t WHERE id = 998; UPDATE u SET left_out = 'c'")
    pair.plant("INSERT INTO t VALUES (5001, 1, 'not replicated'), (-2, -2, 'in the filter')")
    result = pair.compare()
    assert found_in(result, "public.t") == [
        ("changed", {"id": "2"}, ["password"]), ("extra", {"id": "-2"}, None), ("missing", {"id": "998"}, None),
    ]  # fmt: skip
    assert table_of(result, "public.u")["consistent"] is True


@pytest.mark.parametrize("range_megabytes", [32, pytest.param(0.05, marks=pytest.mark.soak)])
def test_a_sample_finds_what_it_looks_at_and_proves_nothing(
    replicated: ReplicatedFactory, range_megabytes: float
) -> None:
    rows = "INSERT INTO t SELECT g, g, 'p' || g FROM generate_series(1, 20000) g"
    pair = replicated(SCHEMA, rows)
    result = pair.compare(mode="sample", sample_percent=20, range_megabytes=range_megabytes)
    table = table_of(result, "public.t")
    assert (result["consistent"], result["agrees"], table["consistent"]) == (False, True, "undecided")
    assert 1000 < table["rows"]["blue"] == table["rows"]["green"] < 10_000
    pair.plant("UPDATE t SET v = 0")
    result = pair.compare(mode="sample", sample_percent=20, range_megabytes=range_megabytes)
    found = table_of(result, "public.t")
    assert (result["agrees"], found["consistent"]) == (False, False)
    assert found["difference_count"] == found["rows"]["blue"]


def test_numbers_of_rows_alone_prove_nothing(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    result = pair.compare(mode="count")
    assert (result["consistent"], result["agrees"]) == (False, True)
    assert table_of(result, "public.t")["rows"] == {"blue": 2000, "green": 2000}
    pair.plant("DELETE FROM t WHERE id = 1")
    result = pair.compare(mode="count")
    assert result["agrees"] is False
    assert table_of(result, "public.t")["rows"] == {"blue": 2000, "green": 1999}


def test_a_rate_is_kept(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, "INSERT INTO t SELECT g, g, 'p' || g FROM generate_series(1, 20000) g")
    result = pair.compare(range_megabytes=0.1, max_megabytes_per_second=1)
    megabytes = sum(table_of(result, "public.t")["bytes"].values()) / (1 << 20)
    assert result["consistent"] is True
    assert result["paused_seconds"] > 0.5 * megabytes, "two sides of about a megabyte each, one a second"


def test_it_stands_back_while_the_users_query_says_so(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    pair.blue.query("CREATE TABLE public.calm (is_it bool); GRANT SELECT ON public.calm TO PUBLIC")
    query = "SELECT NOT EXISTS (SELECT FROM public.calm WHERE is_it)"
    release = threading.Timer(2.0, pair.blue.query, ("INSERT INTO public.calm VALUES (true)",))
    release.start()
    result = pair.compare(tables=["public.t"], pause_query=query)
    release.join()
    assert result["consistent"] is True
    assert result["paused_seconds"] > 0.5
    assert pair.compare(pause_query="SELECT nonsense")["code"] == "BG011"
    assert pair.compare(pause_query="INSERT INTO public.calm VALUES (true) RETURNING true")["code"] == "BG011"


def test_it_stands_back_while_others_are_active(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    sleepers = [threading.Thread(target=pair.blue.query, args=("SELECT pg_sleep(3)",)) for _number in range(3)]
    for sleeper in sleepers:
        sleeper.start()
    wait_for_sleepers(pair)
    result = pair.compare(max_active_sessions=2)
    assert result["paused_seconds"] > 0.4
    assert result["consistent"] is True
    for sleeper in sleepers:
        sleeper.join()
    revoke = "REVOKE pg_monitor FROM {}"
    pair.blue.query(sql.SQL(revoke).format(sql.Identifier(pair.blue.roles["migrator"].name)))
    other = pair.blue.connect()
    assert pair.compare(max_active_sessions=2)["code"] == "BG407", "unknown is not zero"
    other.close()


def wait_for_sleepers(pair: Replicated) -> None:
    deadline = time.monotonic() + 3
    count = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
    while pair.blue.query(count)[0][0] < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_stands_back_while_the_link_is_behind(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    pair.green.query(f"ALTER SUBSCRIPTION {pair.link} DISABLE")
    pair.blue.query("INSERT INTO t SELECT g, g, repeat('p', 100) FROM generate_series(3000, 20000) g")
    enable = threading.Timer(2.0, pair.green.query, (f"ALTER SUBSCRIPTION {pair.link} ENABLE",))
    enable.start()
    result = pair.compare(max_lag_megabytes=1)
    enable.join()
    assert result["paused_seconds"] > 0.5
    assert result["consistent"] is True, result


def test_a_statement_that_takes_too_long_leaves_its_table_undecided(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA + "CREATE TABLE u (id int PRIMARY KEY)", ROWS)
    with pair.green.connect(autocommit=False) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        result = pair.compare(range_timeout=1)
        holder.rollback()
    assert (table_of(result, "public.t")["consistent"], table_of(result, "public.u")["consistent"]) == (
        "undecided",
        True,
    )
    assert "range_timeout" in table_of(result, "public.t")["reason"]


def test_a_row_that_never_holds_still_is_given_up(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS, link=False)
    pair.plant(ROWS)
    stop = threading.Event()
    writer = threading.Thread(target=write_until, args=(pair, stop))
    writer.start()
    try:
        table = table_of(pair.compare(at_rest=True, row_timeout=0.5), "public.t")
    finally:
        stop.set()
        writer.join()
    assert (table["consistent"], table["undecided"], table["differences"]) == ("undecided", [{"id": "7"}], [])


def write_until(pair: Replicated, stop: threading.Event) -> None:
    with pair.blue.connect().cursor() as cursor:
        while not stop.is_set():
            cursor.execute("UPDATE t SET v = v + 100 WHERE id = 7")
