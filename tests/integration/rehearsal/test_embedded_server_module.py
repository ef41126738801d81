# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module embedded_server: a throw-away server from its creation to its removal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.sealed_server import PORT, SealedServer
from demo.commands import BINARIES_CACHE, run_command
from tests.fixtures.modules import ModuleRunner, titles
from tests.fixtures.servers import ServerFactory
from tests.fixtures.workplace import own_folder

PASSWORD = "zebra 'crossing'"
Call = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(postgres_server: ServerFactory) -> Iterator[Path]:
    """Give a folder that does not exist yet; the programs of 17 are there."""
    postgres_server(17)
    path = own_folder() / "throw 'away'"
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def call(folder: Path, run_module: ModuleRunner) -> Iterator[Call]:
    """Give `call(check=False, **changes)`; at the end the server is removed, whatever the test left."""
    side = {"host": "nowhere.invalid", "dbname": "x"}

    def run(check: bool = False, **changes: Any) -> dict[str, Any]:
        arguments = {"migration": "m", "blue": side, "green": side, "folder": str(folder), "cache": str(BINARIES_CACHE)}
        wanted = {} if changes.get("state") == "absent" else {"major": 17, "password": PASSWORD}
        given = {key: value for key, value in {**arguments, **wanted, **changes}.items() if value is not None}
        return run_module("embedded_server", given, check=check, diff=True)

    yield run
    if folder.exists() and not run(state="absent").get("failed"):
        assert not folder.exists()


def _answers(result: dict[str, Any]) -> bool:
    opened = psycopg2.connect(**result["endpoint"], password=PASSWORD)
    opened.close()
    return True


def test_from_nothing_to_nothing(call: Call, folder: Path) -> None:
    tried = call(check=True)
    assert (tried["changed"], tried["endpoint"], folder.exists()) == (True, None, False)

    made = call()
    assert titles(made) == ["make a server of PostgreSQL 17", "start the server"]
    assert (made["major"], made["running"], made["folder"]) == (17, True, str(folder))
    assert _answers(made)
    assert Path(made["pg_bindir"], "pg_dump").exists()
    assert PASSWORD not in str(made)

    again = call()
    assert (again["changed"], again["endpoint"]) == (False, made["endpoint"])
    assert call(check=True, state="absent")["changed"]
    assert _answers(made)

    assert call(state="absent")["changed"]
    assert not folder.exists()
    assert not call(state="absent")["changed"]
    with pytest.raises(psycopg2.OperationalError):
        _answers(made)


def _stop(made: dict[str, Any]) -> None:
    SealedServer(Path(made["pg_bindir"]).parent, Path(made["folder"]), PORT, run_command).stop("immediate")


def test_a_server_that_was_stopped_is_started_where_it_was(call: Call) -> None:
    made = call()
    _stop(made)
    tried = call(check=True)
    assert (titles(tried), tried["endpoint"]) == (["start the server"], made["endpoint"])
    assert call()["endpoint"] == made["endpoint"]
    assert _answers(made)


def test_another_server_in_the_folder_is_left_alone(call: Call) -> None:
    made = call()
    assert call(major=18)["code"] == "BG723"
    assert _answers(made)


def test_a_server_that_was_never_finished_is_made_anew(call: Call, folder: Path) -> None:
    made = call()
    (folder / "embedded_server.json").unlink()
    again = call()
    assert titles(again)[0].startswith("remove the unfinished server")
    assert titles(again)[1:] == titles(made)
    assert _answers(again)

    (folder / "embedded_server.json").unlink()
    _stop(again)
    (folder / "data" / "PG_VERSION").unlink()
    assert call(state="absent")["changed"]
    assert not folder.exists()


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_folder_with_anything_else_is_left_alone(call: Call, folder: Path, state: str) -> None:
    (folder / "data").mkdir(parents=True)
    precious = folder / "thesis.txt"
    precious.write_text("years", encoding="utf-8")
    refused = call(state=state)
    assert (refused["code"], precious.read_text(encoding="utf-8")) == ("BG723", "years")
    assert "thesis.txt" in refused["msg"]


def test_what_cannot_be_made_is_said_without_a_traceback(call: Call, folder: Path) -> None:
    assert call(major=13)["code"] == "BG722"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file", encoding="utf-8")
    refused = call()
    assert (refused["code"], "exception" in refused) == ("BG722", False)
    folder.unlink()
    assert "password" in call(password=None)["msg"]
