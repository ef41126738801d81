# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""green_database against real servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner

Call = Callable[..., dict[str, Any]]


class Target:
    """A database that does not exist yet on green's server, and the module that creates it."""

    def __init__(self, blue: Database, green: Database, run: ModuleRunner) -> None:
        self.blue = blue
        self.green = green
        self.name = f'{green.name} "new"'
        self._run = run

    def make(self, *, check: bool = False, **changes: Any) -> dict[str, Any]:
        """Run the module as the migrator, which may create databases."""
        green = {**self.green.endpoint(), "dbname": self.name, **changes}
        arguments = {"migration": "shop", "blue": self.blue.endpoint(), "green": green}
        return self._run("green_database", arguments, check=check, diff=True)

    def settings(self) -> list[Any]:
        """Return encoding, collation, type and owner according to the server."""
        return self.green.query(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype, pg_get_userbyid(datdba) FROM pg_database"
            " WHERE datname = %s",
            self.name,
        )

    def create_otherwise(self, options: str) -> None:
        """Create it by hand."""
        name = sql.Identifier(self.name)
        self.green.query(sql.SQL("CREATE DATABASE {} TEMPLATE template0 " + options).format(name))


@pytest.fixture
def make_target(database: DatabaseFactory, run_module: ModuleRunner) -> Any:
    """Give `make_target(blue_major, green_major, encoding)`; what was created is dropped at the end."""
    made: list[Target] = []

    def make(blue_major: int = 17, green_major: int = 18) -> Target:
        target = Target(database(blue_major), database(green_major), run_module)
        role = sql.Identifier(target.green.roles["migrator"].name)
        target.green.query(sql.SQL("ALTER ROLE {} CREATEDB").format(role))
        made.append(target)
        return target

    yield make
    for target in made:
        target.green.query(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(target.name)))


@pytest.mark.parametrize("major", [14, 17])
def test_create_and_again(make_target: Callable[..., Target], major: int) -> None:
    target = make_target(major)

    first = target.make()
    assert not first.get("failed"), first["msg"]
    assert (first["changed"], first["exists"], first["database"]) == (True, True, target.name)
    assert target.settings() == [("UTF8", "C.UTF-8", "C.UTF-8", target.blue.roles["owner"].name)]
    assert not target.make()["changed"]


def test_other_providers_and_encodings(make_target: Callable[..., Target]) -> None:
    target = make_target(17)
    name = sql.Identifier(f"{target.blue.name}_builtin")
    options = "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    target.blue.query(sql.SQL("CREATE DATABASE {} " + options).format(name))
    try:
        blue = {**target.blue.endpoint("superuser"), "dbname": f"{target.blue.name}_builtin"}
        green = {**target.green.endpoint("superuser"), "dbname": target.name}
        made = target._run("green_database", {"migration": "shop", "blue": blue, "green": green})
    finally:
        target.blue.query(sql.SQL("DROP DATABASE {}").format(name))

    assert not made.get("failed"), made["msg"]
    assert (made["provider"], made["locale"], made["collate"], made["owner"]) == ("b", "C.UTF-8", "C", "postgres")


def test_check_mode_creates_nothing(make_target: Callable[..., Target]) -> None:
    target = make_target()

    result = target.make(check=True)

    assert (result["changed"], result["exists"]) == (True, True)
    assert "encoding: UTF8" in result["diff"]["after"]
    assert target.settings() == []


def test_an_owner_is_changed_and_an_encoding_is_refused(make_target: Callable[..., Target]) -> None:
    target = make_target()
    migrator = sql.Identifier(target.green.roles["migrator"].name)
    target.create_otherwise("LC_COLLATE 'C'")
    assert target.make()["code"] == "BG230"
    target.green.query(sql.SQL("DROP DATABASE {}").format(sql.Identifier(target.name)))

    target.create_otherwise("")
    target.green.query(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(target.name), migrator))
    result = target.make()
    assert not result.get("failed"), result["msg"]
    assert result["owner"] == target.blue.roles["owner"].name
    assert not target.make()["changed"]


def test_what_green_refuses(make_target: Callable[..., Target]) -> None:
    target = make_target()
    assert target.make(dbname="")["code"] == "BG002"
    assert target.make(password="wrong")["code"] == "BG004"

    role = sql.Identifier(target.green.roles["migrator"].name)
    target.green.query(sql.SQL("ALTER ROLE {} NOCREATEDB").format(role))
    assert target.make()["code"] == "BG008"

    stranger = sql.Identifier(f"{target.blue.roles['app'].name}_stranger")
    target.blue.query(sql.SQL("CREATE ROLE {}").format(stranger))
    target.blue.query(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(target.blue.name), stranger))
    target.green.query(sql.SQL("ALTER ROLE {} CREATEDB").format(role))
    assert target.make()["code"] == "BG231"
    assert target.settings() == []
