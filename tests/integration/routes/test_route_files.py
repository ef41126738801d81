# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bouncers on other hosts, prepared over a real sshd by module and role, then switched under clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from tests.fixtures.bouncers import BouncerFactory, PgBouncer
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.ssh import SshFactory, SshServer
from tests.integration.conftest import MigrationFactory
from tests.integration.routes.rigs import shown, side_of

_AUTH_QUERY = "SELECT * FROM secret_of($1)"
_SECRET_OF = """
CREATE FUNCTION secret_of(name text, OUT usename name, OUT passwd text) LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS 'SELECT usename, passwd FROM pg_shadow WHERE usename = name'
"""


@pytest.fixture
def made(pair: PairFactory) -> Pair:
    """Give a pair of which nothing has been replicated."""
    return pair()


def _entry(bouncer: PgBouncer, host: SshServer, *names: str) -> dict[str, Any]:
    return {
        "type": "pgbouncer",
        "console": bouncer.console_endpoint(),
        "databases": list(names),
        "live_file": str(bouncer.databases_file),
        "blue_file": str(bouncer.folder / "databases.blue.ini"),
        "green_file": str(bouncer.folder / "databases.green.ini"),
        "ssh": host.entry,
    }


def _lines(side: Database) -> str:
    place = f"host={LOOPBACK} port={side.server.port} dbname={side.name}"
    return (
        "; by the platform team\n[databases]\n"
        f"shop = {place} pool_size=7 connect_query='SELECT ''x'''\n"
        f"shop-jobs = {place} pool_mode=statement\n"
        f"reports = host={LOOPBACK} port=1 dbname=elsewhere\n"
    )


def _custom(bouncer: PgBouncer, side: Database) -> None:
    bouncer.databases_file.write_text(_lines(side), encoding="utf-8")
    bouncer.console("RELOAD")


def _answers(bouncer: PgBouncer, made: Pair, entry: str) -> Any:
    session = psycopg2.connect(**bouncer.endpoint(entry, made.blue))
    session.autocommit = True
    try:
        return side_of(session)
    finally:
        session.close()


@pytest.mark.soak
def test_two_bouncers_with_aliases_are_prepared_over_ssh_and_moved(
    made: Pair, pgbouncer: BouncerFactory, ssh_server: SshFactory
) -> None:
    host = ssh_server()
    bouncers = [pgbouncer({"shop": made.blue}, default_pool_size="9") for _each in range(2)]
    for bouncer in bouncers:
        _custom(bouncer, made.blue)
    routes = [_entry(bouncer, host, "shop", "shop-jobs") for bouncer in bouncers]
    made.replicate()
    before = [bouncer.databases_file.stat() for bouncer in bouncers]

    would = made.succeed("route_files", routes=routes, check=True)
    assert (would["changed"], len(would["steps"])) == (True, 4)
    assert not (bouncers[0].folder / "databases.green.ini").exists()
    done = made.succeed("route_files", routes=routes)
    assert (done["changed"], done["problems"], done["blocked"]) == (True, [], False)
    assert not made.changes("route_files", routes=routes)

    for bouncer, was in zip(bouncers, before, strict=True):
        green = bouncer.folder / "databases.green.ini"
        assert green.read_text(encoding="utf-8") == _lines(made.green)
        assert bouncer.databases_file.read_text(encoding="utf-8") == _lines(made.blue)
        assert (green.stat().st_uid, green.stat().st_mode) == (was.st_uid, was.st_mode)
        bouncer.console("RELOAD")
        assert _answers(bouncer, made, "shop").value == "blue"

    for target in ("green", "blue"):
        switched = made.succeed("cutover", target=target, routes=routes)
        assert set(switched["routes"].values()) == {target}
        for bouncer in bouncers:
            assert {_answers(bouncer, made, entry).value for entry in ("shop", "shop-jobs")} == {target}
            kept = {
                row["name"]: (row["pool_size"], row["pool_mode"], row["port"]) for row in shown(bouncer, "DATABASES")
            }
            assert kept["shop"][0] == 7
            assert kept["shop-jobs"][1] == "statement"
            assert kept["reports"][2] == 1


@pytest.mark.soak
def test_auth_query_goes_on_after_the_switch(made: Pair, pgbouncer: BouncerFactory, ssh_server: SshFactory) -> None:
    app, looker = made.blue.roles["app"], made.blue.roles["owner"]
    for side in (made.blue, made.green):
        side.query(_SECRET_OF)
    # PgBouncer logs in with what it has learned from a client, so the role's secret must be the same on both sides.
    [(secret,)] = made.blue.query(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{app.name}'")
    made.green.query(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(app.name), sql.Literal(secret)))
    bouncer = pgbouncer({"shop": made.blue}, auth_user=looker.name, auth_query=_AUTH_QUERY)
    users = bouncer.folder / "userlist.txt"
    lines = users.read_text(encoding="utf-8").splitlines(keepends=True)
    users.write_text("".join(line for line in lines if f'"{app.name}"' not in line), encoding="utf-8")
    bouncer.kill()
    bouncer.start()
    routes = [_entry(bouncer, ssh_server(), "shop")]
    made.replicate()
    made.succeed("route_files", routes=routes)
    session = psycopg2.connect(**bouncer.endpoint("shop", made.blue))
    session.autocommit = True
    assert side_of(session).value == "blue"

    made.succeed("cutover", target="green", routes=routes)

    assert side_of(session).value == "green"
    session.close()
    assert _answers(bouncer, made, "shop").value == "green"
    assert next(row["value"] for row in shown(bouncer, "CONFIG") if row["key"] == "auth_query") == _AUTH_QUERY


def test_a_password_in_an_entry_is_in_no_result_and_no_process(
    made: Pair, pgbouncer: BouncerFactory, ssh_server: SshFactory
) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    hidden = "hidden-and-never-to-be-seen"
    text = bouncer.databases_file.read_text(encoding="utf-8").rstrip()
    bouncer.databases_file.write_text(f"{text} user=somebody password={hidden}\n", encoding="utf-8")
    bouncer.console("RELOAD")
    host = ssh_server()
    done = made.succeed("route_files", routes=[_entry(bouncer, host, "shop")])

    assert hidden in (bouncer.folder / "databases.green.ini").read_text(encoding="utf-8")
    assert hidden not in json.dumps(done)
    assert hidden not in host.log


def test_of_several_hosts_the_file_names_the_primary_alone(
    made: Pair, pgbouncer: BouncerFactory, ssh_server: SshFactory
) -> None:
    """A pooler takes turns among several, and a standby is one of them."""
    bouncer = pgbouncer({"shop": made.blue})
    green = made.green.endpoint("migrator")
    hosts = {"host": f"{LOOPBACK},{LOOPBACK}", "port": f"1,{green['port']}"}
    made.succeed("route_files", routes=[_entry(bouncer, ssh_server(), "shop")], green={**green, **hosts})
    written = (bouncer.folder / "databases.green.ini").read_text(encoding="utf-8")
    assert f"host={LOOPBACK} port={green['port']} " in written


def test_a_missing_live_file_is_said_and_nothing_is_written(
    made: Pair, pgbouncer: BouncerFactory, ssh_server: SshFactory
) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    entry = {**_entry(bouncer, ssh_server(), "shop"), "live_file": str(bouncer.folder / "nowhere.ini")}
    refused = made.run("route_files", routes=[entry])

    assert (refused["code"], "nowhere.ini" in refused["what"]) == ("BG605", True)
    assert not (bouncer.folder / "databases.green.ini").exists()


@pytest.mark.soak
def test_the_role_prepares_and_names_what_would_stop_a_switch(
    new_migration: MigrationFactory, pgbouncer: BouncerFactory, ssh_server: SshFactory, tmp_path: Path
) -> None:
    migration = new_migration()
    host = ssh_server()
    bouncer = pgbouncer({"shop": migration.blue})
    migration.variables["bluegreen_routes"] = [_entry(bouncer, host, "shop")]

    assert migration.changed_by("traffic", "--check", "--diff") == 1
    assert not (bouncer.folder / "databases.green.ini").exists()
    assert migration.changed_by("traffic") == 1
    assert (bouncer.folder / "databases.green.ini").exists()
    assert migration.changed_by("traffic") == 0

    bouncer.config.write_text(f"{bouncer.config.read_text(encoding='utf-8')}query_wait_timeout = 3\n", encoding="utf-8")
    bouncer.console("RELOAD")
    refused = migration.play("traffic")
    assert refused.status == 2
    assert "BG614" in refused.output
    assert "BG607" in refused.output
