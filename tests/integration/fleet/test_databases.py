# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin makes a host of each database of a real server."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from demo.commands import PROJECT
from tests.fixtures.databases import run_statement
from tests.fixtures.servers import PostgresServer, ServerFactory

_NAMES = ("shop", "stock", "test_shop", 'Weird "%s" Name', "zwei 數", "{{ lookup('pipe', 'echo run') }}")
_NEVER_RUN = "lookup_pipe_echo_run"
_PASSWORD = "{{ lookup('ansible.builtin.env', 'BLUE_PASSWORD') }}"


@pytest.fixture
def server(own_server: ServerFactory) -> PostgresServer:
    """Give a server with databases of all kinds of names."""
    made = own_server(17)
    opened = made.connect()
    opened.autocommit = True
    for name in _NAMES:
        run_statement(opened, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    run_statement(opened, "ALTER DATABASE stock WITH ALLOW_CONNECTIONS false")
    opened.close()
    return made


def _written(server: PostgresServer, folder: Path, **more: Any) -> Path:
    ends = server.superuser_endpoint()
    reached = {key: ends[key] for key in ("host", "port", "user")} | {"password": _PASSWORD}
    green = {"host": "db18.example.com", "user": "migrator"}
    file = folder / "db17.databases.yml"
    asked = {"plugin": "bluegreen.postgresql.databases", "blue": reached, "green": green, **more}
    file.write_text(json.dumps(asked), encoding="utf-8")
    return file


def _run(server: PostgresServer, program: str, *words: str, password: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / "collections"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "BLUE_PASSWORD": password or server.superuser_endpoint()["password"],
    }
    argv = [str(Path(sys.executable).with_name(program)), *words]
    return subprocess.run(argv, env=environment, text=True, capture_output=True, check=False)


def _listed(server: PostgresServer, file: Path) -> dict[str, Any]:
    run = _run(server, "ansible-inventory", "-i", str(file), "--list")
    assert run.returncode == 0, run.stderr
    assert server.superuser_endpoint()["password"] not in run.stdout + run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _text(value: Any) -> str:
    """Return a text, which ansible-inventory marks where it must not be evaluated."""
    return str(value["__ansible_unsafe"] if isinstance(value, dict) else value)


def test_each_database_is_a_host_whose_password_stays_a_template(server: PostgresServer, tmp_path: Path) -> None:
    listed = _listed(server, _written(server, tmp_path))
    assert set(listed["migrations"]["hosts"]) == {"Weird_s_Name", "shop", "test_shop", "zwei_數", _NEVER_RUN}
    hosts = listed["_meta"]["hostvars"]
    assert _text(hosts["Weird_s_Name"]["bluegreen_blue"]["dbname"]) == 'Weird "%s" Name'
    green = hosts["shop"]["bluegreen_green"]
    assert (green["host"], green["user"], _text(green["dbname"])) == ("db18.example.com", "migrator", "shop")
    assert _text(hosts["shop"]["bluegreen_migration"]) == "shop"


def test_a_name_that_looks_like_a_template_is_never_evaluated(server: PostgresServer, tmp_path: Path) -> None:
    file = _written(server, tmp_path)
    words = ["-c", "local", "-m", "debug", "-a", "msg={{ bluegreen_blue.dbname }}"]
    run = _run(server, "ansible", "-i", str(file), _NEVER_RUN, *words)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "lookup('pipe', 'echo run')" in run.stdout


def test_a_play_reaches_the_database_with_the_password_that_it_evaluates(
    server: PostgresServer, tmp_path: Path
) -> None:
    file = _written(server, tmp_path, include=["shop"])
    said = "{{ bluegreen_blue.password | hash('sha256') }}"
    run = _run(server, "ansible", "-i", str(file), "all", "-c", "local", "-m", "debug", "-a", f"msg={said}")
    assert run.returncode == 0, run.stdout + run.stderr
    assert hashlib.sha256(server.superuser_endpoint()["password"].encode()).hexdigest() in run.stdout


def test_patterns_prefix_and_groups_are_the_users(server: PostgresServer, tmp_path: Path) -> None:
    file = _written(
        server, tmp_path, include=["*shop"], exclude=["test_*"], prefix="db17-", group="first",
        keyed_groups=[{"key": "bluegreen_green.host", "prefix": "to"}],
    )  # fmt: skip
    listed = _listed(server, file)
    assert listed["first"]["hosts"] == ["db17-shop"]
    assert any(name.startswith("to_db18") for name in listed)


@pytest.mark.parametrize(
    ("more", "password", "says"),
    [
        ({}, "wrong", "BG004"),
        ({"green": {}}, "", "BG002"),
        ({"ask_in": "nothing like it"}, "", "BG005"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(
    server: PostgresServer, tmp_path: Path, more: dict[str, Any], password: str, says: str
) -> None:
    run = _run(server, "ansible-inventory", "-i", str(_written(server, tmp_path, **more)), "--list", password=password)
    assert run.returncode != 0
    assert says in run.stderr
    assert "Traceback" not in run.stderr
    assert server.superuser_endpoint()["password"] not in run.stdout + run.stderr
