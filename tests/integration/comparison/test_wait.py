# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until green has applied what blue has committed: never too short, and not too long."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.comparison.side import (
    read_slots,
    read_wal_end,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.chosen import BLUE
from tests.fixtures.consistency import ReplicatedFactory, replicated, table_of
from tests.fixtures.databases import Database
from tests.fixtures.servers import ServerFactory

__all__ = ["replicated"]

SCHEMA = "CREATE TABLE t (id int PRIMARY KEY, v int);"
ROWS = "INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;"
INSERT_POSITION = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
PAGE, PAGE_HEADER = 8192, 24
# A record may begin at the last 8 bytes of a page; a message needs more than that.
SHORTEST_MESSAGE = 80


def seconds_of(action: Callable[[], object]) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def test_wal_of_an_open_transaction_does_not_keep_us_waiting(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    pair.plant("DELETE FROM t WHERE id = 1")
    with pair.blue.connect(autocommit=False) as writer, writer.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (99, 99)")
        assert seconds_of(pair.compare) < 8, "the server itself would have flushed after 15 s"
        writer.rollback()


def test_asynchronous_commits_are_waited_for(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    for _attempt in range(5):
        pair.blue.query("SET synchronous_commit = off; UPDATE t SET v = v + 1")
        result = pair.compare()
        assert table_of(result, "public.t")["differences"] == []
        assert result["consistent"] is True


def test_an_end_behind_a_page_header_is_the_end_of_the_page(
    replicated: ReplicatedFactory, own_server: ServerFactory
) -> None:
    pair = replicated(SCHEMA, ROWS, server=own_server(BLUE, autovacuum="off"))
    session = Session(Endpoint(Side.BLUE, keywords_of(pair.blue), {}), "test")
    position = end_a_record_with_its_page(pair.blue)
    assert read_wal_end(session) == lsn(position - PAGE_HEADER)
    deadline = time.monotonic() + 5
    while not all(slot.passed for slot in read_slots(session, pair.link, read_wal_end(session))):
        assert time.monotonic() < deadline, "green confirmed the end of the page, and that was not taken for it"
        time.sleep(0.02)
    session.close()


def keywords_of(database: Database) -> dict[str, str]:
    return {key: str(value) for key, value in database.endpoint("superuser").items()}


def end_a_record_with_its_page(database: Database) -> int:
    """Write a message whose record ends where its page ends; return the insert position behind the next header."""
    overhead = SHORTEST_MESSAGE
    for _attempt in range(200):
        ((position,),) = database.query(INSERT_POSITION)
        if position % PAGE == PAGE_HEADER:
            return int(position)
        room = PAGE - position % PAGE
        payload = max(8, room - overhead)
        database.query("SELECT pg_logical_emit_message(false, '', repeat('x', %s), true)", payload)
        ((after,),) = database.query(INSERT_POSITION)
        if room > overhead and after // PAGE == position // PAGE:
            overhead -= 8
        elif room > overhead and after % PAGE > PAGE_HEADER:
            overhead += 8
    raise AssertionError("no record ended with its page")


def lsn(position: int) -> str:
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"
