# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers and ledger against real servers: they continue through every interruption, and the ledger tells the truth."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from demo.ledger_check import Verdict, hold_against
from demo.ledger_self_test import delete_a_row, double_a_row, self_test
from demo.processes import ProcessRegister
from demo.routes import ROUTES, RouteRequest
from demo.shop import Passwords, ShopSide
from demo.writers import PROBE, WriterPool, WriterPoolError, WriterResults
from tests.fixtures.servers import PostgresServer, ServerFactory

_WRITING_SECONDS = 0.5
_POOL_WITHOUT_END = """
import sys, time
from pathlib import Path
from demo.writers import WriterPool
pool = WriterPool(sys.stdin.readline(), Path(sys.argv[1]), writers=1)
pool.start()
pool.wait_until_writing()
print(*[process.pid for process in pool._processes.values()], flush=True)
time.sleep(60)
"""
_CLOSED = '"Sales ""Archive"""."Closed Orders"'
_STRANGE_ORDER = """
INSERT INTO orders (user_id, product_id, operation_id)
SELECT 1, 1, operation_id || '9999999' FROM orders WHERE id = (SELECT max(id) FROM orders)
"""


@pytest.fixture(scope="module")
def blue(postgres_server: ServerFactory) -> ShopSide:
    """Give a server with the shop; each test has a ledger of its own, which knows of its own writers only."""
    return _shop_side(postgres_server(17, "shop"))


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def write(ledger: Path) -> Iterator[Callable[[str], WriterPool]]:
    """Give `write(dsn)`: writers that have begun; they stop with the test at the latest."""
    pools: list[WriterPool] = []

    def start(dsn: str) -> WriterPool:
        pools.append(WriterPool(dsn, ledger, writers=2, rate=None))
        pools[-1].start()
        pools[-1].wait_until_writing()
        return pools[-1]

    yield start
    for pool in pools:
        pool.stop()


def _shop_side(server: PostgresServer) -> ShopSide:
    side = ShopSide(server.embedded, Passwords(superuser=server.superuser_password), server.pg_bin / "psql")
    side.create_roles()
    side.load()
    return side


def _dsn(side: ShopSide) -> str:
    return make_dsn(None, **side.application())


def _superuser(side: ShopSide) -> Any:
    return psycopg2.connect(make_dsn(None, **side.superuser()))


def _verdict(side: ShopSide, ledger: Path) -> Verdict:
    with closing(_superuser(side)) as connection:
        return hold_against(connection, ledger)


def _stop_after_a_while(pool: WriterPool) -> WriterResults:
    time.sleep(_WRITING_SECONDS)
    pool.stop()
    return pool.results()


def test_the_ledger_is_clean_after_undisturbed_writers(
    blue: ShopSide, ledger: Path, write: Callable[[str], WriterPool]
) -> None:
    started = time.monotonic()
    results = _stop_after_a_while(write(_dsn(blue)))
    verdict = _verdict(blue, ledger)
    assert verdict.clean
    assert verdict.acknowledged == sum(len(moments) for moments in results.commits.values())
    assert set(results.commits) == {"0", "1", PROBE}
    assert results.errors == []
    assert 0 < results.longest_gap(started + 0.1, time.monotonic()) < 60


@pytest.mark.parametrize(
    ("change", "missing", "doubled"),
    # The trigger on orders also doubles the order's event.
    [(delete_a_row, 1, 0), (double_a_row, 0, 2)],
)
def test_a_fault_made_by_hand_turns_the_ledger_red(
    blue: ShopSide,
    ledger: Path,
    write: Callable[[str], WriterPool],
    change: Callable[[Any, Path], None],
    missing: int,
    doubled: int,
) -> None:
    _stop_after_a_while(write(_dsn(blue)))
    with closing(_superuser(blue)) as connection:
        change(connection, ledger)
        connection.commit()
    verdict = _verdict(blue, ledger)
    assert not verdict.clean
    assert (verdict.missing, verdict.doubled) == (missing, doubled)
    assert verdict.examples


def test_the_self_test_sees_both_faults_and_leaves_none(
    blue: ShopSide, ledger: Path, write: Callable[[str], WriterPool]
) -> None:
    _stop_after_a_while(write(_dsn(blue)))
    with closing(_superuser(blue)) as connection:
        assert self_test(connection, ledger) == {"a row deleted by hand": True, "a row doubled by hand": True}
    assert _verdict(blue, ledger).clean


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE orders SET revision = revision - 1 WHERE id = (SELECT max(id) FROM orders)", "missing"),
        (_STRANGE_ORDER, "unexpected"),
        ("UPDATE accounts SET balance = balance + 1 WHERE id = 9000", "unbalanced"),
        ("DELETE FROM heartbeats WHERE id = (SELECT max(id) FROM heartbeats)", "missing"),
        (f'DELETE FROM {_CLOSED} WHERE "Order Id" = (SELECT max("Order Id") FROM {_CLOSED})', "missing"),
    ],
)
def test_every_other_fault_turns_it_red_too(
    blue: ShopSide, ledger: Path, write: Callable[[str], WriterPool], statement: str, fault: str
) -> None:
    _stop_after_a_while(write(_dsn(blue)))
    with closing(_superuser(blue)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        assert getattr(hold_against(connection, ledger), fault) > 0


def test_writers_go_on_after_their_connections_were_cut_and_the_server_crashed(
    own_server: ServerFactory, ledger: Path, write: Callable[[str], WriterPool]
) -> None:
    blue = _shop_side(own_server(17))
    pool = write(_dsn(blue))
    for _round in range(5):
        time.sleep(0.1)
        with closing(_superuser(blue)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop_app'")
    blue.server.stop("immediate")
    blue.server.start()
    restarted = time.monotonic()
    results = _stop_after_a_while(pool)
    assert all(moments[-1] > restarted for moments in results.commits.values())
    assert results.errors
    assert results.fatal_errors == []
    assert _verdict(blue, ledger).clean


def test_writers_killed_in_the_middle_leave_a_ledger_that_is_still_right(
    blue: ShopSide, ledger: Path, write: Callable[[str], WriterPool]
) -> None:
    pool = write(_dsn(blue))
    time.sleep(_WRITING_SECONDS)
    for process in pool._processes.values():
        process.kill()
        process.wait()
    with pytest.raises(WriterPoolError, match="ended with status -9"):
        pool.stop()
    assert _verdict(blue, ledger).clean


def test_a_fenced_database_is_an_error_that_writers_outlast(
    blue: ShopSide, ledger: Path, write: Callable[[str], WriterPool]
) -> None:
    pool = write(_dsn(blue))
    with closing(_superuser(blue)) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER ROLE shop_app SET default_transaction_read_only = on")
        connection.commit()
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop_app'")
        time.sleep(0.2)
        cursor.execute("ALTER ROLE shop_app RESET default_transaction_read_only")
        connection.commit()
    opened = time.monotonic()
    results = _stop_after_a_while(pool)
    assert {error.sqlstate for error in results.errors} >= {"25006"}
    assert results.longest_gap(opened - 0.2, opened) > 0.15
    assert all(moments[-1] > opened for moments in results.commits.values())
    assert _verdict(blue, ledger).clean


def test_a_read_only_side_is_passed_over_by_the_multihost_route(blue: ShopSide, tmp_path: Path) -> None:
    request = RouteRequest(blue.application(), blue.application(), tmp_path, ProcessRegister(tmp_path / "processes"))
    dsn = make_dsn(None, **ROUTES["multihost"](request).keywords)
    psycopg2.connect(dsn).close()
    with closing(_superuser(blue)) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER ROLE shop_app SET default_transaction_read_only = on")
        connection.commit()
        with pytest.raises(psycopg2.OperationalError, match="read-only") as refusal:
            psycopg2.connect(dsn)
        cursor.execute("ALTER ROLE shop_app RESET default_transaction_read_only")
        connection.commit()
    assert str(refusal.value).count("read-only") == 2


def test_writers_that_cannot_write_say_why(blue: ShopSide, ledger: Path) -> None:
    keywords = {**blue.application(), "password": "wrong and secret"}
    pool = WriterPool(make_dsn(None, **keywords), ledger, writers=1)
    pool.start()
    try:
        with pytest.raises(WriterPoolError, match="password authentication failed") as failure:
            pool.wait_until_writing(timeout=2.0)
    finally:
        pool.stop()
    assert "secret" not in str(failure.value)


def test_writers_end_when_the_process_that_started_them_is_killed(blue: ShopSide, ledger: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _POOL_WITHOUT_END, str(ledger)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(_dsn(blue) + "\n")
        parent.stdin.flush()
        writers = [int(number) for number in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert writers
    deadline = time.monotonic() + 5
    while any(_runs(writer) for writer in writers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_runs(writer) for writer in writers)
    assert _verdict(blue, ledger).clean


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
