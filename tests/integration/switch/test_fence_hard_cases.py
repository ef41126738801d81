# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a busy database does to a fence: maintenance, DDL, new tables, prepared transactions, sessions that pass."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import psycopg2
import pytest
from psycopg2 import sql
from psycopg2.extensions import connection

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sequences import advance_sequences
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from demo.commands import run_command
from tests.fixtures.databases import Database, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

REFUSED = "25006"
ENDED = "57P01"
_FENCE_BLUE = Stop("fence blue", Moment.BEFORE, Act.ASK)


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """Give a pair of 17 and 18 whose links live in both directions."""
    made = pair()
    made.replicate()
    return made


@contextmanager
def again_and_again(work: Callable[[], object]) -> Iterator[list[int]]:
    """Do that work in a thread until the end of the block, and give how often it was done; it must never fail."""
    ending, done, failures = threading.Event(), [0], []

    def loop() -> None:
        while not ending.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the test's own thread reads it
                failures.append(error)
                return
            done[0] += 1

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield done
    finally:
        ending.set()
        thread.join()
    assert not failures, failures
    assert done[0] > 0


def dump(side: Database) -> None:
    """Run pg_dump to its end, as docs/operations.md says: the fence may be dropped between its list of tables and its
    locks."""
    ends = side.endpoint("superuser")
    argv = [str(side.server.pg_bin / "pg_dump"), "-h", ends["host"], "-p", str(ends["port"]), "-U", ends["user"]]
    environment = {"PGPASSWORD": ends["password"], "PGOPTIONS": "-c default_transaction_read_only=off"}
    argv += ["-f", os.devnull, "--exclude-schema=bluegreen", side.name]
    status, _output, error = run_command(argv, environment)
    assert status == 0, error


def rebuild_an_index(opened: connection) -> None:
    """Build an index without locking writers out, and drop it so."""
    run_statement(opened, "CREATE INDEX CONCURRENTLY extra ON users (name)")
    run_statement(opened, "DROP INDEX CONCURRENTLY extra")


def test_maintenance_and_dumps_go_on_beside_the_switch(ready: Pair) -> None:
    vacuuming, indexing = ready.blue.connect(), ready.blue.connect()
    with ExitStack() as beside:
        for work in (
            lambda: run_statement(vacuuming, "VACUUM (ANALYZE) events"),
            lambda: rebuild_an_index(indexing),
            lambda: dump(ready.blue),
        ):
            beside.enter_context(again_and_again(work))
        for target in ("green", "blue", "green"):
            assert ready.succeed("cutover", target=target)["in_service"] == target


@pytest.mark.soak
def test_any_order_of_locks_passes_or_is_turned_away_and_nothing_else_happens(ready: Pair) -> None:
    """Half of the sessions write users before events, half the other way round, rows of their own."""
    outcomes: set[str | None] = set()
    users, events = (
        "UPDATE users SET name = name || '.' WHERE id = {n}",
        "UPDATE events SET day = day WHERE id = {n}",
    )

    def write(opened: connection, order: tuple[str, str], number: int) -> None:
        if opened.closed:
            return
        try:
            for statement in order:
                run_statement(opened, statement.format(n=number))
            opened.commit()
            outcomes.add(None)
        except psycopg2.Error as error:
            outcomes.add(REFUSED if error.pgcode == REFUSED else ENDED)
            opened.close()

    with ExitStack() as beside:
        for number in range(1, 9):
            opened = ready.blue.connect("owner", autocommit=False)
            order = (users, events) if number % 2 else (events, users)
            beside.enter_context(again_and_again(lambda o=opened, w=order, n=number: write(o, w, n)))  # type: ignore[misc]
        # Eight sessions write more than one worker applies: the lag is a side effect of this test, not its subject.
        done = ready.succeed("cutover", target="green", max_lag_seconds=60, deadline=60)
        assert done["in_service"] == "green"
    assert None in outcomes
    assert {None} < outcomes <= {None, REFUSED, ENDED}


def test_a_table_that_comes_in_the_last_second_stops_the_switch(ready: Pair) -> None:
    switch = ModuleProcess("cutover", {**ready.ends(), "target": "green"}, _FENCE_BLUE)
    assert switch.await_hit() is not None
    partition = "CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')"
    ready.blue.query(partition, role="owner")
    switch.go_on()
    failed = switch.wait()
    assert failed["code"] == "BG520"
    assert "read again what may have gone stale" in failed["msg"]
    assert "public.events_2027 were created without the gate's trigger" in failed["msg"]
    assert ready.write(ready.blue) is None
    assert ready.write(ready.green) == REFUSED


def test_ddl_that_waits_delays_nobody_but_those_behind_it(ready: Pair) -> None:
    reader = ready.blue.connect("app", autocommit=False)
    run_statement(reader, "SELECT count(*) FROM users")
    outcomes: list[str | None] = []

    def run(opened: connection, statement: str) -> None:
        try:
            run_statement(opened, statement)
            outcomes.append(None)
        except psycopg2.Error as error:
            outcomes.append(error.pgcode or str(error))

    waiters = [
        (ready.blue.connect("owner"), "ALTER TABLE users ADD CHECK (id > 0)"),
        (ready.blue.connect("app"), "UPDATE users SET name = 'late' WHERE id = 1"),
    ]
    threads = [threading.Thread(target=run, args=waiter) for waiter in waiters]
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for number, thread in enumerate(threads, start=1):
        thread.start()
        while ready.blue.query(waiting) != [(number,)]:
            time.sleep(0.02)
    assert ready.succeed("cutover", target="green", max_transaction_seconds=60)["in_service"] == "green"
    reader.close()
    for thread in threads:
        thread.join()
    assert None not in outcomes, "what waited came too late: it was refused, or its session ended"
    assert ready.blue.query("SELECT name FROM users WHERE id = 1") == [("user 1",)]


def test_a_prepared_transaction_is_a_no_go_by_name(ready: Pair) -> None:
    opened = ready.blue.connect(autocommit=False)
    opened.tpc_begin("an order")
    run_statement(opened, "UPDATE users SET name = 'prepared' WHERE id = 1")
    opened.tpc_prepare()
    failed = ready.run("cutover", target="green")
    (reason,) = failed["details"]["reasons"]
    assert "an order" in str(reason)
    opened.tpc_rollback()
    assert ready.succeed("cutover", target="green")["in_service"] == "green"


def test_a_standby_that_is_away_is_a_no_go_unless_accepted_by_name(ready: Pair) -> None:
    slot = f"standby_{ready.migration}"
    ready.blue.query("SELECT pg_create_physical_replication_slot(%s)", slot)
    try:
        failed = ready.run("cutover", target="green")
        assert [(one["code"], one["objects"]) for one in failed["details"]["reasons"]] == [("BG516", [slot])]
        accepted = ready.run("cutover", target="green", accept_absent_standbys=[slot], check=True)
        assert accepted["changed"]
    finally:
        ready.blue.query("SELECT pg_drop_replication_slot(%s)", slot)


def test_nobody_but_a_superuser_passes_as_a_replica(ready: Pair) -> None:
    """Triggers do not fire for roles that may set session_replication_role: apply workers must, an application must
    not."""
    ready.succeed("cutover", target="green")
    for role in ("app", "owner"):
        opened = ready.blue.connect(role)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run_statement(opened, "SET session_replication_role = replica")
    assert ready.write(ready.blue) == REFUSED
    assert ready.write(ready.green, "INSERT INTO users (name) VALUES ('flows back')") is None
    ready.succeed("replication_catchup", direction="reverse", timeout=30)
    assert ready.blue.query("SELECT count(*) FROM users WHERE name = 'flows back'") == [(1,)]


def test_an_old_session_draws_no_value_that_the_new_side_gives_out(ready: Pair) -> None:
    old = ready.blue.connect()
    ready.succeed("cutover", target="green", sequence_headroom=50)
    late = {run_statement(old, "SELECT nextval('users_id_seq')")[0][0] for _value in range(50)}
    fresh = {ready.green.query("SELECT nextval('users_id_seq')")[0][0] for _value in range(50)}
    assert not late & fresh


def test_a_sequence_of_any_name_is_carried_over_and_none_goes_back(pair: PairFactory) -> None:
    made = pair(14, 14)
    names = ["plain", 'quo"ted', "apo'strophe", "back\\slash", "Ümläut", "br{ace}, comma", "line\nbreak", "per%cent"]
    for number, name in enumerate(names):
        made.green.query(sql.SQL("CREATE SEQUENCE {}").format(sql.Identifier(name)))
        made.green.query("SELECT setval(pg_catalog.format('%%I', %s::text)::regclass, %s)", name, 10 * (number % 2) + 1)
    sides = Sides.from_parameters(**{"migration": made.migration, **made.ends()})
    with closing(sides):
        assert advance_sequences(sides.green, [(TableName("public", name), 5) for name in names]) == len(names)
        assert advance_sequences(sides.green, []) == 0
    for number, name in enumerate(names):
        [(last,)] = made.green.query(sql.SQL("SELECT last_value FROM {}").format(sql.Identifier(name)))
        assert last == (11 if number % 2 else 5), name
