# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures themselves: what a test is given works, and nothing of it is left."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest
from psycopg2 import errors
from psycopg2.extras import LogicalReplicationConnection

from demo.installations import VERSIONS
from tests.fixtures import workplace
from tests.fixtures.bouncers import BouncerFactory
from tests.fixtures.databases import DatabaseFactory, Databases, run_statement
from tests.fixtures.proxies import HaproxyFactory
from tests.fixtures.servers import ServerFactory
from tests.fixtures.workplace import own_folder, remove_leftovers


@pytest.mark.parametrize("major", VERSIONS)
def test_roles_have_the_least_rights(database: DatabaseFactory, major: int) -> None:
    blue = database(major)
    blue.query("CREATE TABLE public.t (id int PRIMARY KEY)", role="owner")
    blue.query("INSERT INTO t VALUES (1)", role="app")
    assert blue.query("SELECT * FROM t", role="migrator") == [(1,)]
    blue.query("CREATE PUBLICATION p FOR TABLE t", role="migrator")
    blue.query("CREATE SCHEMA bluegreen", role="migrator")
    with pytest.raises(errors.InsufficientPrivilege):
        blue.query("ALTER TABLE t ADD x int", role="app")
    powers = "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = %s"
    assert blue.query(powers, blue.roles["migrator"].name) == [(False, False, False, False)]


def test_databases_of_a_test_bear_the_same_names_on_each_server(database: DatabaseFactory) -> None:
    blue, green, second = database(17), database(18), database(17)
    assert (blue.name, blue.roles["app"]) == (green.name, green.roles["app"])
    assert second.name != blue.name
    assert second.server is blue.server


def test_what_a_test_leaves_behind_is_removed(postgres_server: ServerFactory) -> None:
    token = secrets.token_hex(4)
    makers = Databases(postgres_server, token)
    made = [makers.make(17), makers.make(18)]
    blue, green = made
    blue.query("CREATE TABLE public.t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t", role="owner")
    green.query("CREATE TABLE public.t (id int PRIMARY KEY)", role="owner")
    conninfo = " ".join(f"{key}={value}" for key, value in blue.endpoint().items())
    green.query("CREATE SUBSCRIPTION s CONNECTION %s PUBLICATION p", conninfo, role="migrator")
    receiver = psycopg2.connect(**blue.endpoint(), connection_factory=LogicalReplicationConnection)
    # A module that ran in this process has left its callback for waits, and replication cannot live with one.
    psycopg2.extensions.set_wait_callback(None)
    with receiver.cursor() as cursor:
        cursor.create_replication_slot("forgotten", output_plugin="test_decoding")
        cursor.start_replication("forgotten")
    transaction = blue.connect("owner", autocommit=False)
    transaction.cursor().execute(f"INSERT INTO t VALUES (1); PREPARE TRANSACTION 'forgotten_{token}'")
    makers.remove()
    receiver.close()
    for each in made:
        admin = each.server.connect()
        for remains in (
            "SELECT datname FROM pg_database WHERE datname LIKE 'app_%s%%'",
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'app_%s%%'",
            "SELECT slot_name FROM pg_replication_slots WHERE database = 'app_%s'",
            "SELECT gid FROM pg_prepared_xacts WHERE gid = 'forgotten_%s'",
        ):
            assert run_statement(admin, remains % token) == []
        admin.close()


def test_servers_of_a_killed_process_are_removed(own_server: ServerFactory) -> None:
    server = own_server(17)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    moved = workplace._ROOT / str(dead.pid)
    moved.mkdir()
    left_over = server.embedded.folder.rename(moved / "own-left")
    remove_leftovers()
    assert not left_over.exists()
    assert own_folder().exists()
    with pytest.raises(psycopg2.OperationalError, match="Connection refused"):
        server.connect()


def test_a_missing_program_fails_where_everything_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEGREEN_REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match="no such thing"):
        workplace.unavailable("no such thing")
    monkeypatch.delenv("BLUEGREEN_REQUIRE_SERVERS")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such thing"):
        workplace.unavailable("no such thing")


def test_a_bouncer_serves_each_role_and_its_console(database: DatabaseFactory, pgbouncer: BouncerFactory) -> None:
    blue, green = database(17), database(18)
    bouncer = pgbouncer({"app": blue}, default_pool_size="3")
    opened = psycopg2.connect(**bouncer.endpoint("app", blue))
    with opened, opened.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('server_version_num')::int / 10000")
        assert cursor.fetchone() == (blue.roles["app"].name, 17)
    opened.close()
    bouncer.write_entries({"app": green})
    bouncer.console("RELOAD")
    assert green.server.port in [row[2] for row in bouncer.console("SHOW DATABASES")]
    bouncer.kill()
    with pytest.raises(psycopg2.OperationalError):
        bouncer.console("SHOW VERSION")
    bouncer.start()


def test_a_proxy_serves_the_first_server_until_told(database: DatabaseFactory, haproxy: HaproxyFactory) -> None:
    blue, green = database(17), database(18)
    proxy = haproxy({"blue": blue.server, "green": green.server})
    assert _version_through(proxy.endpoint(blue)) == 17
    proxy.command("enable server postgresql/green")
    proxy.command("disable server postgresql/blue")
    assert _version_through(proxy.endpoint(green)) == 18


def _version_through(endpoint: dict[str, Any]) -> int:
    opened = psycopg2.connect(**endpoint)
    try:
        return int(opened.server_version) // 10000
    finally:
        opened.close()


def test_each_process_has_a_folder_of_its_own() -> None:
    assert own_folder().name == str(os.getpid())
