# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A green that already has its rows up to a position in blue's WAL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from psycopg2 import sql
from psycopg2.extensions import make_dsn

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, SUPERUSER
from demo.commands import run_command
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import ROWS, SCHEMA, Pair, PairFactory
from tests.fixtures.modules import ModuleRunner, titles
from tests.fixtures.servers import PostgresServer, ServerFactory
from tests.fixtures.standbys import StandbyFactory
from tests.integration.copy.test_first_copy import content

TABLES = 'public.users, "Odd ""Name"."Täble 1", public.events_2026'


def copy_rows(made: Pair) -> None:
    """Bring blue's rows to green outside replication."""
    made.green.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off;"
        + ROWS.replace("INSERT INTO users (name) SELECT", "INSERT INTO users (id, name) SELECT n,")
    )


def test_none_begins_at_the_given_position(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    copy_rows(made)
    lane = made.lane("forward")
    assert made.run("replication_link", direction="forward", copy="none", start_lsn="0/1")["code"] == "BG309"
    made.blue.query(f"CREATE PUBLICATION {lane} FOR TABLE {TABLES}", role="migrator")
    made.blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", lane, role="migrator")
    for wrong in ("0/1", "never"):
        failed = made.run("replication_link", direction="forward", copy="none", start_lsn=wrong)
        assert failed["code"] == "BG309"
    for side in (made.blue, made.green):
        side.query("SET session_replication_role = replica; INSERT INTO users (id, name) VALUES (900, 'on both')")
    [(lsn,)] = made.blue.query("SELECT pg_current_wal_insert_lsn()::text")
    assert made.write(made.blue, "INSERT INTO users (id, name) VALUES (901, 'on blue')") is None
    result = made.succeed("replication_link", direction="forward", copy="none", start_lsn=lsn)
    assert f"let the slot {lane} begin at {lsn}" in titles(result)
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)
    assert not made.changes("replication_link", direction="forward", copy="none", start_lsn=lsn)


@pytest.fixture
def blue(own_server: ServerFactory, database: DatabaseFactory) -> Database:
    """Give a blue with rows on a server of its own."""
    made = database(17, server=own_server(17))
    made.query(SCHEMA.format(**{kind: role.name for kind, role in made.roles.items()}))
    made.query(ROWS)
    return made


def run_program(server: PostgresServer, program: Path, *arguments: str) -> None:
    """Run a program of an installation as the account of the servers, in their folder and with their own libpq."""
    prefix = find_identity(run_command).prefix
    environment = {"PGPASSWORD": server.superuser_password, "LD_LIBRARY_PATH": str(program.parents[1] / "lib")}
    status, output, errors = run_command(
        [*prefix, str(program), *arguments], environment, cwd=str(server.embedded.folder)
    )
    assert status == 0, output + errors


@pytest.mark.soak
def test_a_standby_that_pg_createsubscriber_turned_is_carried_on(
    blue: Database, new_standby: StandbyFactory, run_module: ModuleRunner
) -> None:
    server = new_standby(blue.server).server
    green = replace(blue, server=server)
    made = Pair(blue, green, run_module, "migrator", blue.name)
    lane = made.lane("forward")
    assert made.write(blue) is None
    server.embedded.stop()
    assert made.write(blue) is None
    run_program(
        server,
        server.pg_bin / "pg_createsubscriber",
        f"--pgdata={server.embedded.folder / 'data'}",
        f"--database={blue.name}",
        f"--publisher-server={make_dsn(None, **blue.endpoint('superuser'))}",
        f"--publication={lane}",
        f"--replication-slot={lane}",
        f"--subscription={lane}",
        f"--subscriber-username={SUPERUSER}",
    )
    server.embedded.start()
    made.succeed("write_gate")
    assert made.write(blue) is None
    made.role = "superuser"
    assert made.changes("replication_link", direction="forward", copy="none")
    assert not blue.query("SELECT FROM pg_publication WHERE puballtables")
    made.succeed("replication_catchup", timeout=60)
    assert made.write(blue, "DELETE FROM users WHERE id <= 3") is None
    made.succeed("replication_catchup", timeout=60)
    assert content(green) == content(blue)
    migrator = sql.Identifier(blue.roles["migrator"].name)
    for side, kind in ((blue, "PUBLICATION"), (green, "SUBSCRIPTION")):
        side.query(sql.SQL(f"ALTER {kind} {{}} OWNER TO {{}}").format(sql.Identifier(lane), migrator))
    made.role = "migrator"
    made.succeed("replication_link", direction="forward", copy="none")
    assert not made.changes("replication_link", direction="forward", copy="none")
    made.succeed("replication_link", direction="reverse")
    made.succeed("consistency_check")
    assert made.succeed("cutover", target="green", routes=[])["in_service"] == "green"


@pytest.mark.soak
def test_a_copy_that_pg_upgrade_made_newer_is_carried_on(
    blue: Database, new_standby: StandbyFactory, own_server: ServerFactory, run_module: ModuleRunner
) -> None:
    made = Pair(blue, blue, run_module, "migrator", blue.name)
    lane = made.lane("forward")
    blue.query(f"CREATE PUBLICATION {lane} FOR TABLE {TABLES}", role="migrator")
    blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", lane, role="migrator")
    copied = new_standby(blue.server)
    assert made.write(blue) is None
    copied.promote()
    [(left,)] = replace(blue, server=copied.server).query("SELECT pg_read_file('pg_wal/00000002.history')")
    lsn = left.splitlines()[-1].split("\t")[1]
    assert made.write(blue) is None
    newer = own_server(18)
    for server in (copied.server, newer):
        server.embedded.stop()
    upgrade(copied.server, newer)
    newer.embedded.start()
    made.green = replace(blue, server=replace(newer, superuser_password=copied.server.superuser_password))
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward", copy="none", start_lsn=lsn)
    made.succeed("replication_catchup", timeout=60)
    assert made.write(blue, "UPDATE users SET name = 'later' WHERE id <= 3") is None
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(blue)
    made.succeed("replication_link", direction="reverse")
    made.succeed("consistency_check")
    assert made.succeed("cutover", target="green", routes=[])["in_service"] == "green"


def upgrade(old: PostgresServer, new: PostgresServer) -> None:
    """Let pg_upgrade fill a new cluster from an old one; both are stopped."""
    for server in (old, new):
        with (server.embedded.folder / "data" / "pg_hba.conf").open("w", encoding="utf-8") as rules:
            rules.write(f"local all all trust\nhost all all {LOOPBACK}/32 scram-sha-256\n")
    # From 18 on initdb turns checksums on, and pg_upgrade wants both alike.
    run_program(new, new.pg_bin / "pg_checksums", "--disable", f"--pgdata={new.embedded.folder / 'data'}")
    run_program(
        new,
        new.pg_bin / "pg_upgrade",
        f"--old-datadir={old.embedded.folder / 'data'}",
        f"--new-datadir={new.embedded.folder / 'data'}",
        f"--old-bindir={old.pg_bin}",
        f"--new-bindir={new.pg_bin}",
        f"--username={SUPERUSER}",
        "--copy",
    )
