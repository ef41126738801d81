# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry or backend that leads to one of the two servers and that nobody has named."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from tests.fixtures.bouncers import BouncerFactory, PgBouncer
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.proxies import BACKEND, Haproxy, HaproxyFactory
from tests.integration.conftest import MigrationFactory
from tests.integration.routes.rigs import bouncer_entry, haproxy_entry


@pytest.fixture
def made(pair: PairFactory) -> Pair:
    """Give a pair of which nothing has been replicated."""
    return pair()


def _told(made: Pair, *routes: dict[str, Any], check: bool = False) -> list[str]:
    done = made.succeed("route_files", routes=list(routes), check=check)
    assert not done["blocked"]
    return [line for line in done["problems"] if line.startswith("BG751")]


def _add(bouncer: PgBouncer, *lines: str) -> None:
    text = bouncer.databases_file.read_text(encoding="utf-8")
    bouncer.databases_file.write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    bouncer.console("RELOAD")


def _files_of(bouncer: PgBouncer) -> dict[str, Any]:
    return {
        "type": "pgbouncer",
        "console": bouncer.console_endpoint(),
        "databases": ["shop"],
        "live_file": str(bouncer.databases_file),
        "blue_file": str(bouncer.folder / "databases.blue.ini"),
        "green_file": str(bouncer.folder / "databases.green.ini"),
    }


def test_an_entry_that_nobody_named_is_told_and_others_are_not(made: Pair, pgbouncer: BouncerFactory) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    blue, green = (f"host={LOOPBACK} port={one.server.port}" for one in (made.blue, made.green))
    _add(
        bouncer,
        f"shop_ro = {blue} dbname={made.blue.name}",
        f"reports = {green} dbname={made.green.name}",
        f"billing = {blue} dbname=another_database_of_that_server",
        f"warehouse = host={LOOPBACK} port=1 dbname={made.blue.name}",
        f"shop_local = host=localhost port={made.blue.server.port} dbname={made.blue.name}",
    )

    for check in (True, False):
        (line,) = _told(made, _files_of(bouncer), check=check)
        if not check:
            assert "(reports, shop_local, shop_ro)" in line
        for name in ("shop_ro", "shop_local"):
            assert name in line
        for name in ("billing", "warehouse"):
            assert name not in line


def test_the_fallback_for_every_name_is_told(made: Pair, pgbouncer: BouncerFactory) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    _add(bouncer, f"* = host={LOOPBACK} port={made.blue.server.port}")

    (line,) = _told(made, _files_of(bouncer))
    assert "(*)" in line


def test_nothing_is_told_where_every_entry_is_named(made: Pair, pgbouncer: BouncerFactory) -> None:
    bouncer = pgbouncer({"shop": made.blue, "shop_ro": made.blue})
    _add(bouncer, f"elsewhere = host={LOOPBACK} port=1 dbname=x")

    assert _told(made, {**_files_of(bouncer), "databases": ["shop", "shop_ro"]}) == []


@pytest.mark.parametrize("hosts", [("192.0.2.1", "nowhere.invalid"), ("nowhere.invalid", "192.0.2.1")])
def test_a_host_whose_name_is_unknown_here_is_unknown(
    made: Pair, pgbouncer: BouncerFactory, hosts: tuple[str, str]
) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    # Neither is a loopback address, so that the name has to be looked up.
    shop, readers = (f"host={host} port={made.blue.server.port} dbname={made.blue.name}" for host in hosts)
    bouncer.databases_file.write_text("[databases]\n", encoding="utf-8")
    _add(bouncer, f"shop = {shop}", f"shop_ro = {readers}")

    (line,) = _told(made, _files_of(bouncer))
    assert "unknown" in line
    assert "(shop_ro)" in line


def test_a_console_that_cannot_be_read_is_unknown(made: Pair, pgbouncer: BouncerFactory) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    entry = bouncer_entry(bouncer, made, "shop")
    bouncer.kill()

    done = made.succeed("route_files", routes=[entry])
    assert done["blocked"]
    (line,) = [line for line in done["problems"] if line.startswith("BG751")]
    assert "is unknown" in line


def _with_readers(proxy: Haproxy, port: int, state: str) -> None:
    more = f"backend readers\n  server first {LOOPBACK}:{port}{state}\nbackend other\n  server one {LOOPBACK}:1\n"
    proxy.config.write_text(proxy.config.read_text(encoding="utf-8") + more, encoding="utf-8")
    proxy.kill()
    proxy.start()


@pytest.mark.parametrize("state", ["", " disabled"])
def test_a_backend_that_nobody_named_is_told(made: Pair, haproxy: HaproxyFactory, state: str) -> None:
    proxy = haproxy({"blue": made.blue.server, "green": made.green.server})
    (proxy.folder / "state").touch()
    _with_readers(proxy, made.green.server.port, state)
    writers = haproxy_entry(proxy)

    (line,) = _told(made, writers)
    assert "(readers/first)" in line
    assert BACKEND not in line.partition(": ")[2]


@pytest.mark.soak
def test_the_playbook_says_it_and_does_not_fail(new_migration: MigrationFactory, pgbouncer: BouncerFactory) -> None:
    migration = new_migration()
    bouncer = pgbouncer({"shop": migration.blue})
    _add(bouncer, f"shop_ro = host={LOOPBACK} port={migration.blue.server.port} dbname={migration.blue.name}")
    migration.variables["bluegreen_routes"] = [_files_of(bouncer)]

    played = migration.play("traffic")
    assert played.status == 0
    assert "BG751" in played.output
    assert "shop_ro" in played.output
    assert "can be switched, but see to this" in played.output
