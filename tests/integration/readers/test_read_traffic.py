# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers move between real standbys behind a gate, without an error, and go back by themselves."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from tests.fixtures.databases import run_statement
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.standbys import StandbyFactory
from tests.integration.readers.rigs import QUICK, Readers


def test_readers_move_there_and_back_under_load_without_an_error(readers: Readers) -> None:
    with readers.traffic() as traffic:
        for target in (Side.GREEN, Side.BLUE, Side.GREEN):
            moved = readers.move(str(target))
            assert (moved["changed"], moved["side"], readers.side()) == (True, str(target), target)
            traffic.await_reads(target)
        assert not readers.move("green")["changed"]

    assert traffic.errors == []
    assert all(recovering for _before, _number, _side, recovering in traffic.seen)
    print(
        f"{len(traffic.seen)} reads, {len(traffic.committed)} writes, oldest {traffic.oldest():.3f} s, "
        f"back by {traffic.longest_step_back():.3f} s"
    )
    assert traffic.oldest() < QUICK["max_lag_seconds"]


def test_a_standby_that_lags_lets_nobody_come(readers: Readers, new_standby: StandbyFactory) -> None:
    slow = new_standby(readers.pair.green.server, recovery_min_apply_delay="30s")
    named = readers.parameters()["standbys"]
    named["green"].append({"host": LOOPBACK, "port": slow.server.port})
    both = {"standbys": named, "read_routes": [{**readers.route, "green_address": {"host": LOOPBACK}}]}

    late = readers.run("green", **both, timeout=2.0)

    assert (late["code"], readers.side()) == ("BG766", Side.BLUE)
    assert f"{LOOPBACK}:{slow.server.port} did not show within 1 s" in late["msg"]
    assert f"{LOOPBACK}:{readers.standbys[Side.GREEN].server.port} did" not in late["msg"]
    assert readers.pair.green.query("SELECT count(*) FROM bluegreen.marker_1 WHERE purpose = 'readers'") == [(0,)]


def test_readers_go_back_by_themselves_before_they_see_what_is_too_old(readers: Readers) -> None:
    with readers.traffic() as traffic:
        ended = threading.Thread(target=_pause_once_there, args=(readers,))
        ended.start()
        back = readers.run("green", watch=30.0)
        ended.join()
        traffic.await_reads(Side.BLUE)

    assert (back["code"], readers.side()) == ("BG767", Side.BLUE)
    assert "They are on blue again" in back["stands"]
    assert any(side is Side.GREEN for _before, _number, side, _recovering in traffic.seen)
    print(f"oldest {traffic.oldest():.3f} s of {QUICK['max_lag_seconds']} s")
    assert traffic.errors == []
    assert traffic.oldest() < QUICK["max_lag_seconds"]


@pytest.mark.soak
def test_readers_whom_the_standby_does_not_let_in_go_back(readers: Readers) -> None:
    green = readers.pair.green
    green.query(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 0").format(sql.Identifier(green.roles["app"].name)))
    with readers.traffic() as traffic:
        back = readers.run("green", watch=30.0)
        traffic.await_reads(Side.BLUE)

    assert (back["code"], readers.side()) == ("BG767", Side.BLUE), back["msg"]
    assert "have waited for a server for" in back["what"]
    assert traffic.errors == []


@pytest.mark.soak
def test_readers_stay_where_the_other_side_is_no_better(readers: Readers) -> None:
    readers.move("green")
    for side in Side:
        _pause(readers, side)

    stays = readers.run("green", watch=10.0)

    assert (stays["code"], readers.side()) == ("BG767", Side.GREEN)
    assert "They stay there, since blue is no better" in stays["stands"]


def test_check_mode_says_no_where_a_standby_lags_and_moves_nobody(readers: Readers) -> None:
    would = readers.move("green", check=True)
    assert would["changed"]
    assert [step["changed"] for step in would["steps"]] == [False, True, False]
    name = next(iter(would["readers"]))
    assert would["diff"] == {"before": f"{name}: blue\n", "after": f"{name}: green\n"}
    assert readers.side() is Side.BLUE

    _pause(readers, Side.GREEN)
    readers.pair.green.query("CREATE TABLE public.later ()")
    time.sleep(QUICK["max_lag_seconds"])
    refused = readers.run("green", check=True)
    assert (refused["code"], readers.side()) == ("BG765", Side.BLUE)
    assert "BG766 green" in refused["msg"]


@pytest.mark.soak
def test_what_is_named_and_missing_stands_against_it_by_name(readers: Readers, new_standby: StandbyFactory) -> None:
    blue = readers.standbys[Side.BLUE].server.port
    gone = new_standby(readers.pair.green.server)
    gone.server.embedded.stop()
    primary = readers.pair.green.server.port
    named = {"blue": [], "green": [{"host": LOOPBACK, "port": port} for port in (blue, gone.server.port, primary)]}
    route = {**readers.route, "green_address": {"host": LOOPBACK}, "blue_address": {"host": LOOPBACK}}

    refused = readers.run("green", standbys=named, read_routes=[route])

    assert (refused["code"], readers.side()) == ("BG765", Side.BLUE)
    for port, why in ((blue, "it is no copy of green"), (primary, "it is no standby, but a primary")):
        assert f"readers cannot use {LOOPBACK}:{port}: {why}" in refused["msg"]
    assert f"readers cannot use {LOOPBACK}:{gone.server.port}" in refused["msg"]


@pytest.mark.soak
def test_a_standby_for_fewer_readers_is_refused_and_a_smaller_memory_named(
    readers: Readers, new_standby: StandbyFactory, run_module: ModuleRunner
) -> None:
    large = new_standby(readers.pair.blue.server, max_connections="230", work_mem="64MB")
    named = {**readers.parameters()["standbys"], "blue": [{"host": LOOPBACK, "port": large.server.port}]}

    refused = readers.run("green", standbys=named)

    assert refused["code"] == "BG765"
    assert "max_connections of" in refused["msg"]
    assert "and 230 where readers are" in refused["msg"]
    assert "work_mem" not in refused["msg"]


@pytest.mark.soak
def test_a_run_that_was_killed_is_carried_on(readers: Readers) -> None:
    process = readers.begin("green", watch=60.0)
    _await(readers, Side.GREEN)
    process.kill()
    assert process.wait() == {}

    assert readers.run(None)["side"] == "green"
    assert not readers.move("green")["changed"]
    assert readers.move("blue")["changed"]


@pytest.mark.soak
def test_a_run_that_was_cancelled_leads_readers_back(readers: Readers) -> None:
    process = readers.begin("green", watch=60.0)
    _await(readers, Side.GREEN)
    process.process.terminate()

    ended = process.wait()
    assert (ended["code"], readers.side()) == ("BG570", Side.BLUE)


def _await(readers: Readers, side: Side) -> None:
    end = time.monotonic() + 30.0
    while readers.side() is not side:
        assert time.monotonic() < end
        time.sleep(0.05)


def _pause(readers: Readers, side: Side) -> None:
    """Let a standby receive what is written, and show none of it."""
    with closing(readers.standbys[side].server.connect()) as opened:
        run_statement(opened, "SELECT pg_wal_replay_pause()")


def _pause_once_there(readers: Readers) -> None:
    _await(readers, Side.GREEN)
    time.sleep(0.5)
    _pause(readers, Side.GREEN)
