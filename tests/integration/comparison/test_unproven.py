# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When nothing can be proven, the comparison says so: without knowledge it calls no row different, or equal."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import conninfo
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import link_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.comparison import pair as consistency_pair
from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of
from tests.fixtures.databases import Database

__all__ = ["replicated"]

SCHEMA = "CREATE TABLE t (id int PRIMARY KEY, v int);"
ROWS = "INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;"
# A session that stays busy reports its counters once a second.
_STATISTICS_SECONDS = 1.5


def test_without_a_link_nothing_is_compared(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS, link=False)
    result = pair.compare()
    assert result["failed"] is True
    assert result["code"] == "BG403"
    assert "at_rest" in result["todo"]


def test_a_link_in_the_other_direction_is_none(replicated: ReplicatedFactory) -> None:
    assert replicated(SCHEMA, ROWS).compare(reference="green")["code"] == "BG403"


def test_sides_at_rest_are_compared_without_a_link(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS, link=False)
    pair.plant(ROWS)
    assert pair.compare(at_rest=True)["consistent"] is True
    pair.plant("UPDATE t SET v = 0 WHERE id = 3; DELETE FROM t WHERE id = 4; INSERT INTO t VALUES (99, 99)")
    assert found_in(pair.compare(at_rest=True), "public.t") == [
        ("changed", {"id": "3"}, ["v"]), ("extra", {"id": "99"}, None), ("missing", {"id": "4"}, None),
    ]  # fmt: skip


def test_sides_said_to_be_at_rest_but_written_to_are_undecided(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS, link=False)
    pair.plant(ROWS)
    with writing(pair, "UPDATE t SET v = v + 100 WHERE id = 7"):
        table = table_of(pair.compare(at_rest=True, timeout=3), "public.t")
    assert (table["consistent"], table["differences"], table["undecided"]) == ("undecided", [], [{"id": "7"}])


def test_after_the_switch_green_is_the_reference(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS, link=False)
    name = link_name(pair.migration, Direction.REVERSE, 1)
    publisher = conninfo({key: str(value) for key, value in pair.green.endpoint("superuser").items()})
    pair.green.query(f"CREATE PUBLICATION {name} FOR ALL TABLES")
    pair.green.query(ROWS)
    pair.blue.query(f"CREATE SUBSCRIPTION {name} CONNECTION %s PUBLICATION {name} WITH (copy_data = false)", publisher)
    pair.green.query("INSERT INTO t VALUES (21, 21)")
    pair.blue.query("DELETE FROM t WHERE id = 2")
    result = pair.compare(reference="green")
    assert result["reference"] == "green"
    assert found_in(result, "public.t") == [("missing", {"id": "2"}, None)]


def test_rows_that_are_not_yet_replicated_are_undecided_and_not_different(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    with pair.paused():
        pair.blue.query("UPDATE t SET v = 0 WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (99, 99)")
        result = pair.compare(timeout=3)
    table = table_of(result, "public.t")
    assert result["consistent"] is False
    assert (table["consistent"], table["difference_count"], table["undecided_count"]) == ("undecided", 0, 3)
    assert sorted(key["id"] for key in table["undecided"]) == ["1", "2", "99"]
    assert "replicated" in table["reason"]
    assert pair.compare()["consistent"] is True


def test_a_link_without_a_subscriber_is_named(replicated: ReplicatedFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consistency_pair, "INACTIVE_SECONDS", 1.0)
    pair = replicated(SCHEMA, ROWS)
    with pair.paused():
        assert pair.compare()["consistent"] is True, "without a suspect the link is not needed"
        pair.blue.query("UPDATE t SET v = 0 WHERE id = 1")
        result = pair.compare()
    assert result["code"] == "BG404"
    assert "forward" in result["what"]


def test_a_table_that_is_still_being_copied_is_undecided(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA + "CREATE TABLE other (id int PRIMARY KEY);", "INSERT INTO other VALUES (1)")
    pair.blue.query("CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late VALUES (1)")
    pair.blue.query("GRANT SELECT ON late TO PUBLIC")
    # A copy that collides with a row on green starts again and again.
    pair.plant(
        "CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late VALUES (1), (2); GRANT SELECT ON late TO PUBLIC"
    )
    pair.green.query(f"ALTER SUBSCRIPTION {pair.link} REFRESH PUBLICATION")
    result = pair.compare(timeout=20)
    late = table_of(result, "public.late")
    assert (late["consistent"], late["difference_count"]) == ("undecided", 0)
    assert "copying" in late["reason"]
    assert table_of(result, "public.other")["consistent"] is True


def test_a_table_that_green_lacks_is_a_difference(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA + "CREATE TABLE gone (id int);", ROWS, link=False)
    pair.plant("DROP TABLE gone;" + ROWS)
    result = pair.compare(at_rest=True)
    assert found_in(result, "public.gone") == [("missing_table", {}, None)]
    assert result["consistent"] is False
    assert pair.compare(at_rest=True, exclude_tables=["public.gone"])["consistent"] is True


def test_row_level_security_is_never_overlooked(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA + "CREATE TABLE open_table (id int PRIMARY KEY)", ROWS)
    for side in (pair.blue, pair.green):
        side.query("ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY")
        side.query("CREATE POLICY few ON t USING (id < 10)")
    result = pair.compare()
    assert result["code"] == "BG402"
    assert "public.t" in result["what"]
    assert pair.compare(tables=["public.open_table"])["consistent"] is True
    pair.green.query("ALTER TABLE t DISABLE ROW LEVEL SECURITY")
    pair.blue.query(sql.SQL("ALTER ROLE {} BYPASSRLS").format(sql.Identifier(pair.blue.roles["migrator"].name)))
    assert pair.compare()["consistent"] is True


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"tables": ["public.nobody"]}, "BG406"),
        ({"tables": ["users"]}, "BG020"),
        ({"timeout": 0}, "BG081"),
        ({"buckets": 0}, "BG081"),
        ({"max_differences": -1}, "BG081"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    replicated: ReplicatedFactory, parameters: dict[str, Any], code: str
) -> None:
    assert replicated(SCHEMA, ROWS, link=False).compare(**{"at_rest": True, **parameters})["code"] == code


def test_a_table_that_may_not_be_read_is_an_error(replicated: ReplicatedFactory) -> None:
    pair = replicated("RESET ROLE; CREATE TABLE secret (id int PRIMARY KEY)", "", link=False)
    result = pair.compare(at_rest=True)
    assert result["code"] == "BG008"


def test_settings_of_the_roles_do_not_matter(replicated: ReplicatedFactory) -> None:
    columns = "at timestamptz PRIMARY KEY, y interval, b bytea, f float8[], m money, d date[], r regclass"
    rows = """INSERT INTO t VALUES ('2026-01-01', '1 year -2 days', '\\x41ff', '{0.1}', 12.5, '{2026-02-01}', 't')"""
    pair = replicated(f"CREATE TABLE t ({columns})", rows)
    role = sql.Identifier(pair.green.roles["migrator"].name)
    for setting in (
        "TimeZone TO 'Asia/Tokyo'",
        "DateStyle TO 'German'",
        "IntervalStyle TO 'iso_8601'",
        "bytea_output TO 'escape'",
        "extra_float_digits TO '-10'",
        "lc_monetary TO 'C.UTF-8'",
        "quote_all_identifiers TO on",
        "search_path TO public",
    ):
        pair.green.query(sql.SQL("ALTER ROLE {} SET " + setting).format(role))
    assert pair.compare()["consistent"] is True
    pair.plant("UPDATE t SET y = '1 year -1 days'")
    assert found_in(pair.compare(), "public.t") == [("changed", {"at": "2026-01-01 00:00:00+00"}, ["y"])]


def test_what_was_not_reached_in_time_is_undecided(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    holder = pair.green.connect(autocommit=False)
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        begin = time.monotonic()
        result = pair.compare(timeout=2)
    assert time.monotonic() - begin < 10
    table = table_of(result, "public.t")
    assert table["consistent"] == "undecided"
    assert table["rows"] == {"blue": None, "green": None}
    assert "timeout" in table["reason"]
    holder.rollback()
    assert sessions_of_ours(pair.green) == 0


def sessions_of_ours(side: Database) -> int:
    """Return how many sessions of a comparison are left, after the moment that a server needs to notice."""
    deadline = time.monotonic() + 5
    while True:
        ((number,),) = side.query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s",
            "%comparison%",
        )
        if not number or time.monotonic() > deadline:
            return int(number)
        time.sleep(0.1)


def test_a_comparison_writes_nothing_but_where_it_stands(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    pair.plant("UPDATE t SET v = 0 WHERE id = 3")
    statement = "SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY relid"
    time.sleep(_STATISTICS_SECONDS)
    before = [side.query(statement) for side in (pair.blue, pair.green)]
    assert pair.compare(check=True)["consistent"] is False
    assert [side.query(statement) for side in (pair.blue, pair.green)] == before
    assert pair.compare()["consistent"] is False
    time.sleep(_STATISTICS_SECONDS)
    assert pair.blue.query(statement) == before[0]
    assert pair.green.query("SELECT count(*) FROM bluegreen.comparison") == [(0,)]


class writing:  # noqa: N801
    """Repeats a statement on blue until the block ends."""

    def __init__(self, pair: Replicated, statement: str) -> None:
        self._pair, self._statement = pair, statement
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        connection = self._pair.blue.connect()
        with connection.cursor() as cursor:
            while not self._stop.is_set():
                cursor.execute(self._statement)
