# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are proven different are rewritten, and replication continues over them."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import conninfo
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import link_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import quoted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from tests.fixtures.consistency import Replicated, ReplicatedFactory, replicated
from tests.fixtures.databases import Database

__all__ = ["replicated"]

SCHEMA = """
CREATE TABLE parents (id int PRIMARY KEY, name text);
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent int REFERENCES parents, "Odd %" numeric(8,2),
    b bytea, a text[], j jsonb, at timestamptz, big text, twice numeric GENERATED ALWAYS AS ("Odd %" * 2) STORED);
CREATE TABLE log (what text);
CREATE TABLE audit (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.audit (what) VALUES (TG_OP); RETURN NULL; END $$;
"""
ROWS = """
INSERT INTO parents SELECT g, 'p' FROM generate_series(1, 10) g;
INSERT INTO t (parent, "Odd %", b, a, j, at, big)
SELECT g % 10 + 1, g * 1.50, '\\x00ff', ARRAY['a b', NULL, '{'], '{"k": 1}',
    '2026-01-01 12:00+02', CASE WHEN g % 7 = 0 THEN repeat(md5(g::text), 3000) END FROM generate_series(1, 200) g;
"""
TRIGGER = "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON t EXECUTE FUNCTION audited()"
FAULTS = """
UPDATE t SET "Odd %" = 0, a = '{}', j = NULL, b = '' WHERE id = 1; UPDATE t SET big = 'x' WHERE id = 7;
SET session_replication_role = replica;
DELETE FROM t WHERE id IN (100, 14); DELETE FROM parents WHERE id = 5;
INSERT INTO t (id, parent) OVERRIDING SYSTEM VALUE VALUES (999, 77);
"""
FUNCTIONS = (
    "pg_replication_origin_create(text), pg_replication_origin_drop(text), pg_replication_origin_oid(text),"
    " pg_replication_origin_session_setup, pg_replication_origin_session_reset()"
)


def allow_repair(side: Database) -> None:
    """Give the migrator what docs/privileges.md says."""
    migrator = sql.Identifier(side.roles["migrator"].name)
    for grant in (
        "GRANT SET ON PARAMETER session_replication_role TO {}",
        f"GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO {{}}",
    ):
        side.query(sql.SQL(grant).format(migrator))


def repair(pair: Replicated, *, check: bool = False, **parameters: Any) -> dict[str, Any]:
    return pair.run_module("consistency_repair", pair.arguments(**parameters), check=check)


def require_flow(pair: Replicated) -> None:
    """Check that replication still brings blue's changes of the rewritten rows."""
    pair.blue.query(
        "UPDATE t SET at = now() WHERE id IN (1, 7, 100); DELETE FROM t WHERE id = 14;"
        "INSERT INTO t (id, parent) OVERRIDING SYSTEM VALUE VALUES (999, 1)"
    )
    result = pair.compare()
    assert result["consistent"] is True, result
    assert pair.green.query("SELECT count(*) FROM t WHERE id = 14") == [(0,)]


def test_check_mode_shows_the_statements_and_writes_nothing(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    pair.plant(FAULTS)
    for check in (True, False):
        refused = repair(pair, check=check)
        assert refused["code"] == "BG008", "the role was not given the right to"
        assert "On green: GRANT SET ON PARAMETER session_replication_role" in refused["msg"]
    allow_repair(pair.green)
    shown = repair(pair, check=True)
    assert (shown["changed"], shown["repaired"], len(shown["statements"])) == (True, 0, 6)
    text = "\n".join(shown["statements"])
    assert """UPDATE ONLY "public"."t" AS t SET "Odd %" = '<Odd % of blue>'""" in text
    assert "DELETE FROM" in text
    assert "INSERT INTO" in text
    assert "twice" not in text
    assert repair(pair, check=True)["statements"] == shown["statements"]
    assert pair.green.query("SELECT count(*) FROM pg_replication_origin WHERE roname LIKE 'bluegreen%%'") == [(0,)]


def test_rows_that_a_policy_hides_from_the_owner_are_told_and_nothing_of_them_is_written(
    replicated: ReplicatedFactory,
) -> None:
    """They are written as the table's owner, whom FORCE ROW LEVEL SECURITY binds."""
    pair = replicated(SCHEMA, ROWS)
    owner = pair.green.roles["owner"].name
    pair.plant("SET session_replication_role = replica; UPDATE t SET big = 'x' WHERE id IN (7, 8); DELETE FROM parents")
    pair.plant(f'ALTER TABLE t OWNER TO "{owner}"')
    pair.plant(
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id <> 7)"
    )
    ends: dict[str, Any] = {
        name: side.endpoint("superuser") for name, side in (("blue", pair.blue), ("green", pair.green))
    }
    for check in (True, False):
        told = repair(pair, check=check, **ends)
        assert [one["key"] for one in told["not_repaired"]] == [{"id": "7"}, {"id": "8"}]
        [reason] = {one["reason"] for one in told["not_repaired"]}
        assert f"on green may hide rows of public.t from its owner {owner}, as whom we write" in reason
        assert f"ALTER ROLE {quoted(owner)} BYPASSRLS, or ALTER TABLE public.t NO FORCE ROW LEVEL SECURITY" in reason
        assert len(told["statements"]) == 10
        assert not any('"t"' in statement for statement in told["statements"])
    assert pair.green.query("SELECT count(*) FROM parents") == [(10,)], "another table is not kept waiting"
    assert pair.green.query("SELECT count(*) FROM t WHERE big = 'x'") == [(2,)]
    pair.plant("ALTER TABLE t NO FORCE ROW LEVEL SECURITY")
    assert repair(pair, **ends)["not_repaired"] == []
    assert pair.green.query("SELECT count(*) FROM t WHERE big = 'x'") == [(0,)]
    pair.plant("ALTER TABLE t FORCE ROW LEVEL SECURITY")
    pair.plant(f"ALTER ROLE {quoted(owner)} BYPASSRLS; UPDATE t SET big = 'x' WHERE id = 7")
    assert repair(pair, **ends)["not_repaired"] == []


def test_rows_that_a_policy_hides_from_our_role_are_neither_compared_nor_repaired(
    replicated: ReplicatedFactory,
) -> None:
    pair = replicated(SCHEMA, ROWS)
    allow_repair(pair.green)
    pair.plant("UPDATE t SET big = 'x' WHERE id IN (7, 8)")
    for side in (pair.blue, pair.green):
        side.query(
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id <> 7)"
        )
        refused = repair(pair)
        assert refused["code"] == "BG402", refused
        side.query("DROP POLICY p ON t; ALTER TABLE t DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")
    assert pair.green.query("SELECT count(*) FROM t WHERE big = 'x'") == [(2,)]


def test_every_kind_of_difference_is_mended(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    for side in (pair.blue, pair.green):
        side.query(TRIGGER)
    allow_repair(pair.green)
    pair.plant(FAULTS)
    audited = pair.green.query("SELECT count(*) FROM audit")
    result = repair(pair, exclude_tables=["public.audit"])
    assert (result["consistent"], result["repaired"], result["not_repaired"]) == (True, 6, []), result
    assert pair.green.query("SELECT count(*) FROM audit") == audited, "no trigger fires"
    again = repair(pair, exclude_tables=["public.audit"])
    assert (again["changed"], again["repaired"], again["consistent"]) == (False, 0, True)
    assert pair.green.query("SELECT count(*) FROM pg_replication_origin WHERE roname LIKE 'bluegreen%%'") == [(0,)]
    pair.green.query("ALTER TABLE audit DISABLE TRIGGER ALL")
    pair.blue.query("DROP TRIGGER audit ON t; TRUNCATE audit")
    pair.green.query("TRUNCATE audit")
    require_flow(pair)


def test_what_is_written_is_not_sent_back(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS, link=False)
    pair.blue.query(f"CREATE PUBLICATION {pair.link} FOR TABLE parents, t, log")
    pair.subscribe(publish=False, options="origin = none")
    name = link_name(pair.migration, Direction.REVERSE, 1)
    publisher = conninfo({key: str(value) for key, value in pair.green.endpoint("superuser").items()})
    pair.plant(FAULTS)
    pair.green.query(f"CREATE PUBLICATION {name} FOR TABLE parents, t, log")
    pair.blue.query(
        f"CREATE SUBSCRIPTION {name} CONNECTION %s PUBLICATION {name} WITH (copy_data = false, origin = none)",
        publisher,
    )
    allow_repair(pair.green)
    result = repair(pair)
    assert (result["consistent"], result["repaired"]) == (True, 6), result
    pair.green.query("INSERT INTO log VALUES ('sent back')")
    deadline = time.monotonic() + 20
    while not pair.blue.query("SELECT 1 FROM log"):
        assert time.monotonic() < deadline, "the way back has tripped over the repair"
        time.sleep(0.05)
    assert pair.blue.query("SELECT apply_error_count FROM pg_stat_subscription_stats WHERE subname = %s", name) == [
        (0,)
    ]
    require_flow(pair)


def test_rows_without_a_key_and_too_many_rows_are_left_alone(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS + "INSERT INTO log VALUES ('a')")
    allow_repair(pair.green)
    pair.plant("INSERT INTO log VALUES ('b'); " + FAULTS)
    assert repair(pair, max_rows=3)["code"] == "BG408"
    result = repair(pair)
    assert (result["consistent"], result["repaired"]) == (False, 6)
    assert [(one["table"], one["reason"]) for one in result["not_repaired"]] == [("public.log", "the table has no key")]


@pytest.mark.soak
def test_repair_under_load_trips_nobody(replicated: ReplicatedFactory) -> None:
    pair = replicated(
        "CREATE TABLE t (id int PRIMARY KEY, v int)", "INSERT INTO t SELECT g, 0 FROM generate_series(1, 50) g"
    )
    allow_repair(pair.green)
    stop = threading.Event()
    writers = [threading.Thread(target=write_until, args=(pair, stop, number)) for number in (1, 2)]
    for writer in writers:
        writer.start()
    try:
        for turn in range(6):
            damage(pair, turn)
            result = repair(pair, timeout=30)
            assert "tables" in result, result
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert repair(pair)["consistent"] is True
    assert pair.compare()["consistent"] is True
    assert pair.green.query("SELECT sum(apply_error_count) FROM pg_stat_subscription_stats") == [(0,)]


def damage(pair: Replicated, turn: int) -> None:
    """Change and delete rows that the writers write to; add none, because their inserts would conflict with those."""
    with pair.green.connect() as session, session.cursor() as cursor:
        cursor.execute("UPDATE t SET v = -1 WHERE id %% 10 = %s", (turn,))
        cursor.execute("DELETE FROM t WHERE id %% 10 = %s", (turn + 3,))


def write_until(pair: Replicated, stop: threading.Event, number: int) -> None:
    """Update, delete and insert again, over and over."""
    turn = number
    with pair.blue.connect().cursor() as cursor:
        while not stop.is_set():
            turn += 1
            key = turn % 50 + 1
            cursor.execute("UPDATE t SET v = v + 1 WHERE id = %s", (key,))
            if turn % 3 == 0:
                cursor.execute("DELETE FROM t WHERE id = %s", (key,))
                cursor.execute("INSERT INTO t VALUES (%s, 0) ON CONFLICT DO NOTHING", (key,))
            time.sleep(0.01)


@pytest.mark.parametrize("majors", [(14, 18), (18, 15)], ids=str)
def test_repair_between_other_majors(replicated: ReplicatedFactory, majors: tuple[int, int]) -> None:
    pair = replicated("CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')", *majors)
    allow_repair(pair.green)
    pair.plant("UPDATE t SET v = 'x' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (3, 'c')")
    assert (repair(pair)["repaired"], pair.compare()["consistent"]) == (3, True)


def test_a_row_of_a_child_with_the_same_key_stays_as_it_is(replicated: ReplicatedFactory) -> None:
    pair = replicated(
        "CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);",
        "INSERT INTO parent VALUES (1, 'a'), (2, 'b'); INSERT INTO child VALUES (1, 'c'), (2, 'd'), (3, 'e')",
    )
    pair.plant("UPDATE ONLY parent SET v = 'x' WHERE id = 1; INSERT INTO parent VALUES (3, 'extra')")
    allow_repair(pair.green)
    result = repair(pair)
    assert result["consistent"] is True, result
    assert pair.green.query("SELECT id, v FROM child ORDER BY id") == [(1, "c"), (2, "d"), (3, "e")]
    assert pair.compare()["consistent"] is True
