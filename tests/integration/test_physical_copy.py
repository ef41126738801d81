# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A green that has its rows already, from a position in blue's WAL on."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.identity import find_identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import EmbeddedServer, free_port
from demo.commands import run_command
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import ROWS, SCHEMA, Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import PostgresServer, ServerFactory
from tests.fixtures.workplace import own_folder
from tests.integration.test_first_copy import content

TABLES = 'public.users, "Odd ""Name"."Täble 1", public.events_2026'


def copy_rows(made: Pair) -> None:
    """Bring blue's rows to green behind everybody's back."""
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
    assert f"let the slot {lane} begin at {lsn}" in result["steps"]
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)
    assert not made.changes("replication_link", direction="forward", copy="none", start_lsn=lsn)


@contextmanager
def writing(side: Database) -> Iterator[None]:
    """Write rows without a pause."""
    ended = threading.Event()

    def write() -> None:
        opened = side.connect("app")
        with opened.cursor() as cursor:
            while not ended.wait(0.002):
                cursor.execute("INSERT INTO users (name) VALUES ('meanwhile')")
                cursor.execute("UPDATE users SET name = name || '.' WHERE id % 10 = 3")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def run_as_server(argv: list[str], password: str) -> None:
    """Run one of PostgreSQL's programs with the rights of its server."""
    status, output, error = run_command(
        ["timeout", "120", *find_identity(run_command).prefix, *argv],
        environ_update={"PGPASSWORD": password},
        cwd=str(own_folder()),
    )
    assert status == 0, output + error


def make_standby(blue: Database) -> PostgresServer:
    """Return a stopped standby of blue's server, by pg_basebackup."""
    folder = own_folder() / f"standby-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    find_identity(run_command).own(folder)
    server = blue.server
    keywords = server.superuser_endpoint()
    argv = [str(server.pg_bin / "pg_basebackup"), "-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast"]
    run_as_server([*argv, "-h", keywords["host"], "-p", str(keywords["port"]), "-U", keywords["user"]],
                  keywords["password"])  # fmt: skip
    embedded = EmbeddedServer(server.embedded.binaries, folder, free_port(), run_command)
    return PostgresServer(server.major, embedded, server.superuser_password)


def promoted_at(standby: PostgresServer) -> str:
    """Promote the standby, and return where it left blue's history."""
    opened = standby.connect()
    with opened.cursor() as cursor:
        cursor.execute("SELECT pg_promote()")
        cursor.execute("SELECT pg_read_file('pg_wal/00000002.history')")
        [(history,)] = cursor.fetchall()
    opened.close()
    return str(history).split("\t")[1]


def upgraded(old: PostgresServer, server: PostgresServer) -> None:
    """Bring a stopped server's databases onto another one, newer, stopped and empty."""
    # A server of 18 has them, where nobody says otherwise.
    data = str(old.embedded.folder / "data")
    run_as_server([str(old.pg_bin / "pg_checksums"), "--enable", "-D", data], old.superuser_password)
    argv = [str(server.pg_bin / "pg_upgrade"), "-U", "postgres", "-b", str(old.pg_bin), "-B", str(server.pg_bin)]
    folders = ["-d", data, "-D", str(server.embedded.folder / "data")]
    run_as_server([*argv, *folders, "-s", str(own_folder())], old.superuser_password)


@pytest.fixture
def blue(own_server: ServerFactory, database: DatabaseFactory) -> Database:
    """Give a blue of 17 on a server of its own, with rows."""
    side = database(17, "blue", own_server(17))
    side.query(sql.SQL(SCHEMA).format(**{kind: sql.Identifier(role.name) for kind, role in side.roles.items()}))
    side.query(ROWS)
    return side


def linked(made: Pair, **how: str) -> None:
    """Let green, which has rows already, follow blue, and compare."""
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward", copy="none", **how)
    made.succeed("replication_catchup", timeout=60)


@pytest.mark.soak
def test_a_physical_copy_under_writes_is_upgraded_and_becomes_green(
    blue: Database, own_server: ServerFactory, run_module: ModuleRunner
) -> None:
    made = Pair(blue, blue, run_module, "superuser", blue.name)
    lane = made.lane("forward")
    with writing(blue):
        blue.query(f"CREATE PUBLICATION {lane} FOR TABLE {TABLES}")
        blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", lane)
        standby = make_standby(blue)
        try:
            standby.embedded.start()
            lsn = promoted_at(standby)
            standby.embedded.stop()
            server = own_server(18)
            with closing(server.connect()) as opened, opened.cursor() as cursor:
                cursor.execute("ALTER ROLE postgres PASSWORD %s", (standby.superuser_password,))
            server.embedded.stop()
            upgraded(standby, server)
        finally:
            standby.embedded.destroy()
        server = replace(server, superuser_password=standby.superuser_password)
        server.embedded.start()
        made = Pair(blue, replace(blue, server=server), run_module, "superuser", blue.name)
        linked(made, start_lsn=lsn)
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)
    assert made.succeed("replication_lag_info")["links"]["forward"][lane]["problems"] == []
    for direction in ("reverse", "forward"):
        made.succeed("replication_link", direction=direction, state="absent")
