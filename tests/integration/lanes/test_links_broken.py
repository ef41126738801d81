# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A broken link recovers by itself, or says why it cannot, and in the end carries everything."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import PostgresServer, ServerFactory, restart
from tests.fixtures.workplace import own_folder, unavailable
from tests.integration.copy.test_first_copy import content

pytestmark = pytest.mark.soak
_PATIENCE = 600.0
_TABLE = "CREATE TABLE notes (id bigserial PRIMARY KEY, note text NOT NULL)"
_MEGABYTE_ROWS = 1000  # rows of about a thousand bytes
_WRITE = "INSERT INTO notes (note) SELECT repeat(md5(n::text), 30) FROM generate_series(1, %s) n"
_END_SENDERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_replication"
Linked = Callable[..., Pair]


@pytest.fixture
def linked(database: DatabaseFactory, run_module: ModuleRunner) -> Linked:
    """Give `linked(blue, green)`: a pair of databases on these servers, with a link and a few rows."""

    def make(blue: PostgresServer, green: PostgresServer) -> Pair:
        sides = database(17, "blue", blue), database(18, "green", green)
        for side in sides:
            side.query(_TABLE, role="owner")
        made = Pair(*sides, run_module, "migrator", sides[0].name)
        made.blue.query(_WRITE, 100)
        made.succeed("write_gate")
        made.succeed("replication_link", direction="forward")
        made.succeed("replication_catchup", timeout=_PATIENCE)
        return made

    return make


def see_everything_arrive(made: Pair) -> None:
    """Wait for green, and check that it has what blue has."""
    made.succeed("replication_catchup", timeout=_PATIENCE)
    assert content(made.green) == content(made.blue)


def test_a_transaction_of_300_000_rows_arrives_whole(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.blue.query(
        "INSERT INTO users (name) SELECT 'many ' || n FROM generate_series(1, 300000) n;"
        "UPDATE users SET name = name || '!' WHERE id % 3 = 0; DELETE FROM users WHERE id % 7 = 0"
    )
    see_everything_arrive(made)


def test_blue_restarted_and_connections_cut_under_writes(own_server: ServerFactory, linked: Linked) -> None:
    made = linked(own_server(17), own_server(18))
    for number in range(6):
        made.blue.query(_WRITE, 2000)
        if number % 3 == 2:
            restart(made.blue.server.embedded, "immediate")
        else:
            made.blue.query(_END_SENDERS)
    made.blue.query("UPDATE notes SET note = 'short' WHERE id % 2 = 0")
    see_everything_arrive(made)


def test_a_green_that_was_away_for_1_gb_of_wal_catches_up(own_server: ServerFactory, linked: Linked) -> None:
    made = linked(own_server(17, max_wal_size="4GB"), own_server(18, max_wal_size="4GB"))
    [(before,)] = made.blue.query("SELECT pg_current_wal_lsn()")
    made.green.server.embedded.stop()
    for _part in range(10):
        made.blue.query(_WRITE, 110 * _MEGABYTE_ROWS)
    [(written,)] = made.blue.query("SELECT pg_current_wal_lsn() - %s::pg_lsn", before)
    assert written >= 1 << 30
    made.green.server.embedded.start()
    see_everything_arrive(made)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Give a folder on a disk of 180 MB."""
    folder = own_folder() / "small"
    folder.mkdir()
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=180m,mode=755", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        unavailable(f"no disk can be mounted here: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _stands_still(green: Database) -> bool:
    """Tell whether green is down, or has failed to apply."""
    if not green.server.embedded.running():
        return True
    return bool(green.query("SELECT sum(apply_error_count) > 0 FROM pg_stat_subscription_stats")[0][0])


def test_a_green_whose_disk_is_full_goes_on_when_there_is_room(
    own_server: ServerFactory, small_disk: Path, linked: Linked
) -> None:
    room = {"min_wal_size": "32MB", "max_wal_size": "48MB", "checkpoint_timeout": "30s"}
    made = linked(own_server(17), own_server(18, small_disk / "green", **room))
    for _part in range(10):
        made.blue.query(_WRITE, 20 * _MEGABYTE_ROWS)
    wait_for(lambda: _stands_still(made.green))
    failed = made.run("replication_catchup", timeout=30)
    assert failed["failed"], "nothing is left out for want of room"
    subprocess.run(["mount", "-o", "remount,size=900m", str(small_disk)], check=True)
    if not made.green.server.embedded.running():
        made.green.server.embedded.start()
    see_everything_arrive(made)


def test_values_of_100_mb_through_the_copy_and_the_link(own_server: ServerFactory, linked: Linked) -> None:
    made = linked(own_server(17, max_wal_size="4GB"), own_server(18, max_wal_size="4GB"))
    made.succeed("replication_link", direction="forward", state="absent")
    for side in (made.blue, made.green):
        side.query(
            "SET session_replication_role = replica; TRUNCATE notes;"
            "CREATE TABLE large (id int PRIMARY KEY, raw bytea, words text, other int DEFAULT 0);"
            "ALTER TABLE large ALTER raw SET STORAGE EXTERNAL",
            role="superuser",
        )
        side.query(f'ALTER TABLE large OWNER TO "{side.roles["owner"].name}"')
    value = "decode(repeat(md5('%s'), 6553600), 'hex'), repeat('words ', 17476267)"
    made.blue.query(f"INSERT INTO large SELECT 1, {value % 1}")
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    see_everything_arrive(made)
    made.blue.query(f"INSERT INTO large SELECT 2, {value % 2}")
    made.blue.query("UPDATE large SET other = 7 WHERE id = 1")
    see_everything_arrive(made)
    assert made.green.query("SELECT id, length(raw), length(words), other FROM large ORDER BY 1") == [
        (1, 104857600, 104857602, 7),
        (2, 104857600, 104857602, 0),
    ]
