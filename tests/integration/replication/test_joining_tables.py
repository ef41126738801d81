# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables and partitions created during a migration: reported, and added on request."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.go_no_go.test_wrong_rows import reasons

_LATE = """
SET ROLE {owner};
CREATE TABLE late (id int PRIMARY KEY, note text);
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
GRANT SELECT, INSERT, UPDATE, DELETE ON late TO {app};
"""
_ROWS = """
INSERT INTO late SELECT n, 'early' FROM generate_series(1, 30) n;
INSERT INTO events (day) SELECT '2027-03-01'::date + n FROM generate_series(1, 20) n;
"""


def _make_late_tables(side: Database) -> None:
    names = {kind: sql.Identifier(role.name) for kind, role in side.roles.items()}
    side.query(sql.SQL(_LATE).format(**names))


def _outside(made: Pair) -> list[str]:
    found: list[dict[str, Any]] = made.succeed("migration_info", exclude_tables=[])["findings"]
    return [name for one in found if one["code"] == "BG268" for name in one["objects"]]


def _join(made: Pair) -> None:
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    made.succeed("replication_link", direction="reverse")


def test_they_are_seen_and_join_with_the_rows_that_they_have(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    assert _outside(made) == []
    _make_late_tables(made.blue)
    made.blue.query(_ROWS)
    assert _outside(made) == ["public.events_2027 (green lacks it)", "public.late (green lacks it)"]
    refused = made.run("replication_link", direction="forward")
    assert refused["code"] == "BG301"
    _make_late_tables(made.green)
    assert _outside(made) == ["public.events_2027 (has not joined)", "public.late (has not joined)"]

    made.green.query("SET default_transaction_read_only = off; INSERT INTO late VALUES (1, 'from nowhere')")
    refused = made.run("replication_link", direction="forward")
    assert (refused["code"], "public.late" in refused["msg"]) == ("BG306", True)
    made.green.query("SET default_transaction_read_only = off; DELETE FROM late")
    _join(made)
    assert _outside(made) == []
    assert not made.changes("replication_link", direction="forward")
    assert made.write(made.blue, "INSERT INTO late VALUES (31, 'later')") is None
    made.succeed("replication_catchup", timeout=60)
    for table in ("late", "events"):
        rows = [side.query(f"SELECT * FROM {table} ORDER BY 1, 2") for side in (made.blue, made.green)]
        assert rows[0] == rows[1], table

    assert made.succeed("cutover", target="green")["in_service"] == "green"
    assert made.write(made.green, "UPDATE late SET note = 'on green' WHERE id = 31") is None
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert made.blue.query("SELECT note FROM late WHERE id IN (1, 31) ORDER BY id") == [("early",), ("on green",)]


def test_a_table_that_comes_after_the_cutover_joins_the_way_back_with_its_rows(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.succeed("cutover", target="green")
    for side in (made.blue, made.green):
        _make_late_tables(side)
    made.green.query(_ROWS)
    assert _outside(made) == ["public.events_2027 (has not joined)", "public.late (has not joined)"]
    made.succeed("write_gate")
    made.succeed("replication_link", direction="reverse")
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert _outside(made) == []
    assert made.blue.query("SELECT count(*) FROM late") == [(30,)]
    assert made.blue.query("SELECT count(*) FROM events_2027") == [(20,)]


@pytest.mark.soak
def test_a_table_that_joins_the_way_back_brings_nothing_into_a_blue_that_serves(pair: PairFactory) -> None:
    """Rows that blue lacks may have been deleted there since."""
    made = pair()
    made.replicate()
    for side in (made.blue, made.green):
        _make_late_tables(side)
    made.green.query(f"SET session_replication_role = replica; {_ROWS}")
    made.succeed("write_gate")
    made.succeed("replication_link", direction="reverse")
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert made.blue.query("SELECT count(*) FROM late") == [(0,)]


@pytest.mark.soak
def test_below_16_no_link_sends_the_side_in_service_its_own_rows_back(pair: PairFactory) -> None:
    made = pair(15, 18)
    made.replicate()
    assert made.run("replication_link", direction="reverse", state="enabled").get("code") == "BG558"
    made.succeed("cutover", target="green")
    made.succeed("replication_link", direction="forward", state="absent")
    made.succeed("replication_link", direction="forward", copy="none")
    assert made.green.query("SELECT subenabled FROM pg_subscription WHERE subname LIKE '%%forward%%'") == [(False,)]
    assert made.blue.query("SELECT slot_name FROM pg_replication_slots WHERE database = current_database()") == []
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert made.succeed("replication_link", direction="reverse")["changed"] is False


def test_a_schema_that_has_changed_stops_a_link_and_shows(pair: PairFactory) -> None:
    made = pair()
    made.succeed("schema_copy", pg_bindir=str(made.green.server.pg_bin))
    made.replicate()
    made.blue.query("ALTER TABLE users ADD COLUMN late text")
    for direction in ("forward", "reverse"):
        refused = made.run("replication_link", direction=direction)
        assert (refused["code"], "public.users.late" in refused["msg"]) == ("BG269", True), refused
    found = made.succeed("migration_info", exclude_tables=[])["findings"]
    assert [name for one in found if one["code"] == "BG518" for name in one["objects"]] == ["column public.users.late"]


# Green has another type of a column and of a key, and lacks a column and an index, as versioned migrations have it.
_ROOTS = {
    "blue": "CREATE TABLE metrics (day date NOT NULL, n int, note text, PRIMARY KEY (day)) PARTITION BY RANGE (day);"
    "CREATE INDEX metrics_note ON metrics (note);"
    "CREATE TABLE numbers (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);",
    "green": "CREATE TABLE metrics (day timestamptz NOT NULL, n bigint, note text, PRIMARY KEY (day))"
    " PARTITION BY RANGE (day); CREATE INDEX metrics_note ON metrics (note);"
    "CREATE TABLE numbers (id bigint PRIMARY KEY, n int) PARTITION BY RANGE (id);",
}
_LEAVES = """
SET TimeZone = 'UTC';
CREATE TABLE metrics_1 PARTITION OF metrics FOR VALUES FROM ('2027-01-01') TO ('2027-02-01');
CREATE TABLE numbers_1 PARTITION OF numbers FOR VALUES FROM (1) TO (100);
"""


@pytest.mark.parametrize("blue", [17, pytest.param(14, marks=pytest.mark.soak)])
def test_a_leaf_that_matches_green_s_root_is_right_and_joins(pair: PairFactory, blue: int) -> None:
    made = pair(blue, 18)
    for side, roots in ((made.blue, _ROOTS["blue"]), (made.green, _ROOTS["green"])):
        owner = sql.Identifier(side.roles["owner"].name)
        side.query(sql.SQL("SET ROLE {};").format(owner) + sql.SQL(roots))
    made.succeed("schema_copy", pg_bindir=str(made.green.server.pg_bin))
    if blue >= 15:  # the first with column lists
        made.green.query("ALTER TABLE metrics DROP COLUMN note")
    made.replicate()
    for side in (made.blue, made.green):
        side.query(sql.SQL("SET ROLE {};").format(sql.Identifier(side.roles["owner"].name)) + sql.SQL(_LEAVES))
    made.blue.query("INSERT INTO metrics VALUES ('2027-01-05', 1, 'x'); INSERT INTO numbers VALUES (7, 7)")
    codes = [one["code"] for one in made.succeed("migration_info", exclude_tables=[])["findings"]]
    assert codes == ["BG268"], "BG518 would ask for what no partition can have"
    made.succeed("schema_copy", pg_bindir=str(made.green.server.pg_bin))
    _join(made)
    assert made.green.query("SELECT n FROM metrics UNION ALL SELECT n FROM numbers") == [(1,), (7,)]


@pytest.mark.parametrize("blue", [17, pytest.param(14, marks=pytest.mark.soak)])
def test_a_column_that_comes_on_green_in_service_is_told_and_the_way_back_goes_on_once_blue_has_it(
    pair: PairFactory, blue: int
) -> None:
    """Without an event trigger: our role is no superuser in the pair of 17."""
    made = pair(blue, 18)
    made.replicate()
    made.succeed("cutover", target="green")
    assert _told(made) == {}
    made.green.query('ALTER TABLE users ADD COLUMN "Phone 1" text')
    assert made.write(made.green, "INSERT INTO users (id, name, \"Phone 1\") VALUES (5000, 'new', '7')") is None
    assert _told(made)["BG246"] == ['public.users."Phone 1"']
    made.blue.query('ALTER TABLE users ADD COLUMN "Phone 1" text')
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert made.blue.query('SELECT "Phone 1" FROM users WHERE id = 5000') == [("7",)]
    assert _told(made) == {}


def test_values_that_a_list_of_columns_left_behind_are_told_until_both_sides_are_found_equal(pair: PairFactory) -> None:
    """Green has a column of its own, so the way back has a list, in which a column that comes on both sides is not."""
    made = pair(green_ddl="ALTER TABLE users ADD COLUMN own text")
    made.replicate()
    made.succeed("consistency_check")
    made.succeed("cutover", target="green")
    for side in (made.blue, made.green):
        side.query("ALTER TABLE users ADD COLUMN phone text", role="owner")
    assert _told(made)["BG247"] == ["public.users.phone"]
    assert made.write(made.green, "UPDATE users SET phone = '7' WHERE id = 1") is None
    made.succeed("replication_link", direction="reverse")
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert made.blue.query("SELECT phone FROM users WHERE id = 1") == [(None,)]
    assert list(_told(made)) == []
    assert reasons(made, "blue") == {"BG537": ["public.users"]}
    assert not made.succeed("consistency_check")["consistent"]
    made.blue.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off;"
        "UPDATE users SET phone = '7' WHERE id = 1"
    )
    made.succeed("consistency_check")
    assert reasons(made, "blue") == {}


def _told(made: Pair) -> dict[str, list[str]]:
    found = made.succeed("migration_info", exclude_tables=[])["findings"]
    return {one["code"]: one["objects"] for one in found}
