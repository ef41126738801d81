# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A setting that lets others write through the fence, or ignore the signpost, is found at every level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner

CODES = ("BG250", "BG251")
Found = Callable[[], dict[str, set[str]]]


@contextmanager
def by_superuser(database: Database, statement: str, undo: str) -> Iterator[None]:
    """Run a statement with the names of the app's role and the database, and take it back."""
    names = {"app": f'"{database.roles["app"].name}"', "database": f'"{database.name}"'}
    database.query(statement.format(**names))
    try:
        yield
    finally:
        database.query(undo.format(**names))


def setting(place: str, name: str, value: str) -> tuple[str, str]:
    return f"ALTER {place} SET {name} = {value}", f"ALTER {place} RESET {name}"


REPLICA = "session_replication_role"
SIGNPOST = "default_transaction_read_only"
APP, IN_DATABASE = "ROLE {app}", "ROLE {app} IN DATABASE {database}"


@pytest.mark.parametrize(
    "major", [pytest.param(14, marks=pytest.mark.soak), pytest.param(16, marks=pytest.mark.soak), 18]
)
def test_the_level_that_a_session_would_heed_decides(
    major: int, database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    blue, green = database(major), database(17)
    app, owner = blue.roles["app"].name, blue.roles["owner"].name
    run: dict[str, Any] = {"migration": "shop", "blue": blue.endpoint("superuser"), "green": green.endpoint()}

    def found() -> dict[str, set[str]]:
        result = run_module("preflight_info", run, check=True)
        assert not result.get("failed"), result
        told = [one for one in result["findings"] if one["code"] in CODES]
        assert all(one["severity"] == "blocks" and one["side"] == "blue" for one in told), told
        return {f"{one['code']} {one['fix']}": set(one["objects"]) & {app, owner} for one in told}

    def names(*settings: tuple[str, str]) -> set[frozenset[str]]:
        told = _with(blue, list(settings), found)
        return {frozenset(objects) for objects in told.values()}

    everybody, only_app = {frozenset({app, owner})}, {frozenset({app})}
    assert names() == set()
    assert names(setting(APP, REPLICA, "Replica")) == only_app
    assert names(setting(IN_DATABASE, REPLICA, "replica")) == only_app
    assert names(setting("DATABASE {database}", REPLICA, "replica")) == everybody
    assert names(setting("ROLE ALL", REPLICA, "replica")) == everybody
    assert names(setting("ROLE ALL", REPLICA, "replica"), setting("DATABASE {database}", REPLICA, "origin")) == set()
    assert names(setting("DATABASE {database}", REPLICA, "replica"), setting(APP, REPLICA, "origin")) == {
        frozenset({owner})
    }
    assert names(setting(APP, REPLICA, "replica"), setting(IN_DATABASE, REPLICA, "local")) == set()
    assert names(setting(APP, SIGNPOST, "F")) == only_app
    assert names(setting(IN_DATABASE, SIGNPOST, "off")) == only_app
    assert names(setting(APP, SIGNPOST, "off"), setting(IN_DATABASE, SIGNPOST, "on")) == set()
    # The signpost itself replaces these.
    assert names(setting("ROLE ALL", SIGNPOST, "off")) == set()


def _with(blue: Database, settings: list[tuple[str, str]], found: Found) -> dict[str, set[str]]:
    if not settings:
        return found()
    with by_superuser(blue, *settings[0]):
        return _with(blue, settings[1:], found)


@pytest.mark.soak
def test_the_server_s_own_value_counts_where_nothing_else_is_said_and_its_being_hidden_is_told(
    database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    blue, green = database(17), database(18)
    me, app = blue.roles["superuser"].name, blue.roles["app"].name
    run: dict[str, Any] = {"migration": "shop", "blue": blue.endpoint("superuser"), "green": green.endpoint()}

    def told() -> list[dict[str, Any]]:
        result = run_module("preflight_info", run, check=True)
        return [one for one in result["findings"] if one["code"] in CODES]

    with by_superuser(blue, "ALTER SYSTEM SET session_replication_role = replica",
                      "ALTER SYSTEM RESET session_replication_role"):  # fmt: skip
        blue.query("SELECT pg_reload_conf()")
        (seen,) = told()
        with by_superuser(blue, *setting(f'ROLE "{me}"', REPLICA, "origin")):
            (hidden,) = told()
    blue.query("SELECT pg_reload_conf()")
    assert app in seen["objects"]
    assert "ALTER SYSTEM RESET session_replication_role" in seen["fix"]
    assert app in hidden["objects"]
    assert f"ALTER ROLE {me} RESET" in hidden["fix"].replace('"', "")
