# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A committed fence survives a crash, and exists on a promoted standby; otherwise nothing is opened."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest
from psycopg2 import sql

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.migrations import ROWS, SCHEMA, Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory, restart
from tests.fixtures.standbys import Standby, StandbyFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

REFUSED = "25006"
_SYNC_REP_SECONDS = 20.0
_RELOAD_SECONDS = 1.0  # other processes pick the setting up, and no view shows when
_BEFORE_COMMIT = Stop("commit the fence", Moment.BEFORE, Act.ASK)


@pytest.fixture
def ready(own_server: ServerFactory, database: DatabaseFactory, run_module: ModuleRunner) -> Pair:
    """Give a pair whose blue has a server of its own, and links that live in both directions."""
    blue, green = database(17, server=own_server(17, wal_writer_delay="10s")), database(18, "green")
    for side in (blue, green):
        side.query(SCHEMA.format(**{kind: role.name for kind, role in side.roles.items()}))
    blue.query(ROWS)
    made = Pair(blue, green, run_module, "migrator", blue.name)
    made.replicate()
    return made


def test_a_crash_right_after_the_switch_does_not_lose_the_fence(ready: Pair) -> None:
    """Asynchronous commits happen in between: the fence's own must not be one of them."""
    process = ModuleProcess("cutover", {**ready.ends(), "target": "green", "deadline": 60}, _BEFORE_COMMIT)
    assert process.await_hit() is not None
    ready.blue.query("ALTER SYSTEM SET synchronous_commit = off")
    ready.blue.query("SELECT pg_reload_conf()")
    time.sleep(_RELOAD_SECONDS)
    process.go_on()
    done = process.wait()
    assert done.get("in_service") == "green", done
    restart(ready.blue.server.embedded, "immediate")
    assert ready.write(ready.blue) == REFUSED
    assert ready.write(ready.green) is None
    assert ready.succeed("migration_info")["in_service"] == "green"


@pytest.fixture
def standby(ready: Pair, new_standby: StandbyFactory) -> Standby:
    """Give a standby that streams from blue."""
    return new_standby(ready.blue.server)


def test_a_standby_that_has_not_received_the_fence_keeps_green_closed(ready: Pair, standby: Standby) -> None:
    receiver = standby.receiver
    os.kill(receiver, signal.SIGSTOP)
    try:
        failed = ready.run("cutover", target="green")
        assert failed["code"] == "BG520"
        assert failed["details"]["cause"]["code"] == "BG531"
        assert ready.write(ready.blue) is None, "blue goes on"
        assert ready.wide_open() == {"blue": True, "green": False}
        assert ready.write(ready.green) == REFUSED
        migrator = sql.Identifier(ready.blue.roles["migrator"].name)
        ready.blue.query(sql.SQL("REVOKE pg_monitor FROM {}").format(migrator))
        hidden = ready.run("cutover", target="green")
        assert hidden["details"]["cause"]["code"] == "BG531", "one whose state is hidden is not taken for none"
        assert ready.write(ready.blue) is None
        ready.blue.query(sql.SQL("GRANT pg_monitor TO {}").format(migrator))
    finally:
        os.kill(receiver, signal.SIGCONT)
    assert ready.succeed("cutover", target="green")["in_service"] == "green"
    standby.promote()
    promoted = replace(ready.blue, server=standby.server)
    assert ready.write(promoted) == REFUSED, "the promoted standby has the fence"


@pytest.mark.soak
def test_a_standby_promoted_without_the_fence_is_told_by_its_timeline(ready: Pair, standby: Standby) -> None:
    """Blue fails over to a standby that was away during the switch; it must not be mistaken for blue."""
    standby.server.embedded.stop()
    ready.succeed("cutover", target="green")
    with (standby.server.embedded.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write("primary_conninfo = ''\n")
    standby.server.embedded.start()
    standby.promote()
    failed_over = replace(ready, blue=replace(ready.blue, server=standby.server))
    assert failed_over.write(failed_over.blue) is None, "it takes writes: that is what has to be found"
    stands = failed_over.succeed("migration_info")
    assert stands["in_service"] is None
    assert "a standby was promoted without the fence (timeline 2, it was 1 at the switch)" in stands["contradiction"]
    for target in ("blue", "green"):
        refused = failed_over.run("cutover", target=target)
        assert {"BG502", "BG503"} <= {reason["code"] for reason in refused["details"]["reasons"]}


_SWITCH_WAITS = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%% switch' AND wait_event = %s"


def test_a_commit_whose_answer_is_lost_is_read_from_the_journal(ready: Pair) -> None:
    """The COMMIT waits for a standby that does not exist; ending its session then loses the answer to the client."""
    process = ModuleProcess("cutover", {**ready.ends(), "target": "green", "deadline": 60}, _BEFORE_COMMIT)
    assert process.await_hit() is not None
    ready.blue.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    ready.blue.query("SELECT pg_reload_conf()")
    time.sleep(_RELOAD_SECONDS)
    process.go_on()
    deadline = time.monotonic() + _SYNC_REP_SECONDS
    while not (waiting := ready.blue.query(_SWITCH_WAITS, "SyncRep")):
        assert time.monotonic() < deadline, "the COMMIT does not wait"
        time.sleep(0.02)
    ready.blue.query("SELECT pg_terminate_backend(%s, 5000)", waiting[0][0])
    ready.blue.query("ALTER SYSTEM RESET synchronous_standby_names")
    ready.blue.query("SELECT pg_reload_conf()")
    done = process.wait()
    assert (done.get("changed"), done.get("in_service")) == (True, "green"), done
    assert ready.write(ready.blue) == REFUSED
    assert ready.write(ready.green) is None


def test_where_nobody_tells_of_the_commit_nothing_is_opened_until_somebody_does(ready: Pair) -> None:
    process = ModuleProcess("cutover", {**ready.ends(), "target": "green", "deadline": 60}, _BEFORE_COMMIT)
    assert process.await_hit() is not None
    ready.blue.server.embedded.stop("immediate")
    process.go_on()
    failed = process.wait()
    assert failed["code"] == "BG520"
    assert "could not be read" in str(failed["details"]["undo_failures"])
    assert ready.write(ready.green) == REFUSED
    ready.blue.server.embedded.start()
    assert process.await_nothing_left(60.0), "the watchdog does not end"
    assert ready.write(ready.blue) is None
    assert ready.write(ready.green) == REFUSED
    assert ready.blue.query("SELECT target FROM bluegreen.journal WHERE event = 'undone'") == [("green",)]
