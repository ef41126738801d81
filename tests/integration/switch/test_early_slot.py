# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs with a side below 16: nobody waits for the way back's slot, and it begins exactly at the opening."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import pairwise
from threading import Event

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import early_slot
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.copy.snapshot import Keeper
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lanes import link
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.switch.run import MAKE_SLOTS
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, DatabaseFactory, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.servers import restart
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

_SLOTS = "SELECT slot_name FROM pg_replication_slots WHERE database = current_database() ORDER BY 1"
_TAKEN = "pg_replication_slots WHERE slot_name ~ '^taken_'"
_MANY = "INSERT INTO users (name) SELECT 'row ' || g FROM generate_series(1, 200) g"


@contextmanager
def _elsewhere(side: Database) -> Iterator[psycopg2.extensions.connection]:
    """Open a transaction that has an id in another database of the side's server."""
    with closing(psycopg2.connect(**{**side.endpoint("superuser"), "dbname": "postgres"})) as opened:
        run_statement(opened, "SELECT txid_current()")
        yield opened


def _codes(made: Pair, target: str) -> list[str]:
    refused = made.run("cutover", target=target, max_transaction_seconds=0.2)
    assert refused["code"] == "BG500", refused["msg"]
    return [reason["code"] for reason in refused["details"]["reasons"]]


# Pairs below 16, where the way back begins with a new slot.
_BELOW_16 = [(14, 18), (15, 17), (12, 17), (11, 18)]


@pytest.mark.parametrize(("blue", "green"), chosen(_BELOW_16, (14, 18)))
def test_a_transaction_anywhere_on_the_new_server_is_named_before_anybody_is_held(
    pair: PairFactory, blue: int, green: int
) -> None:
    made = pair(blue, green)
    made.replicate()
    for target, new in (("green", made.green), ("blue", made.blue)):
        with _elsewhere(new):
            time.sleep(0.3)
            assert _codes(made, target) == ["BG538"]
        made.succeed("cutover", target=target)


def test_prepared_ones_count_as_well(pair: PairFactory) -> None:
    made = pair(14, 18)
    made.replicate()
    gid = f"elsewhere {made.migration}"
    with closing(psycopg2.connect(**{**made.green.endpoint("superuser"), "dbname": "postgres"})) as opened:
        run_statement(opened, "SELECT txid_current()")
        run_statement(opened, f"PREPARE TRANSACTION '{gid}'")
        opened.rollback()
        opened.autocommit = True
        try:
            assert _codes(made, "green") == ["BG538"]
        finally:
            run_statement(opened, f"ROLLBACK PREPARED '{gid}'")


def test_one_that_begins_after_go_no_go_holds_nobody(pair: PairFactory) -> None:
    made = pair(14, 18)
    made.replicate()
    with _elsewhere(made.green):
        failed = made.run("cutover", target="green", hold_limit=0.5, max_transaction_seconds=60.0)
    assert (failed["code"], failed["details"]["cause"]["code"]) == ("BG520", "BG304"), failed["msg"]
    assert not {step["title"] for step in failed["details"]["steps"]} & {"hold the routes", "fence blue"}
    assert made.write(made.blue) is None
    assert made.green.query(_SLOTS) == []
    made.succeed("cutover", target="green")
    assert made.green.query(_SLOTS) == [(made.lane("reverse"),)]
    assert made.green.query("SELECT failover FROM pg_replication_slots WHERE database = current_database()") == [
        (True,)
    ]


def test_without_room_for_two_slots_nobody_is_held(pair: PairFactory) -> None:
    made = pair(14, 18)
    made.replicate()
    room = "SELECT current_setting('max_replication_slots')::int - count(*) - 1 FROM pg_replication_slots"
    fill = "SELECT pg_create_physical_replication_slot('taken_' || g) FROM generate_series(1, %s) g"
    made.green.query(fill, *made.green.query(room)[0])
    try:
        failed = made.run("cutover", target="green")
    finally:
        made.green.query(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name ~ '^taken_'"
        )
    assert failed["details"]["cause"]["code"] == "BG539", failed["msg"]
    assert "1 slots are free" in failed["msg"]
    assert made.write(made.blue) is None


@pytest.mark.parametrize("step", [MAKE_SLOTS, pytest.param("prepare the way back", marks=pytest.mark.soak)])
def test_a_killed_switch_leaves_no_slot_and_rows_flow_on(pair: PairFactory, step: str) -> None:
    made = pair(14, 18)
    made.replicate()
    switch = ModuleProcess("cutover", {**made.ends(), "target": "green"}, Stop(step, Moment.AFTER, Act.KILL))
    switch.wait()
    assert switch.await_nothing_left(30)
    assert made.green.query(_SLOTS) == []
    assert made.write(made.blue) is None
    made.succeed("replication_catchup", timeout=30)
    made.succeed("cutover", target="green")


def test_what_a_machine_that_died_has_left_is_told_as_ours_and_goes(pair: PairFactory) -> None:
    """Its watchdog died with it, so nobody undid what was begun."""
    made = pair(14, 18)
    made.replicate()
    early = early_slot(made.lane("reverse"))

    def leave() -> None:
        made.green.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", early)

    leave()
    asked = {"trial_restore": False, "backup_waived": "a test"}
    told = {one["code"]: one["objects"] for one in made.succeed("preflight_info", **asked)["findings"]}
    assert told["BG287"] == [early]
    assert not {"BG163", "BG164"} & set(told)
    made.succeed("replication_link", direction="reverse")
    assert made.green.query(_SLOTS) == []
    assert not made.succeed("replication_link", direction="reverse")["changed"]
    for subscribed in (True, False):
        leave()
        assert made.succeed("replication_link", direction="reverse", state="absent")["changed"], subscribed
        assert made.green.query(_SLOTS) == []
    assert not made.succeed("replication_link", direction="reverse", state="absent")["changed"]


@pytest.mark.parametrize("major", [14, pytest.param(16, marks=pytest.mark.soak), 18])
def test_it_begins_exactly_where_it_was_told_even_after_a_crash(database: DatabaseFactory, major: int) -> None:
    side = database(major)
    side.query("CREATE TABLE users (id serial PRIMARY KEY, name text)")
    side.query("CREATE PUBLICATION back FOR TABLE users")
    with closing(Session(_endpoint(side), "bluegreen test")) as session:
        link.create_early_slot(session, "exact")
        for _round in range(3):
            side.query(f"SET synchronous_commit = off; {_MANY}")
        link.begin_slot_here(session, "exact", link.disable_and_flush(session, []))
    restart(side.server.embedded, "immediate")
    for _round in range(5):
        side.query(_MANY)
    assert _sent(side, "exact") == 5
    assert _sent(side, "exact_early") == 8, "where an advanced slot stands is lost by a crash: hence the copy"


@pytest.mark.parametrize("major", [14, pytest.param(18, marks=pytest.mark.soak)])
def test_slots_of_one_copy_begin_at_one_point(database: DatabaseFactory, major: int) -> None:
    side = database(major)
    side.query("CREATE TABLE users (id serial PRIMARY KEY, name text)")
    side.query("CREATE PUBLICATION back FOR TABLE users")
    with ThreadPoolExecutor(1) as beside:
        over = Event()
        writing = beside.submit(_write_until, side, over)
        keeper = Keeper.take(_endpoint(side), "bluegreen test", ["first", "second"])
        over.set()
        assert writing.result() > 0
    keeper.close()
    side.query(_MANY)
    assert _sent(side, "first") == _sent(side, "second") > 0
    with closing(Session(_endpoint(side), "bluegreen test")) as session:
        here = link.disable_and_flush(session, [])
        # As a run leaves it that is killed between dropping the slot and copying it.
        side.query(
            "SELECT pg_copy_logical_replication_slot('second', 'second_early'), pg_drop_replication_slot('second')"
        )
        side.query(_MANY)
        link.create_slot(session, "second")
        link.begin_slot_at(session, "second", here)
    restart(side.server.embedded, "immediate")
    side.query(_MANY)
    assert _sent(side, "second") == 2


def _endpoint(side: Database) -> Endpoint:
    return Endpoint(Side.BLUE, {key: str(value) for key, value in side.endpoint("superuser").items()}, {})


def _write_until(side: Database, over: Event) -> int:
    written = 0
    with closing(side.connect()) as opened:
        while not over.is_set():
            run_statement(opened, "INSERT INTO users (name) VALUES ('beside')")
            written += 1
    return written


def _sent(side: Database, slot: str) -> int:
    """Return how many transactions with rows a subscriber would get from the slot."""
    options = "'proto_version', '1', 'publication_names', 'back'"
    peek = f"SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL, {options})"
    kinds = [bytes(row[0])[:1] for row in side.query(peek, slot)]
    return sum(1 for one, following in pairwise(kinds) if one == b"B" and following in (b"R", b"I"))
