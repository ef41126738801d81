# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The top statements of the side in service, explained on both sides: what got worse is found, no value is told."""

from __future__ import annotations

import json
import re
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg2
import pytest

from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory

_PAIRS = [(17, 18), (14, 17), (11, 18)]
_SECRET = "hunter2hunter2"
TABLES = """
CREATE TABLE orders (id bigint PRIMARY KEY, buyer int NOT NULL, day date, note text);
CREATE INDEX orders_buyer ON orders (buyer);
CREATE INDEX orders_note ON orders (lower(note) text_pattern_ops) WHERE day IS NOT NULL;
CREATE TABLE visits (id bigint, kind int, PRIMARY KEY (id, kind)) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (10000);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (10000) TO (20000);
CREATE VIEW recent AS SELECT * FROM orders WHERE day > '2026-01-20';
"""
ROWS = """
INSERT INTO orders SELECT n, n % 500, '2026-01-01'::date + n % 30, 'x' || n FROM generate_series(1, 10000) n;
INSERT INTO visits SELECT n, n % 5 FROM generate_series(1, 19999) n;
ANALYZE
"""
# As applications write them: typed literals, comments, lists, each kind of statement.
STATEMENTS = (
    "SELECT * FROM orders WHERE buyer = 7 AND day > date '2026-01-05' /* page=7 */",
    "-- a comment first\nSELECT count(*) FROM recent WHERE lower(note) LIKE 'x1%'",
    "SELECT id FROM orders WHERE id IN (1, 2, 3) ORDER BY 1 LIMIT 2",
    "SELECT kind, count(*) FROM visits WHERE id = 12 GROUP BY 1",
    "INSERT INTO orders VALUES (100000, 1, '2026-02-01', 'new')",
    "UPDATE orders SET note = 'changed', day = day + interval '1 day' WHERE id = 100000",
    "DELETE FROM orders WHERE id = 100000",
    "WITH few AS (SELECT buyer FROM orders WHERE id < 5) SELECT * FROM orders JOIN few USING (buyer)",
)


def work(side: Database, *statements: str) -> None:
    """Run statements as the application does."""
    opened = psycopg2.connect(**side.endpoint("app"))
    opened.autocommit = True
    with opened.cursor() as cursor:
        for one in statements:
            cursor.execute(one)
    opened.close()


@pytest.fixture
def stage(pair: PairFactory) -> Any:
    """Give `stage(blue, green)`: the same tables and rows on both sides, and blue counts statements."""

    def make(blue: int = 17, green: int = 18, label: str = "counted") -> Pair:
        made = pair(blue, green, label=label)
        made.blue.query("CREATE EXTENSION pg_stat_statements")
        for side in (made.blue, made.green):
            side.query(TABLES, role="owner")
            side.query(ROWS, role="owner")
        made.succeed("write_gate")
        if label == "counted":
            made.blue.query("SELECT pg_stat_statements_reset()")
        return made

    return make


def found(result: dict[str, Any]) -> dict[str, list[str]]:
    """Return the objects of each finding by its code."""
    return {one["code"]: one["objects"] for one in result["findings"]}


@pytest.mark.parametrize(("blue", "green"), _PAIRS)
def test_the_same_plans_give_no_finding(stage: Any, blue: int, green: int) -> None:
    made = stage(blue, green)
    work(made.blue, *STATEMENTS)
    before = made.dump(made.blue)
    result = made.succeed("plan_comparison_info")
    assert result["findings"] == []
    assert len(result["statements"]) == len(STATEMENTS)
    # 12 and later plan a WITH query with what uses it, and read a single partition without an Append.
    assert {one["verdict"] for one in result["statements"]} <= ({"same"} if blue > 11 else {"same", "changed"})
    assert result["unknown_values_by_subquery"] == (["blue"] if blue < 16 else [])
    assert all(one["cost_before"] > 0 and one["cost_after"] > 0 for one in result["statements"])
    assert "orders_buyer" in {name for one in result["statements"] for name in one["indexes_before"]}
    assert made.dump(made.blue) == before
    assert len(made.succeed("plan_comparison_info", top=3)["statements"]) == 3


@pytest.mark.parametrize(("blue", "green"), _PAIRS)
def test_an_index_that_green_lacks_is_found(stage: Any, blue: int, green: int) -> None:
    made = stage(blue, green)
    work(made.blue, *STATEMENTS)
    made.green.query("DROP INDEX orders_buyer", role="owner")
    made.green.query("ALTER INDEX orders_note RENAME TO of_another_name", role="owner")
    result = made.succeed("plan_comparison_info")
    assert found(result)["BG218"] == ["public.orders_buyer"]
    worse = [one for one in result["statements"] if one["verdict"] == "worse"]
    assert worse
    assert all("public.orders" in one["sequential"] for one in worse)
    assert found(result)["BG216"] == [one["queryid"] for one in worse]
    made.green.query("CREATE INDEX by_buyer ON orders (buyer)", role="owner")
    assert made.succeed("plan_comparison_info")["findings"] == []


@pytest.mark.parametrize(("blue", "green"), [(17, 18), (14, 17)])
def test_statistics_that_green_lacks_are_found(stage: Any, blue: int, green: int) -> None:
    made = stage(blue, green)
    work(made.blue, *STATEMENTS)
    made.green.query(
        "DELETE FROM pg_statistic WHERE starelid = 'orders'::regclass AND staattnum IN"
        " (SELECT attnum FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'buyer');"
        "DELETE FROM pg_statistic WHERE starelid = 'visits_1'::regclass"
    )
    result = made.succeed("plan_comparison_info")
    assert found(result)["BG219"] == ["public.orders.buyer", "public.visits_1.id", "public.visits_1.kind"]
    made.green.query("ANALYZE", role="owner")
    assert "BG219" not in found(made.succeed("plan_comparison_info"))


def test_a_statement_that_green_refuses_is_found(stage: Any) -> None:
    made = stage()
    work(made.blue, STATEMENTS[0], STATEMENTS[5])
    made.green.query("ALTER TABLE orders RENAME COLUMN note TO remark", role="owner")
    result = made.succeed("plan_comparison_info")
    [refused] = [one for one in result["statements"] if one["verdict"] == "fails"]
    assert found(result) == {"BG248": [refused["queryid"]]}
    assert refused["why"] == 'green says: column "note" of relation "orders" does not exist'


def test_no_value_of_a_statement_is_told_anywhere(stage: Any) -> None:
    made = stage()
    made.blue.query("CREATE TABLE private (id int PRIMARY KEY, word text)", role="owner")
    work(
        made.blue,
        f"SELECT * FROM private WHERE word = '{_SECRET}' -- {_SECRET}",
        f"SELECT /* {_SECRET} */ * FROM orders WHERE note = '{_SECRET}'",
        f"SET application_name = '{_SECRET}'",
        f"DO $$ BEGIN PERFORM '{_SECRET}'; END $$",
    )
    for side in (made.blue, made.green):
        side.query(f"ALTER DATABASE \"{side.name}\" SET log_statement = 'all'")
    begins = [len(log_of(side)) for side in (made.blue, made.green)]
    result = made.succeed("plan_comparison_info")
    checked = made.run("plan_comparison_info", check=True)
    assert {one["verdict"] for one in result["statements"]} == {"fails", "same"}
    assert _SECRET not in json.dumps([result, checked])
    for side, begin in zip((made.blue, made.green), begins, strict=True):
        told = log_of(side)[begin:]
        assert "bluegreen_explain" in told
        assert _SECRET not in told
        assert side.query("SELECT count(*) FROM bluegreen.journal WHERE details::text LIKE %s", f"%{_SECRET}%") == [
            (0,)
        ]


def log_of(side: Database) -> str:
    """Return what the server has logged."""
    return side.server.embedded.log.read_text(encoding="utf-8", errors="replace")


def test_without_statements_nothing_is_claimed(stage: Any) -> None:
    made = stage()
    [nothing] = made.succeed("plan_comparison_info")["findings"]
    assert (nothing["code"], nothing["severity"]) == ("BG217", "informs")
    assert "no statement of this database" in nothing["what"]
    made.blue.query("SELECT * FROM orders")
    [nothing] = made.succeed("plan_comparison_info")["findings"]
    assert "only superusers" in nothing["what"]
    work(made.blue, STATEMENTS[0])
    name = made.blue.roles["migrator"].name
    made.blue.query(f'REVOKE pg_monitor FROM "{name}"')
    [hidden] = made.succeed("plan_comparison_info")["findings"]
    assert "statements that we may not see" in hidden["what"]
    made.blue.query("REVOKE ALL ON pg_stat_statements FROM PUBLIC")
    [unreadable] = made.succeed("plan_comparison_info")["findings"]
    assert "may not read pg_stat_statements" in unreadable["what"]
    made.blue.query("DROP EXTENSION pg_stat_statements")
    [absent] = made.succeed("plan_comparison_info")["findings"]
    assert "has no extension pg_stat_statements" in absent["what"]


def test_an_extension_that_is_not_loaded_is_told(stage: Any) -> None:
    [told] = stage(label="blue").succeed("plan_comparison_info")["findings"]
    assert "has not loaded pg_stat_statements" in told["what"]


# It fails where it can become another role than the application's.
_ESCAPES = """
CREATE FUNCTION escapes() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM set_config('role', 'none', true);
    IF current_user <> '{app}' THEN
        RAISE EXCEPTION 'gained %', current_user USING ERRCODE = '42704';
    END IF;
    RETURN 1;
EXCEPTION
    WHEN insufficient_privilege THEN RETURN 1;
END $$;
ALTER FUNCTION escapes() OWNER TO "{app}"
"""


@pytest.mark.parametrize(("blue", "green"), [(17, 18), (14, 17)])
def test_what_a_planner_calls_never_runs_as_us(stage: Any, blue: int, green: int) -> None:
    made = stage(blue, green)
    app, migrator = (made.blue.roles[role].name for role in ("app", "migrator"))
    for side in (made.blue, made.green):
        side.query(_ESCAPES.format(app=app))
    work(made.blue, "SELECT * FROM orders WHERE id = escapes()")
    if made.role == "migrator":
        [unknown] = made.succeed("plan_comparison_info")["findings"]
        assert f"our role is no member of {app}" in unknown["what"]
        assert f"would run functions of {app}" in unknown["what"]
        for side in (made.blue, made.green):
            side.query(f'GRANT "{app}" TO "{migrator}"')
    result = made.succeed("plan_comparison_info")
    assert {one["verdict"] for one in result["statements"]} == {"same"}, result["statements"]


@pytest.mark.soak  # each statement waits for its lock
def test_ddl_that_waits_leaves_plans_not_compared_and_stops_no_switch(stage: Any) -> None:
    made = stage()
    made.succeed("replication_link", direction="forward", copy="none")
    made.succeed("replication_link", direction="reverse")
    work(made.blue, *STATEMENTS)
    made.blue.query("CREATE INDEX orders_later ON orders (id) WHERE id > 5", role="owner")
    reader, owner = made.blue.connect("app", autocommit=False), made.blue.connect("owner")
    reader.cursor().execute("SELECT count(*) FROM orders")

    def wait() -> None:
        with suppress(psycopg2.Error):
            owner.cursor().execute("ALTER TABLE orders ADD CHECK (id IS NOT NULL)")

    waiting = threading.Thread(target=wait)
    waiting.start()
    try:
        while made.blue.query("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
            time.sleep(0.02)
        asked = {"check": True, "target": "green", "comparison_max_age_hours": 0, "max_transaction_seconds": 600}
        warned = made.run("cutover", plans={"regression": "warn"}, **asked)
        assert "BG041" not in json.dumps(warned), warned
        assert "BG217" in str(warned["warnings"])
        blocked = made.run("cutover", plans={"regression": "block"}, **asked)
        assert "BG217" in {one["code"] for one in blocked["details"]["reasons"]}
    finally:
        reader.close()
        waiting.join()


def test_go_no_go_reads_plans_again(stage: Any) -> None:
    made = stage()
    made.succeed("replication_link", direction="forward", copy="none")
    made.succeed("replication_link", direction="reverse")
    work(made.blue, *STATEMENTS)
    made.green.query("DROP INDEX orders_buyer", role="owner")
    ids = found(made.succeed("plan_comparison_info"))["BG216"]

    def reasons(**arguments: Any) -> set[str]:
        result = made.run("cutover", check=True, target="green", comparison_max_age_hours=0, **arguments)
        assert _SECRET not in json.dumps(result)
        warned = set(re.findall(r"BG\d+", str(result.get("warnings", []))))
        return warned | {one["code"] for one in result.get("details", {}).get("reasons", [])}

    assert not reasons() & {"BG216", "BG218"}
    assert {"BG216", "BG218"} <= reasons(plans={"regression": "warn"})
    blocked = made.run("cutover", check=True, target="green", plans={"regression": "block"})
    assert {"BG216", "BG218"} <= {one["code"] for one in blocked["details"]["reasons"]}
    accepted = [{"code": "BG216", "object": one, "reason": "known"} for one in ids]
    accepted += [{"code": "BG218", "object": "public.orders_buyer", "reason": "known"}]
    assert not reasons(plans={"regression": "block"}, accepted=accepted) & {"BG216", "BG218"}
