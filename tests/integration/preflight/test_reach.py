# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the two servers reach each other, tried from the servers themselves."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.preflight import reach
from demo.commands import run_command
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory

Look = Callable[..., dict[str, Any]]


@pytest.fixture
def look(run_module: ModuleRunner) -> Look:
    """Give `look(blue, green, check=False, peer={}, back={})`: preflight.

    `peer` says how green reaches blue, `back` how blue reaches green.
    """

    def run(
        blue: Database,
        green: Database,
        *,
        check: bool = False,
        peer: dict[str, Any] | None = None,
        back: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        sides = {"blue": {**blue.endpoint(), "peer": peer or {}}, "green": {**green.endpoint(), "peer": back or {}}}
        own = {"migration": "shop", "trial_restore": False, "backup_waived": "a test"}
        result = run_module("preflight_info", {**own, **sides}, check=check)
        assert not result.get("failed"), result
        assert blue.roles["migrator"].password not in str(result)
        return result

    return run


def found(result: dict[str, Any]) -> list[str]:
    return [f"{finding['code']} {finding['side']}" for finding in result["findings"]]


def wal_and_catalogs(database: Database) -> list[Any]:
    return database.query(
        "SELECT (SELECT count(*) FROM pg_subscription), (SELECT count(*) FROM pg_replication_slots),"
        " (SELECT count(*) FROM pg_replication_origin), (SELECT count(*) FROM pg_class)"
    )


def with_dblink(database: Database) -> Database:
    database.query('CREATE SCHEMA "Tools\'"')
    database.query('CREATE EXTENSION dblink SCHEMA "Tools\'"')
    database.query('GRANT USAGE ON SCHEMA "Tools\'" TO PUBLIC')
    return database


@pytest.fixture
def servers_with_dblink(own_server: ServerFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
    """Give `start(major)`: a server whose dblink finds the libpq of its own installation."""

    def start(major: int) -> Any:
        probe = own_server(major)
        probe.embedded.stop()
        monkeypatch.setenv("LD_LIBRARY_PATH", str(probe.embedded.binaries / "lib"))
        probe.embedded.start()
        monkeypatch.delenv("LD_LIBRARY_PATH")
        return probe

    return start


@pytest.fixture
def silence() -> Iterator[int]:
    """Give a port that accepts connections and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_servers_that_reach_each_other_are_no_finding(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    before = wal_and_catalogs(green), wal_and_catalogs(blue)
    assert found(look(blue, green)) == []
    assert (wal_and_catalogs(green), wal_and_catalogs(blue)) == before


def test_check_mode_does_not_try_and_says_so(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    assert found(look(blue, green, check=True)) == ["BG123 blue", "BG123 green"]


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"dbname": "nowhere"}, "does not exist"),
        ({"sslmode": "require"}, "SSL"),
    ],
)
def test_what_green_cannot_do_is_named(peer: dict[str, str], said: str, database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    result = look(blue, green, peer=peer)
    assert found(result) == ["BG121 green"]
    assert said in result["findings"][0]["what"]
    assert "wrong" not in str(result)
    assert blue.roles["migrator"].password not in green.server.embedded.log.read_text(encoding="utf-8")


def with_tls(database: Database, name: str) -> str:
    """Give the server a certificate for its address, and return its path; `name` distinguishes several."""
    data = database.server.embedded.folder / "data"
    certificate, key = data / f"{name}.crt", data / f"{name}.key"
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-addext", f"subjectAltName=IP:{LOOPBACK}", "-keyout", str(key), "-out", str(certificate),
    ]  # fmt: skip
    status, _output, complaint = run_command(command)
    assert status == 0, complaint
    for path in (certificate, key):
        shutil.chown(path, data.stat().st_uid, data.stat().st_gid)
        path.chmod(0o600)
    for setting in (f"ssl_cert_file = '{name}.crt'", f"ssl_key_file = '{name}.key'", "ssl = on"):
        database.query(f"ALTER SYSTEM SET {setting}")
    database.query("SELECT pg_reload_conf()")
    return str(certificate)


def test_tls_is_tried_as_the_link_will_use_it(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    blue, green = database(server=own_server(17)), database(18)
    stranger = with_tls(blue, "stranger")
    own = with_tls(blue, "blue")
    assert found(look(blue, green, peer={"sslmode": "verify-full", "sslrootcert": own})) == []
    refused = look(blue, green, peer={"sslmode": "verify-full", "sslrootcert": stranger})
    assert found(refused) == ["BG121 green"]
    assert "certificate verify failed" in refused["findings"][0]["what"]


def test_tls_is_tried_on_the_way_back_too(own_server: ServerFactory, database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(server=own_server(18))
    stranger = with_tls(green, "stranger")
    own = with_tls(green, "green")
    assert found(look(blue, green, back={"sslmode": "verify-full", "sslrootcert": own})) == []
    refused = look(blue, green, back={"sslmode": "verify-full", "sslrootcert": stranger})
    assert found(refused) == ["BG121 blue"]
    assert "certificate verify failed" in refused["findings"][0]["what"]
    assert found(look(blue, green, back={"sslmode": "disable"})) == []


def test_a_port_that_nobody_listens_on(database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    assert found(look(blue, green, peer={"port": str(free_port())})) == ["BG121 green"]


@pytest.mark.soak
def test_a_silent_network_is_given_up(
    database: DatabaseFactory, look: Look, silence: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "SECONDS", 0.5)
    blue, green = database(17), database(18)
    result = look(blue, green, peer={"port": str(silence)})
    assert found(result) == ["BG121 green"]


def test_dblink_tries_it_in_check_mode_too(
    servers_with_dblink: Callable[[int], Any], database: DatabaseFactory, look: Look
) -> None:
    blue = with_dblink(database(server=servers_with_dblink(17)))
    green = with_dblink(database(server=servers_with_dblink(18)))
    assert found(look(blue, green, check=True)) == []
    wrong = look(blue, green, check=True, peer={"password": "wrong"})
    assert found(wrong) == ["BG121 green"]
    assert "password authentication failed" in wrong["findings"][0]["what"]
    assert found(look(blue, green, check=True, peer={"port": str(green.server.port)})) == ["BG122 green"]
    logs = [server.embedded.log.read_text(encoding="utf-8") for server in (blue.server, green.server)]
    assert all(blue.roles["migrator"].password not in log for log in logs)


def test_a_connection_that_the_other_server_would_guess(
    database: DatabaseFactory, run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    blue, green = database(17), database(18)
    given = blue.endpoint()
    monkeypatch.setenv("PGHOST", given.pop("host"))
    monkeypatch.setenv("PGPASSWORD", given.pop("password"))
    result = run_module(
        "preflight_info",
        {
            "migration": "shop",
            "trial_restore": False,
            "backup_waived": "a test",
            "blue": given,
            "green": green.endpoint(),
        },
    )
    assert found(result) == ["BG120 blue", "BG124 blue"]
