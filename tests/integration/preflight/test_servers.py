# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of whole servers: settings, versions, activity, slots, links that stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain import versions
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import session_checks
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.fixtures.standbys import KEEPS_SLOTS, StandbyFactory

Look = Callable[..., list[str]]
OURS = "bluegreen_shop_forward_1"


@pytest.fixture
def look(run_module: ModuleRunner) -> Look:
    """Give `look(blue, green, role="migrator", **parameters)`: what is found, but for connections not tried."""

    def run(blue: Database, green: Database, role: Any = "migrator", **parameters: Any) -> list[str]:
        arguments = {"migration": "shop", "blue": blue.endpoint(role), "green": green.endpoint(role), **parameters}
        arguments |= {"trial_restore": False, "backup_waived": "a test"}
        result = run_module("preflight_info", arguments, check=True)
        assert not result.get("failed"), result
        return [f"{each['code']} {each['side']}" for each in result["findings"] if each["code"] != "BG123"]

    return run


def test_a_version_is_told_when_it_is_out_of_support_or_was_not_tried(
    database: DatabaseFactory, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    blue, green = database(17), database(18)
    ends = {17: versions.Version(date(2000, 1, 1)), 18: versions.Version(date(9999, 12, 31))}
    monkeypatch.setattr(versions, "VERSIONS", ends)
    assert look(blue, green) == ["BG285 blue"]
    monkeypatch.setattr(versions, "NEWEST", 17)
    assert look(blue, green) == ["BG007 green", "BG285 blue"]
    word = {"code": "BG007", "object": "18", "reason": "rehearsed with a copy"}
    assert look(blue, green, accepted=[word]) == ["BG285 blue"]
    assert look(blue, green, accepted=[{**word, "object": "19"}]) == ["BG007 green", "BG285 blue"]


def test_a_slot_that_a_killed_switch_left_is_ours(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    green.query("SELECT pg_create_logical_replication_slot('bluegreen_shop_reverse_1_early', 'pgoutput')")
    assert look(blue, green) == ["BG287 green"]


def test_settings_of_both_servers(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    poor_blue = own_server(
        17,
        wal_level="replica",
        max_wal_senders="0",
        max_replication_slots="0",
        max_logical_replication_workers="0",
        max_worker_processes="1",
        autovacuum="off",
        max_slot_wal_keep_size="1GB",
        shared_preload_libraries="auto_explain",
        max_locks_per_transaction="10",
        max_connections="20",
        max_prepared_transactions="0",
    )
    poor_green = own_server(18, max_sync_workers_per_subscription="0", max_active_replication_origins="0")
    blue, green = database(server=poor_blue), database(server=poor_green)
    blue.query(
        "DO $$ BEGIN FOR n IN 1..201 LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', n);"
        " COMMIT; END LOOP; END $$",
        role="owner",
    )
    assert look(blue, green) == [
        "BG105 blue", "BG106 blue", "BG107 blue", "BG108 blue", "BG109 blue", "BG110 blue", "BG110 green",
        "BG111 green", "BG113 blue", "BG115 blue", "BG117 blue", "BG175 green",
    ]  # fmt: skip


def test_hardly_a_connection_left(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    blue, green = database(server=own_server(17, max_connections="20")), database(18)
    for _session in range(8):
        blue.connect("app")
    assert look(blue, green) == ["BG102 blue"]


def test_a_server_without_contrib(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    # The server's folder for extensions is empty, as if the package was never installed.
    blue, green = database(17), database(server=own_server(18, extension_control_path="/nowhere"))
    assert look(blue, green) == ["BG144 green"]


def test_an_older_green(database: DatabaseFactory, look: Look) -> None:
    assert look(database(18), database(17)) == ["BG103 green"]


def test_a_standby(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    server = own_server(18)
    blue, green = database(17), database(server=server)
    server.embedded.stop()
    (server.embedded.folder / "data" / "standby.signal").touch()
    server.embedded.start()
    assert look(blue, green) == ["BG104 green"]
    server.embedded.stop()


def test_columns_that_14_cannot_leave_out(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(14), database(14, "second")
    blue.query("CREATE TABLE users (id int PRIMARY KEY)", role="owner")
    green.query("CREATE TABLE users (id int PRIMARY KEY, phone text)", role="owner")
    assert look(blue, green, "superuser") == ["BG185 green"]


def test_another_encoding_and_locale(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    names = {"name": sql.Identifier(green.name), "owner": sql.Identifier(green.roles["owner"].name)}
    admin = green.server.connect()
    with admin.cursor() as cursor:
        for statement in (
            "DROP DATABASE {name}",
            "CREATE DATABASE {name} OWNER {owner} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
    admin.close()
    assert look(blue, green) == ["BG176 green", "BG177 green"]


def test_application_roles(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    roles = [blue.roles["migrator"].name, "nobody at all"]
    assert look(blue, green, application_roles=roles) == ["BG142 blue", "BG142 green", "BG141 blue", "BG141 green"]


def test_an_application_that_may_set_session_replication_role(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    application = sql.Identifier(blue.roles["app"].name)
    parameter = sql.SQL("SET ON PARAMETER session_replication_role")
    blue.query(sql.SQL("GRANT {} TO {}").format(parameter, application))
    try:
        assert look(blue, green, application_roles=[blue.roles["app"].name]) == ["BG143 blue"]
    finally:
        blue.query(sql.SQL("REVOKE {} FROM {}").format(parameter, application))


def test_prepared_and_long_transactions(database: DatabaseFactory, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_checks, "LONG_TRANSACTION", 0.1)
    blue, green = database(17), database(18)
    writer = blue.connect("owner", autocommit=False)
    with writer.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id int PRIMARY KEY)")
        cursor.execute("PREPARE TRANSACTION 'it''s'")
    writer.close()
    long = green.connect("app", autocommit=False)
    with long.cursor() as cursor:
        cursor.execute("SELECT 1")
    time.sleep(0.2)
    assert look(blue, green) == ["BG125 blue", "BG126 green"]
    monkeypatch.undo()
    assert look(blue, green) == ["BG125 blue"]


def _fill_wal(database: Database, segments: int) -> None:
    for _number in range(segments):
        database.query("SELECT pg_logical_emit_message(true, 'x', 'x')")
        database.query("SELECT pg_switch_wal()")
    database.query("CHECKPOINT")


def test_slots(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    server = own_server(17, max_slot_wal_keep_size="16MB", max_wal_size="32MB", min_wal_size="32MB")
    blue, green = database(server=server), database(18)
    for name in (OURS, "pg_1_sync_2_3", "consumer"):
        blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", name)
    assert look(blue, green) == ["BG163 blue", "BG115 blue", "BG166 blue"]
    named = [{"slot": "consumer", "publication": "misspelt"}, {"slot": "misspelt"}]
    assert look(blue, green, consumers=named) == [
        "BG338 blue", "BG115 blue", "BG166 blue", "BG288 blue", "BG284 blue",
    ]  # fmt: skip
    blue.query("SELECT pg_drop_replication_slot('consumer')")
    blue.query("SELECT pg_drop_replication_slot('pg_1_sync_2_3')")
    elsewhere = server.connect()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_create_logical_replication_slot('forgotten', 'pgoutput')")
    elsewhere.close()
    _fill_wal(blue, 5)
    assert look(blue, green) == ["BG165 blue", "BG115 blue", "BG164 blue"]


def test_a_standby_of_blue(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    blue, green = database(server=own_server(17)), database(18)
    blue.query("SELECT pg_create_physical_replication_slot('standby')")
    assert look(blue, green) == ["BG169 blue"]


def test_a_standby_that_takes_links_over(
    own_server: ServerFactory, database: DatabaseFactory, look: Look, new_standby: StandbyFactory
) -> None:
    blue, green = database(server=own_server(17, synchronized_standby_slots="other, standby")), database(18)
    new_standby(blue.server, slot="standby", **KEEPS_SLOTS)
    deadline = time.monotonic() + 60.0
    while found := look(blue, green):
        assert found == ["BG169 blue"]
        assert time.monotonic() < deadline
    blue.query("ALTER SYSTEM SET synchronized_standby_slots = ''")
    blue.query("SELECT pg_reload_conf()")
    while not (found := look(blue, green)):
        assert time.monotonic() < deadline
    assert found == ["BG169 blue"]


def test_a_tablespace(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    server = own_server(17)
    blue, green = database(server=server), database(18)
    opened = blue.connect()
    with opened.cursor() as cursor:
        cursor.execute("SET allow_in_place_tablespaces = on")
        cursor.execute("CREATE TABLESPACE fast LOCATION ''")
        cursor.execute(
            sql.SQL("GRANT CREATE ON TABLESPACE fast TO {}").format(sql.Identifier(blue.roles["owner"].name))
        )
    opened.close()
    blue.query("CREATE TABLE t (id int PRIMARY KEY) TABLESPACE fast", role="owner")
    assert look(blue, green) == ["BG137 green"]
    server.embedded.stop()


def test_old_transactions(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    server = own_server(17, autovacuum_freeze_max_age="100000")
    blue, green = database(server=server), database(18)
    # Unless somebody needs the old snapshot, the server would freeze the database in time.
    with blue.connect(autocommit=False).cursor() as holder:
        holder.execute("SELECT pg_current_xact_id()")
    blue.query(
        "CREATE TEMP TABLE t (); DO $$ BEGIN FOR n IN 1..151000 LOOP BEGIN INSERT INTO t DEFAULT VALUES; RAISE 'x';"
        " EXCEPTION WHEN OTHERS THEN END; END LOOP; END $$"
    )
    assert look(blue, green) == ["BG118 blue"]


def test_a_link_that_spills(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    blue.query("CREATE TABLE t (id int PRIMARY KEY, x text)", role="owner")
    blue.query("CREATE PUBLICATION bluegreen_shop_forward_1 FOR TABLE t", role="migrator")
    blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", OURS)
    opened = blue.connect()
    with opened.cursor() as cursor:
        for number in range(120):
            cursor.execute(
                "INSERT INTO t SELECT %s + n, repeat('x', 1000) FROM generate_series(1, 100) n", (number * 1000,)
            )
        cursor.execute("SET logical_decoding_work_mem = '64kB'")
        cursor.execute(
            "SELECT count(*) FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL,"
            " 'proto_version', '1', 'publication_names', 'bluegreen_shop_forward_1')",
            (OURS,),
        )
    opened.close()
    assert look(blue, green) == ["BG128 blue"]


def test_a_link_that_stopped(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    for each in (blue, green):
        each.query("CREATE TABLE t (id int PRIMARY KEY)", role="owner")
        each.query("INSERT INTO t VALUES (1)", role="owner")
    green.query("ANALYZE t")
    blue.query("CREATE PUBLICATION bluegreen_shop_forward_1 FOR TABLE t", role="migrator")
    account = blue.endpoint()
    conninfo = " ".join(f"{key}={value}" for key, value in account.items())
    blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", OURS)
    green.query(
        "CREATE SUBSCRIPTION bluegreen_shop_forward_1 CONNECTION %s PUBLICATION bluegreen_shop_forward_1"
        " WITH (create_slot = false, disable_on_error = true)",
        conninfo,
    )
    end = time.monotonic() + 20
    while green.query("SELECT subenabled FROM pg_subscription WHERE subname = %s", OURS) == [(True,)]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert set(look(blue, green)) >= {"BG167 green", "BG168 green"}
