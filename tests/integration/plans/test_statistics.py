# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Green's planner knows what blue's knows: of trees as a whole, and by extended statistics."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory

_SHORT = [(17, 18), (14, 17)]
# Each kind of parent; extended statistics on a plain table, and on a tree.
TABLES = """
CREATE TABLE visits (id bigint, kind int, day date, hour int, PRIMARY KEY (id, kind)) PARTITION BY RANGE (id);
CREATE TABLE "visits 1" PARTITION OF visits FOR VALUES FROM (0) TO (10000) PARTITION BY LIST (kind);
CREATE TABLE visits_1a PARTITION OF "visits 1" FOR VALUES IN (0, 1, 2);
CREATE TABLE visits_1b PARTITION OF "visits 1" DEFAULT;
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (10000) TO (20000);
CREATE TABLE parents (id int PRIMARY KEY, note text);
CREATE TABLE children () INHERITS (parents);
ALTER TABLE children ADD PRIMARY KEY (id);
CREATE TABLE pairs (id int PRIMARY KEY, a int, b int);
CREATE STATISTICS of_pairs ON a, b FROM pairs;
CREATE STATISTICS of_visits ON day, hour FROM visits;
"""
ROWS = """
INSERT INTO visits SELECT n, n % 5, '2026-01-01'::date + n % 50, n % 50 FROM generate_series(1, 19999) n;
INSERT INTO children SELECT n, repeat('x', 100) FROM generate_series(1, 2000) n;
INSERT INTO pairs SELECT n, n % 10, n % 10 FROM generate_series(1, 5000) n;
"""
_TREES = "SELECT DISTINCT tablename FROM pg_stats WHERE inherited AND schemaname = 'public' ORDER BY 1"
_EXTENDED = "SELECT DISTINCT statistics_name FROM pg_stats_ext WHERE n_distinct IS NOT NULL ORDER BY 1"
_ALL = ["of_pairs", "of_visits"]


# Reading the file fails.
FAR = """
CREATE EXTENSION file_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER file_fdw;
CREATE TABLE mixed (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE mixed_1 PARTITION OF mixed FOR VALUES FROM (0) TO (20000);
ALTER TABLE mixed_1 ADD PRIMARY KEY (id);
CREATE FOREIGN TABLE mixed_2 PARTITION OF mixed FOR VALUES FROM (20000) TO (30000) SERVER far
    OPTIONS (filename '/nowhere', format 'csv');
CREATE TABLE unread (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE unread_1 PARTITION OF unread DEFAULT;
"""


def groups(side: Database) -> int:
    """Return how many groups the planner expects."""
    plan = "\n".join(line for (line,) in side.query("EXPLAIN SELECT kind, count(*) FROM visits GROUP BY kind"))
    found = re.search(r"rows=(\d+)", plan)
    assert found
    return int(found[1])


def knows(side: Database) -> list[Any]:
    """Return the trees, and the extended statistics, that the planner knows."""
    return [[name for (name,) in side.query(query)] for query in (_TREES, _EXTENDED)]


@pytest.fixture
def planted(pair: PairFactory) -> Any:
    """Give a function that makes a pair with these tables, analyzed on blue, empty on green."""

    def make(blue: int, green: int) -> Pair:
        made = pair(blue, green)
        for side in (made.blue, made.green):
            side.query(TABLES, role="owner")
        made.blue.query(ROWS)
        made.blue.query("ANALYZE", role="owner")
        made.succeed("write_gate")
        return made

    return make


def named(made: Pair) -> list[str]:
    """Return the tables that go/no-go says lack statistics."""
    result = made.run("cutover", check=True, target="green", comparison_max_age_hours=0)
    reasons = result.get("details", {}).get("reasons", [])
    return [name for one in reasons if one["code"] == "BG525" for name in one["objects"]]


@pytest.mark.parametrize(("blue", "green"), _SHORT)
def test_the_first_copy_analyzes_trees_as_a_whole(planted: Any, blue: int, green: int) -> None:
    made = planted(blue, green)
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    trees, extended = knows(made.green)
    assert trees == ["events", "parents", "visits", "visits 1"]
    assert extended == _ALL
    assert groups(made.green) == 5
    assert named(made) == []
    assert not made.changes("statistics")


@pytest.mark.parametrize(("blue", "green"), _SHORT)
def test_what_lacks_is_named_and_analyzed_by_what_the_side_in_service_has(planted: Any, blue: int, green: int) -> None:
    made = planted(blue, green)
    for name in ("visits_1a", "visits_1b", "visits_2", "parents", "children", "pairs"):
        made.green.query(f"ALTER TABLE {name} SET (autovacuum_enabled = false)", role="owner")
    made.succeed("replication_link", direction="forward", copy="native")
    made.succeed("replication_catchup", timeout=60)
    made.succeed("replication_link", direction="reverse")
    made.green.query("ANALYZE pairs (id); ANALYZE visits_1a; ANALYZE visits_1b; ANALYZE visits_2", role="owner")
    own = ["public.children"]
    whole = ['public."visits 1"', "public.parents", "public.visits"]
    expected = sorted([*own, *whole, *(["public.pairs"] if green > 14 else [])])
    assert sorted(named(made)) == expected
    planned = made.succeed("statistics", check=True)
    assert knows(made.green) == [[], []]
    done = made.succeed("statistics")
    assert [one["title"] for one in planned["steps"]] == [one["title"] for one in done["steps"]]
    told = [one["title"].removesuffix(" on green").removesuffix(" as a whole") for one in done["steps"]]
    assert sorted(told) == [f"analyze {name}" for name in expected]
    assert (groups(made.green), done["lacking"]) == (5, [])
    assert named(made) == []
    assert not made.changes("statistics")


def test_a_tree_that_blue_never_analyzed_is_no_reason_and_a_foreign_one_is_left_alone(planted: Any) -> None:
    made = planted(17, 18)
    for side in (made.blue, made.green):
        side.query(FAR)
        for name in ("mixed", "mixed_1", "mixed_2", "unread", "unread_1"):
            side.query(f"ALTER TABLE {name} OWNER TO {side.roles['owner'].name}")
    made.succeed("write_gate", accepted=[{"code": "BG706", "reason": "nobody writes there"}])
    made.blue.query("INSERT INTO unread SELECT generate_series(1, 5000);"
                    "INSERT INTO mixed SELECT n, repeat('x', 100) FROM generate_series(1, 5000) n")  # fmt: skip
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    trees, _extended = knows(made.green)
    assert trees == ["events", "parents", "unread", "visits", "visits 1"]
    assert made.green.query("SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'mixed_1'") == [(True,)]
    assert named(made) == []
    assert not made.changes("statistics")
    made.green.query("DELETE FROM pg_statistic WHERE starelid = 'unread'::regclass")
    assert named(made) == []


def test_on_the_way_back_blue_is_analyzed(planted: Any) -> None:
    made = planted(17, 18)
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    made.succeed("replication_link", direction="reverse")
    made.succeed("cutover", target="green", comparison_max_age_hours=0, deadline=30.0)
    made.blue.query("DROP STATISTICS of_pairs; CREATE STATISTICS of_pairs ON a, b FROM pairs", role="owner")
    done = made.succeed("statistics")
    assert [one["title"] for one in done["steps"]] == ["analyze public.pairs on blue"]
    assert "of_pairs" in knows(made.blue)[1]
