# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""backfill: each row once, even across a kill; behind the fence; paused by a link; refused where it would do harm."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.copy import backfill as workflow
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner, titles
from tests.live.modules import ModuleProcess

_TABLE = """
CREATE TABLE {table} ("the 100% key" integer, part text, n integer NOT NULL, doubled integer, times integer DEFAULT 0,
    PRIMARY KEY (part, "the 100% key"));
INSERT INTO {table} SELECT g, CASE WHEN g %% 2 = 0 THEN 'even''s' ELSE 'odd' END, g FROM generate_series(1, 400) g;
"""
_COLUMNS = {"doubled": "t.n * 2 -- it's {that}, 100%", "times": "t.times + 1"}
_DONE = "SELECT count(*), min(times), max(times), bool_and(doubled = n * 2) FROM {table}"
_SLOT = "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')"


class Stage:
    """A blue and a green with the same table, and the module."""

    def __init__(self, blue: Database, green: Database, run: ModuleRunner) -> None:
        self.blue, self.green, self._run = blue, green, run
        self.table = sql.Identifier("public", 'odd "table" 5%')
        for side in (blue, green):
            for statement in _TABLE.replace("%", "%%").replace("%%%%", "%%").split(";\n"):
                if statement.strip():
                    side.query(sql.SQL(statement.replace("%%", "%")).format(table=self.table), role="owner")

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """Return the module's arguments."""
        own = {"migration": "shop", "blue": self.blue.endpoint(), "green": self.green.endpoint()}
        what = {"table": 'public."odd ""table"" 5%"', "columns": _COLUMNS, "batch_size": 30}
        return {**own, **what, **changes}

    def fill(self, *, check: bool = False, **changes: Any) -> dict[str, Any]:
        """Run the module."""
        return self._run("backfill", self.arguments(**changes), check=check, diff=True)

    def done(self) -> Any:
        """Return how many rows there are, how often each was filled, and whether all are."""
        return self.green.query(sql.SQL(_DONE).format(table=self.table))[0]

    def fence(self) -> None:
        """Install the gate on both sides, closed on green."""
        sides = {"blue": self.blue.endpoint(), "green": self.green.endpoint()}
        made = self._run("write_gate", {"migration": "shop", **sides, "state": "present"})
        assert not made.get("failed"), made["msg"]


@pytest.fixture
def stage(database: DatabaseFactory, run_module: ModuleRunner) -> Stage:
    """Give 17 and 18 with 400 rows each."""
    return Stage(database(17), database(18), run_module)


def test_each_row_once_behind_the_fence_and_not_again(stage: Stage) -> None:
    stage.fence()
    assert stage.fill(check=True)["changed"]
    assert stage.done() == (400, 0, 0, None)

    made = stage.fill(columns=_COLUMNS, where="t.doubled IS NULL")
    assert not made.get("failed"), made["msg"]
    assert (made["changed"], made["seen"], made["written"], made["finished"]) == (True, 400, 400, True)
    assert stage.done() == (400, 1, 1, True)
    assert stage.green.query("SELECT to_regclass('bluegreen.fenced') IS NOT NULL") == [(True,)]
    again = stage.fill(where="t.doubled IS NULL")
    assert (again["changed"], again["steps"]) == (False, [])

    stage.green.query("DROP TABLE bluegreen.fenced")
    stage.green.query(sql.SQL("INSERT INTO {} VALUES (401, 'odd', 401)").format(stage.table))
    stage.green.query("CREATE TABLE bluegreen.fenced ()", role="migrator")
    later = stage.fill(where="t.doubled IS NULL")
    assert (later["changed"], later["written"]) == (True, 1)
    assert stage.done() == (401, 1, 1, True)


def test_one_that_is_killed_goes_on_where_it_was(stage: Stage) -> None:
    process = ModuleProcess("backfill", stage.arguments(batch_size=10, rest=0.05))
    ready = "SELECT COALESCE((SELECT sum(seen) FROM bluegreen.backfill), 0) > 50"
    wait_for(lambda: stage.green.query("SELECT to_regclass('bluegreen.backfill') IS NOT NULL") == [(True,)])
    wait_for(lambda: stage.green.query(ready) == [(True,)])
    process.kill()
    process.wait(10.0)
    killed_at = stage.green.query("SELECT seen FROM bluegreen.backfill")[0][0]
    assert 50 < killed_at < 400

    made = stage.fill(batch_size=10)

    assert not made.get("failed"), made["msg"]
    assert int(titles(made)[0].split("from row ")[1].split()[0]) > killed_at
    assert (made["seen"], made["finished"]) == (400, True)
    assert stage.done() == (400, 1, 1, True)


def test_a_slice_says_how_far_it_is(stage: Stage) -> None:
    first = stage.fill(slice=0.001)

    assert (first["seen"], first["finished"], "resume" in first) == (30, False, True)
    assert "30" in first["progress"][0]
    last = stage.fill(slice=60.0, resume=first["resume"])
    assert (last["seen"], last["finished"], "resume" in last) == (400, True, False)
    assert stage.done() == (400, 1, 1, True)


def test_rows_that_stay_locked_stop_it_and_the_next_run_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "_LOCK_TRIES", 1)
    holder = stage.green.connect(autocommit=False)
    holder.cursor().execute(sql.SQL("SELECT FROM {} WHERE n = 100 FOR UPDATE").format(stage.table))

    stopped = stage.fill()
    assert (stopped["failed"], stopped["code"], stopped["details"]["sqlstate"]) == (True, "BG237", "55P03")
    holder.rollback()

    assert stage.fill()["finished"]
    assert stage.done() == (400, 1, 1, True)


def test_it_waits_for_a_link_that_lags(stage: Stage) -> None:
    stage.blue.query(_SLOT, "bluegreen_shop_forward_1")
    stage.blue.query(sql.SQL("UPDATE {} SET n = n").format(stage.table))

    waited = stage.fill(max_lag_bytes=1000, pause_limit=1.0)
    assert (waited["failed"], waited["code"]) == (True, "BG236")
    assert "bluegreen_shop_forward_1" in waited["msg"]
    assert stage.done() == (400, 0, 0, None)

    assert stage.fill(max_lag_bytes=1_000_000_000)["finished"]


def test_it_does_not_write_what_would_flow_over_newer_rows(stage: Stage) -> None:
    stage.green.query(_SLOT, "bluegreen_shop_reverse_1")

    refused = stage.fill()
    assert (refused["failed"], refused["code"]) == (True, "BG234")
    assert stage.done() == (400, 0, 0, None)
    assert stage.fill(side="blue")["finished"]


@pytest.mark.parametrize("check", [True, False])
def test_a_table_that_hides_rows_from_its_owner_is_not_filled_in_part(stage: Stage, check: bool) -> None:
    policy = "ALTER TABLE {0} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON {0} USING (n > 9)"
    stage.green.query(sql.SQL(policy).format(stage.table))
    refused = stage.fill(check=check)
    assert (refused["failed"], refused["code"]) == (True, "BG544")
    assert "NO FORCE ROW LEVEL SECURITY" in refused["msg"]
    assert stage.done() == (400, 0, 0, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"table": "public.nothing"},
        {"columns": {"nothing": "1"}},
        {"columns": {"part": "'x'"}},
        {"columns": {}},
    ],
)
def test_what_cannot_be_filled_is_named(stage: Stage, changes: dict[str, Any]) -> None:
    refused = stage.fill(**changes)

    assert (refused["failed"], refused["code"]) == (True, "BG233")


def test_an_expression_that_fails_leaves_the_batches_before_it(stage: Stage) -> None:
    failed = stage.fill(columns={"doubled": "t.n / (t.n - 399)"})

    assert (failed["code"], failed["details"]["sqlstate"]) == ("BG237", "22012")
    assert stage.green.query("SELECT finished FROM bluegreen.backfill") == [(False,)]


_KEYS = {"b": "character varying(20)", "c": "mood", "a": "integer", "d": "public.citext"}
_OTHERS_OPERATORS = """
CREATE TABLE seen (who text); GRANT ALL ON seen TO public;
CREATE FUNCTION says(character varying, character varying) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO seen VALUES (current_user); RETURN pg_catalog.text_gt($1, $2); END $$;
CREATE OPERATOR public.> (FUNCTION = says, LEFTARG = character varying, RIGHTARG = character varying);
CREATE OPERATOR public.= (FUNCTION = says, LEFTARG = character varying, RIGHTARG = character varying);
"""


@pytest.mark.parametrize(
    "keys",
    ["b", "b, a", "c, b, a", "a) INCLUDE (b", "d, b", "d"],
    ids=["varchar", "two", "three", "included", "mixed", "citext"],
)
def test_operators_of_others_do_not_run(stage: Stage, keys: str) -> None:
    """A role that may create in a schema of the path could give varchar an operator that matches better than ours."""
    stage.green.query(f"GRANT CREATE ON SCHEMA public TO {stage.green.roles['app'].name}")
    stage.green.query("CREATE EXTENSION citext SCHEMA public")
    stage.green.query("CREATE TYPE mood AS ENUM ('happy', 'sad'); GRANT USAGE ON TYPE mood TO public")
    columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in _KEYS.items())
    stage.green.query(f"CREATE TABLE keyed ({columns}, n integer, PRIMARY KEY ({keys}))", role="owner")
    stage.green.query(
        "INSERT INTO keyed SELECT 'b' || g, CASE WHEN g % 2 = 0 THEN 'happy' ELSE 'sad' END::mood, g,"
        " 'D' || g % 7"
        " FROM generate_series(1, 100) g" + (" WHERE g < 8" if keys == "d" else ""),
        role="owner",
    )
    stage.green.query(_OTHERS_OPERATORS, role="app")
    result = stage.fill(table="public.keyed", columns={"n": "1"}, batch_size=3)
    assert not result.get("failed"), result["msg"]
    assert stage.green.query("SELECT count(*) FROM keyed WHERE n IS DISTINCT FROM 1") == [(0,)]
    assert stage.green.query("SELECT DISTINCT who FROM seen") == []
