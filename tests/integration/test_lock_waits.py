# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing of ours waits for a lock for ever, and the blocking session is named."""

from __future__ import annotations

import threading
import time

import pytest
from psycopg2.extensions import connection

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DatabaseError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.plans.statistics import read_known
from tests.fixtures.databases import Database, run_statement
from tests.fixtures.migrations import PairFactory
from tests.integration.test_locks_of_ours import session_on

WAITED = "BG041"
# Some seconds for our own limit, the rest for a machine that is busy.
PATIENCE = 30.0
DEFAULT_PART = "CREATE TABLE events_rest PARTITION OF events DEFAULT"
UNCOMMITTED = "CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')"


def hold(side: Database, statement: str) -> connection:
    """Run a statement as the owner in a transaction that stays open."""
    opened = side.connect("owner", autocommit=False)
    run_statement(opened, "SET application_name = 'nightly job'")
    run_statement(opened, statement)
    return opened


def names(text: str, holder: connection, side: Database) -> bool:
    """Tell whether the failure names the session that was waited for."""
    expected = (f"pid {holder.info.backend_pid}", side.roles["owner"].name, "nightly job", "127.0.0.1", "since")
    return all(part in text for part in expected)


def test_what_reads_a_table_that_somebody_locks_gives_up_and_names_him(pair: PairFactory) -> None:
    made = pair()
    made.green.query(DEFAULT_PART, role="owner")
    holder = hold(made.green, UNCOMMITTED)
    session = session_on(made.green, "migrator")
    began = time.monotonic()
    with pytest.raises(DatabaseError) as waited:
        read_known(session)
    assert time.monotonic() - began < PATIENCE
    assert waited.value.code == WAITED
    assert names(str(waited.value), holder, made.green)
    assert "public.events_rest" in waited.value.what
    holder.rollback()
    assert read_known(session).without == ()


def test_a_table_that_is_dropped_while_we_wait_for_it_is_told_as_that(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    dropper = hold(made.blue, "DROP TABLE users CASCADE")

    def drop_when_waited_for() -> None:
        while not made.blue.query("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")[0][0]:
            time.sleep(0.02)
        dropper.commit()

    aside = threading.Thread(target=drop_when_waited_for)
    aside.start()
    result = made.run("consistency_check")
    aside.join()
    assert result["code"] == "BG042", result["msg"]
    assert "users" in result["msg"]


@pytest.mark.soak
def test_a_fence_that_times_out_names_who_held_it(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    holder = hold(made.blue, "UPDATE users SET name = 'held' WHERE id = 1")
    result = made.run("cutover", target="green", hold_limit=2, deadline=8, max_transaction_seconds=600)
    assert result["code"] in ("BG500", "BG520"), result["msg"]
    assert names(result["msg"], holder, made.blue), result["msg"]
    holder.rollback()


@pytest.mark.soak
def test_a_table_that_is_locked_all_the_time_names_by_whom(pair: PairFactory) -> None:
    made = pair()
    holder = hold(made.blue, "LOCK TABLE users")
    result = made.run("write_gate")
    assert result["code"] == "BG702", result["msg"]
    assert names(result["msg"], holder, made.blue), result["msg"]
