# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of 2 GB whose module, worker and green are killed one after the other."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.migrations import Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.processes import children_of
from tests.fixtures.servers import ServerFactory, restart
from tests.integration.replication.test_link import left
from tests.live.modules import ModuleProcess

_BYTES = 2 << 30
_ROW_BYTES = 1000
_TABLES = 4
_PATIENCE = 600.0
_ROOM = {"max_wal_size": "4GB", "shared_buffers": "256MB"}
_CREATE = "CREATE TABLE part_{n} (id int PRIMARY KEY, at timestamptz NOT NULL, note text NOT NULL)"
_INDEX = "CREATE INDEX part_{n}_at ON part_{n} (at)"
_FILL = """
INSERT INTO part_{n} SELECT g, '2026-01-01'::timestamptz + g * interval '1 s', repeat(md5((g * {n})::text), 29)
FROM generate_series(1, {rows}) g"""
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'bluegreen % copy'"
_REMAINS = """
SELECT (SELECT count(*) FROM bluegreen.first_copy_work), (SELECT count(*) FROM bluegreen.first_copy_table),
       (SELECT count(*) FROM pg_replication_origin), (SELECT count(*) FROM pg_subscription)"""


@pytest.fixture
def large(own_server: ServerFactory, database: DatabaseFactory, run_module: ModuleRunner) -> Pair:
    """Give a pair of servers of its own, with 2 GB on blue."""
    sides = database(17, "blue", own_server(17, **_ROOM)), database(18, "green", own_server(18, **_ROOM))
    made = Pair(*sides, run_module, "migrator", sides[0].name)
    for n in range(1, _TABLES + 1):
        for side in sides:
            side.query(_CREATE.format(n=n), role="owner")
            side.query(_INDEX.format(n=n), role="owner")
        made.blue.query(_FILL.format(n=n, rows=_BYTES // _TABLES // _ROW_BYTES))
    size = "SELECT sum(pg_table_size(oid)) >= %s FROM pg_class WHERE relkind = 'r' AND relname LIKE 'part%%'"
    assert made.blue.query(size, _BYTES) == [(True,)]
    made.succeed("write_gate")
    return made


def _wait_for_part(made: Pair, attempt: int, part: float) -> None:
    """Wait until an attempt has copied that part of all bytes, and not yet all of them."""
    end = time.monotonic() + _PATIENCE
    while True:
        copy = made.succeed("replication_lag_info")["first_copy"]
        if copy["attempt"] >= attempt and copy["bytes"] and copy["bytes_done"] >= part * copy["bytes"]:
            assert copy["phase"] == "copying", "too late to kill anything"
            return
        assert time.monotonic() < end, copy
        time.sleep(0.05)


@pytest.mark.soak
def test_a_copy_of_2_gb_that_is_killed_three_times_ends_complete(large: Pair) -> None:
    link = ModuleProcess("replication_link", {**large.ends(), "direction": "forward"})
    assert not link.wait().get("failed")
    (worker,) = [pid for pid in link.left_running() if children_of(pid)]

    waiting = ModuleProcess("replication_catchup", {**large.ends(), "timeout": _PATIENCE})
    _wait_for_part(large, 1, 0.2)
    waiting.kill()
    waiting.wait()
    assert not large.changes("replication_link", direction="forward"), "its worker is still at it"

    _wait_for_part(large, 1, 0.4)
    os.kill(worker, signal.SIGKILL)
    waiting = ModuleProcess("replication_catchup", {**large.ends(), "timeout": _PATIENCE})
    _wait_for_part(large, 2, 0.3)
    restart(large.green.server.embedded, "immediate")
    waiting.wait(_PATIENCE)

    large.succeed("replication_catchup", timeout=_PATIENCE)
    assert large.succeed("replication_lag_info")["first_copy"]["attempt"] >= 2
    assert large.succeed("consistency_check", timeout=_PATIENCE)["consistent"] is True
    assert left(large.blue) == 2
    assert large.green.query(_REMAINS) == [(0, 0, 1, 1)]
    assert waiting.await_nothing_left(_PATIENCE)
    assert link.await_nothing_left(_PATIENCE)
    assert [side.query(_SESSIONS) for side in (large.blue, large.green)] == [[(0,)], [(0,)]]
    large.succeed("replication_link", direction="forward", state="absent")
    assert (left(large.blue), left(large.green)) == (0, 0)
