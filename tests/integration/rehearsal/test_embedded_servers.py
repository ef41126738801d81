# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Embedded servers of every major, from their creation to their removal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded import identity
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import EmbeddedServer, free_port
from demo.commands import run_command
from demo.installations import VERSIONS, find_installation
from tests.fixtures.chosen import chosen
from tests.fixtures.servers import restart
from tests.fixtures.workplace import own_folder, unavailable

PASSWORD = "it's \\ odd"


def _server(major: int, folder: Path) -> EmbeddedServer:
    try:
        binaries = find_installation(major)
    except EmbeddedServerError as error:
        unavailable(str(error))
    return EmbeddedServer(binaries, folder, free_port(), run_command)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder whose path is longer than a socket address may be, and holds a space."""
    path = own_folder() / "embedded"
    yield path / ("long " * 25)
    shutil.rmtree(path)


def _value(server: EmbeddedServer, statement: str) -> object:
    opened = psycopg2.connect(**server.endpoint("postgres", "postgres", PASSWORD))
    try:
        with opened, opened.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone()
            return row[0] if row else None
    finally:
        opened.close()


@pytest.mark.parametrize("major", chosen(VERSIONS, min(VERSIONS), max(VERSIONS)))
def test_a_server_from_creation_to_removal(major: int, folder: Path) -> None:
    server = _server(major, folder)
    assert not server.running()
    server.create(PASSWORD, {"max_connections": "33", "cluster_name": "it's"})
    assert sorted(path.name for path in folder.iterdir()) == ["data"], "the password file is gone"
    server.start()
    try:
        assert server.running()
        assert _value(server, "SHOW server_version_num") == _version_number(major)
        assert _value(server, "SHOW wal_level") == "logical"
        assert _value(server, "SHOW max_connections") == "33"
        assert _value(server, "SHOW cluster_name") == "it's"
        assert _value(server, "SHOW listen_addresses") == "127.0.0.1"
        assert _value(server, "SHOW fsync") == "on"
        assert _value(server, "SELECT datcollate FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"
        assert _value(server, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules") == "scram-sha-256"
        assert str(_value(server, "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'")).startswith("SCRAM")
    finally:
        server.destroy()
    assert not server.running()
    assert not folder.exists()


def _version_number(major: int) -> str:
    return f"{major}{int(VERSIONS[major].split('.')[1]):04}"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    made = _server(17, folder)
    made.create(PASSWORD, None)
    yield made
    made.destroy()


def test_a_wrong_password_is_refused(server: EmbeddedServer) -> None:
    server.start()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(**server.endpoint("postgres", "postgres", "wrong"))


def test_another_object_of_the_same_folder_stops_it(server: EmbeddedServer) -> None:
    server.start()
    other = EmbeddedServer(server.binaries, server.folder, free_port(), run_command)
    assert other.running()
    other.stop("smart")
    assert not server.running()
    other.stop()


def test_a_crash_keeps_what_was_committed(server: EmbeddedServer) -> None:
    server.start()
    _value(server, "CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1")
    restart(server, "immediate")
    assert _value(server, "SELECT answer FROM kept") == 42


def test_a_folder_in_use_is_left_alone(server: EmbeddedServer) -> None:
    with pytest.raises(EmbeddedServerError, match="already holds a server"):
        server.create("other", None)
    server.start()
    assert _value(server, "SELECT 1") == 1


def test_a_server_that_cannot_start_shows_its_log(folder: Path) -> None:
    server = _server(17, folder)
    server.create(PASSWORD, {"max_connections": "none"})
    with pytest.raises(EmbeddedServerError, match=r'(?s)did not start.*invalid value for parameter "max_connections"'):
        server.start(timeout=5)
    server.destroy()


def test_no_password_in_any_command(folder: Path) -> None:
    seen: list[str] = []

    def listening(argv: list[str]) -> tuple[int, str, str]:
        seen.extend(argv)
        return run_command(argv)

    server = _server(17, folder)
    server = EmbeddedServer(server.binaries, folder, server.port, listening)
    server.create("zebra-crossing", None)
    server.destroy()
    assert seen
    assert not [word for word in seen if "zebra" in word]


def _needs_root_and_account() -> None:
    if os.geteuid() != 0:
        pytest.skip("Only root changes to another account.")
    if run_command([*identity._SETPRIV, "true"])[0] != 0:
        unavailable("There is no account `postgres` to change to.")


def test_root_runs_servers_as_an_account_where_namespaces_are_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    _needs_root_and_account()
    monkeypatch.setattr(identity, "_NAMESPACE", ("false",))
    folder = own_folder() / "account"
    server = _server(17, folder)
    server.create(PASSWORD, None)
    server.start()
    try:
        assert (folder / "data").owner() == "postgres"
        assert _value(server, "SELECT 1") == 1
    finally:
        server.destroy()


def test_a_folder_out_of_the_accounts_reach_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _needs_root_and_account()
    monkeypatch.setattr(identity, "_NAMESPACE", ("false",))
    closed = own_folder() / "closed"
    closed.mkdir(mode=0o700)
    try:
        with pytest.raises(EmbeddedServerError, match=r"\(postgres\) cannot reach .*/closed/server"):
            _server(17, closed / "server").create(PASSWORD, None)
    finally:
        shutil.rmtree(closed)
