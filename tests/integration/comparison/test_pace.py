# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison sleeps while others need the CPU, finds the same, and does not sleep otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.comparison import pace as postgres
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.comparison import pace
from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of
from tests.fixtures.databases import Database, RoleName

__all__ = ["replicated"]

ROWS = 40_000
SCHEMA = """CREATE TABLE t (k int PRIMARY KEY, v int); CREATE TABLE words (k text PRIMARY KEY, v int);
            CREATE TABLE lines (v int, what text)"""
FILL = f"""INSERT INTO t SELECT g, g FROM generate_series(1, {ROWS}) g;
           INSERT INTO words SELECT md5(k::text), v FROM t; INSERT INTO lines SELECT v, 'x' FROM t"""
PAUSES = """SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name LIKE %s"""


@contextmanager
def others_at_work(pair: Replicated) -> Iterator[None]:
    """Keep a session on blue busy."""
    stop = threading.Event()

    def write() -> None:
        with pair.blue.connect() as session, session.cursor() as cursor:
            while not stop.is_set():
                cursor.execute("UPDATE t SET v = v + 1 WHERE k = 7")
                stop.wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


@contextmanager
def watched(side: Database, migration: str) -> Iterator[list[bool]]:
    """Watch whether a comparison's session sleeps, and give the observations."""
    stop, seen = threading.Event(), [False]

    def look() -> None:
        while not stop.is_set():
            seen[0] = seen[0] or bool(side.query(PAUSES, f"bluegreen {migration} %"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


def compare(pair: Replicated, **parameters: Any) -> tuple[dict[str, Any], bool]:
    """Compare, and tell whether it slept."""
    with watched(pair.green, pair.migration) as seen:
        result = pair.compare(range_megabytes=0.25, **parameters)
    return result, seen[0]


@pytest.mark.soak
def test_it_rests_while_others_need_the_cpu(replicated: ReplicatedFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = replicated(SCHEMA, FILL)
    pair.plant("UPDATE words SET v = 0 WHERE v = 9; DELETE FROM t WHERE k IN (1, 40000); DELETE FROM lines WHERE v = 4")
    monkeypatch.setattr(pace, "is_in_the_way", lambda _interruptions: True)
    alone, rested = compare(pair)
    assert not rested, "nobody else is at work"
    with others_at_work(pair):
        beside, rested = compare(pair)
        assert rested
        assert "rests" in beside["progress"][0]
        assert not compare(pair, busy_percent=100)[1]
        monkeypatch.setattr(pace, "is_in_the_way", lambda _interruptions: False)
        assert not compare(pair)[1], "there are cores to spare"
    for table in ("public.t", "public.words", "public.lines"):
        assert found_in(beside, table) == found_in(alone, table)
        assert table_of(beside, table)["rows"] == table_of(alone, table)["rows"]
    assert [table["difference_count"] for table in beside["tables"]] == [1, 2, 1]


def session_of(database: Database, role: RoleName) -> Session:
    keywords = {key: str(value) for key, value in database.endpoint(role).items()}
    return Session(Endpoint(Side.BLUE, keywords, {}), "test")


def test_whose_state_is_hidden_could_be_at_work(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, link=False)
    migrator = sql.Identifier(pair.blue.roles["migrator"].name)
    pair.blue.query(sql.SQL("REVOKE pg_monitor FROM {}").format(migrator))
    session = session_of(pair.blue, "migrator")
    assert not postgres.others_at_work(session)
    other = pair.blue.connect()
    assert postgres.others_at_work(session)
    other.close()
    session.close()


def test_a_process_that_is_alone_is_hardly_interrupted(replicated: ReplicatedFactory) -> None:
    session = session_of(replicated(SCHEMA, link=False).blue, "migrator")
    assert 0 <= postgres.read_interruptions(session) < 10_000
    session.close()
