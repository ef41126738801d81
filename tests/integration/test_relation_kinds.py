# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One relation of each kind on both sides: behind a fence none can be written, unless it was refused by name
beforehand."""

from __future__ import annotations

import io

import psycopg2
import pytest
from psycopg2 import sql
from psycopg2.extensions import connection

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.catalog import TABLES
from tests.fixtures.databases import Database, DatabaseFactory, RoleName, run_statement
from tests.fixtures.migrations import PairFactory

REFUSED = "25006"
IMPOSSIBLE = ("42601", "0A000")  # this major lacks the statement, or the kind of relation for it
_SHORT = [(17, 18)]
_LONG = [pytest.param(*majors, marks=pytest.mark.soak) for majors in [(14, 17), (15, 17), (16, 18), (18, 18)]]

# Of the owner, in schema public of both sides. An unlogged partitioned table exists up to 17.
OWNERS = """
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child () INHERITS (parent);
ALTER TABLE child ADD PRIMARY KEY (id);
CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts DEFAULT;
CREATE {unlogged} TABLE quick_parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE slow_part PARTITION OF quick_parts FOR VALUES FROM (0) TO (10);
CREATE UNLOGGED TABLE quick_part PARTITION OF quick_parts DEFAULT;
CREATE UNLOGGED TABLE cache (id int PRIMARY KEY);
CREATE UNLOGGED TABLE quick_parent (id int PRIMARY KEY);
CREATE TABLE slow_child () INHERITS (quick_parent);
ALTER TABLE slow_child ADD PRIMARY KEY (id);
CREATE TABLE queue (id int PRIMARY KEY);
CREATE TABLE queues (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE queue_part PARTITION OF queues DEFAULT;
CREATE VIEW window_on_plain AS SELECT id FROM parent;
CREATE VIEW elsewhere AS SELECT 1 AS id;
CREATE FUNCTION send_it_elsewhere() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN COALESCE(NEW, OLD); END';
CREATE TRIGGER send INSTEAD OF INSERT OR UPDATE OR DELETE ON elsewhere
    FOR EACH ROW EXECUTE FUNCTION send_it_elsewhere();
CREATE VIEW ruled AS SELECT 1 AS id;
CREATE RULE ruled AS ON INSERT TO ruled DO INSTEAD INSERT INTO cache VALUES (NEW.id);
CREATE MATERIALIZED VIEW sums AS SELECT 1 AS id;
GRANT ALL ON ALL TABLES IN SCHEMA public TO {app};
"""
SUPERUSERS = """
ALTER FOREIGN TABLE far_cache OWNER TO {owner};
GRANT ALL ON far_cache TO {app};
ALTER EXTENSION plpgsql ADD TABLE queue;
ALTER EXTENSION plpgsql ADD TABLE queues;
"""
# It leads to the open side: nothing there refuses a write that passes here.
LEADS_TO_THE_OTHER_SIDE = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host {host}, port {port}, dbname {name});
GRANT USAGE ON FOREIGN SERVER far TO {owner}, {app};
CREATE USER MAPPING FOR {owner} SERVER far OPTIONS (user {owner_name}, password {owner_password});
CREATE USER MAPPING FOR {app} SERVER far OPTIONS (user {app_name}, password {app_password});
CREATE FOREIGN TABLE far_cache (id int) SERVER far OPTIONS (table_name 'cache');
"""
# From 16 on the packaged postgres_fdw needs a newer libpq than many machines have; this one can only be read.
LEADS_TO_A_FILE = """
CREATE EXTENSION file_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE far_cache (id int) SERVER far OPTIONS (filename '/dev/null');
"""
RELATIONS = (
    "parent", "child", "parts", "part", "quick_parts", "slow_part", "quick_part", "cache", "quick_parent", "slow_child",
    "queue", "queues", "queue_part", "window_on_plain", "elsewhere", "ruled", "sums", "far_cache",
)  # fmt: skip
WRITES = (
    "INSERT INTO {} VALUES (7)",
    "UPDATE {} SET id = id",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "COPY {} FROM STDIN",
    "MERGE INTO {0} USING (VALUES (1)) v(i) ON {0}.id = v.i WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING",
)
PUBLISHED = {"parent", "child", "part", "slow_part", "slow_child", "queue_part"}


def make_one_of_each(side: Database, far: Database) -> None:
    """Make them on that side, where far is the side that the foreign table leads to."""
    names = {kind: sql.Identifier(role.name) for kind, role in side.roles.items()}
    unlogged = sql.SQL("" if side.server.major >= 18 else "UNLOGGED")
    side.query(sql.SQL(OWNERS).format(unlogged=unlogged, **names), role="owner")
    ends = far.endpoint("owner")
    words = {
        **{key: ends[word] for key, word in (("host", "host"), ("port", "port"), ("name", "dbname"))},
        **{f"{kind}_name": far.roles[kind].name for kind in ("owner", "app")},
        **{f"{kind}_password": far.roles[kind].password for kind in ("owner", "app")},
    }
    literals = {key: sql.Literal(str(word)) for key, word in words.items()}
    foreign = LEADS_TO_THE_OTHER_SIDE if side.server.major < 16 else LEADS_TO_A_FILE
    side.query(sql.SQL(foreign + SUPERUSERS).format(**names, **literals))


def outcome(opened: connection, statement: str) -> str | None:
    """Write in a transaction that is rolled back; return the SQLSTATE that refused it, None where nothing did."""
    try:
        if statement.startswith("COPY"):
            opened.cursor().copy_expert(statement, io.StringIO("8\n"))
        else:
            run_statement(opened, statement)
    except psycopg2.Error as error:
        return str(error.pgcode)
    finally:
        opened.rollback()
    return None


def passed(open_side: Database, fenced: Database) -> list[str]:
    """Return what passed the fence; operations that PostgreSQL does not support do not count."""
    found, written = [], 0
    roles: tuple[RoleName, ...] = ("app", "owner")
    for role in roles:
        ends = [
            psycopg2.connect(**side.endpoint(role), options="-c default_transaction_read_only=off")
            for side in (open_side, fenced)
        ]
        for statement in (write.format(relation) for relation in RELATIONS for write in WRITES):
            there, here = (outcome(end, statement) for end in ends)
            written += there is None
            # Triggers for TRUNCATE on foreign tables came with 16.
            if statement == "TRUNCATE far_cache" and fenced.server.major < 16:
                continue
            if here != REFUSED and here not in IMPOSSIBLE and (there is None or here != there):
                found.append(f"{role}: {statement} ({there} where it is open, {here} where it is fenced)")
        for end in ends:
            end.close()
    assert written > 3 * len(RELATIONS), "most of them can be written where nothing is fenced"
    return found


@pytest.mark.parametrize(("blue", "green"), [*_SHORT, *_LONG])
def test_nothing_of_any_kind_can_be_written_on_the_fenced_side(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    make_one_of_each(made.blue, made.blue)
    make_one_of_each(made.green, made.blue)
    made.succeed("write_gate")
    assert passed(made.blue, made.green) == []


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(14, 17), (15, 17), (16, 18), (17, 18)])
def test_all_kinds_take_part_in_a_switch_each_as_the_list_says(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    make_one_of_each(made.blue, made.green)
    make_one_of_each(made.green, made.green)
    made.replicate()
    published = made.blue.query("SELECT tablename::text FROM pg_publication_tables WHERE schemaname = 'public'")
    own = {"users", "events_2026"}
    assert {name for (name,) in published} - own == PUBLISHED
    assert made.succeed("cutover", target="green")["in_service"] == "green"
    assert passed(made.green, made.blue) == []
    made.succeed("write_gate", state="absent")
    left = made.green.query("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'bluegreen_gate'")
    assert left == [], "cleanup leaves none of our triggers on the side in service"


STRANGERS = """
CREATE TABLE jobs (id int); GRANT DELETE ON jobs TO {app}; ALTER EXTENSION plpgsql ADD TABLE jobs;
CREATE TABLE known (id int); GRANT SELECT ON known TO {app}; ALTER EXTENSION plpgsql ADD TABLE known;
"""


def test_what_our_role_may_not_gate_is_refused_by_name_until_it_is_accepted(pair: PairFactory) -> None:
    made = pair()
    made.blue.query(sql.SQL(STRANGERS).format(app=sql.Identifier(made.blue.roles["app"].name)))
    word = {"code": "BG706", "object": "public.jobs", "reason": "it is filled again by itself"}
    refused = made.run("write_gate")
    assert (refused["failed"], refused["code"]) == (True, "BG706")
    assert "public.jobs on blue" in refused["msg"]
    assert "public.known" not in refused["msg"], "only superusers write there"
    made.succeed("write_gate", accepted=[word])
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    made.succeed("replication_link", direction="reverse")
    no_go = made.run("cutover", target="green")
    assert [reason["code"] for reason in no_go["details"]["reasons"]] == ["BG706"]
    assert made.succeed("cutover", target="green", accepted=[word])["in_service"] == "green"


def test_a_large_object_that_comes_later_stops_the_switch(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.blue.query("SELECT lo_create(0)", role="app")
    no_go = made.run("cutover", target="green")
    assert [reason["code"] for reason in no_go["details"]["reasons"]] == ["BG152"]
    word = {"code": "BG152", "reason": "a job copies them"}
    assert made.succeed("cutover", target="green", accepted=[word])["in_service"] == "green"


def test_whose_a_schema_is_does_not_depend_on_how_a_session_reads_strings(database: DatabaseFactory) -> None:
    made = database(17)
    made.query("CREATE SCHEMA pgqueues; CREATE TABLE pgqueues.job (id int)")
    opened = made.connect("superuser")
    run_statement(opened, "SET standard_conforming_strings = off")
    with opened.cursor() as cursor:
        cursor.execute(TABLES, {})
        assert [row[:2] for row in cursor.fetchall()] == [("pgqueues", "job")]
