# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""decommission against real servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.retirement.decommission import (
    drop_database,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.databases import DatabaseFactory, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles
from tests.fixtures.retired import age, archive_parameters, clean_up, switch

_RECORDED = "SELECT details->>'mode' FROM bluegreen.journal WHERE event = 'decommissioned' ORDER BY id"


def _codes(result: dict[str, Any]) -> list[str]:
    assert result["code"] == "BG810", result["msg"]
    codes = [reason["code"] for reason in result["details"]["reasons"]]
    assert all(code in result["msg"] for code in codes)
    return codes


def _retired(pair: Pair, directory: Path) -> dict[str, Any]:
    """Do everything that has to precede, and return parameters without any reason against them."""
    switch(pair)
    clean_up(pair)
    made = pair.succeed("archive_database", **archive_parameters(pair, directory))
    age(pair, 8)
    assert made["archived"]
    return {"confirm": pair.blue.name, "application_roles": [pair.blue.roles["app"].name]}


def _exists(pair: Pair) -> bool:
    connection = pair.blue.server.connect()
    try:
        return run_statement(connection, "SELECT 1 FROM pg_database WHERE datname = %s", pair.blue.name) != []
    finally:
        connection.close()


def test_every_reason_at_once(pair: PairFactory) -> None:
    sides = pair()
    assert _codes(sides.run("decommission")) == ["BG811", "BG812", "BG813", "BG816"]
    switch(sides)
    client = sides.blue.connect("app")
    assert _codes(sides.run("decommission")) == ["BG812", "BG813", "BG815", "BG817", "BG816"]
    assert "BG811" in _codes(sides.run("decommission", side="green", confirm=sides.green.name))
    client.close()
    assert _exists(sides)
    assert sides.green.query(_RECORDED) == []


def test_each_reason_alone_then_check_revoke_and_drop(pair: PairFactory, tmp_path: Path) -> None:
    sides = pair()
    sound = _retired(sides, tmp_path)

    assert _codes(sides.run("decommission", **{**sound, "after_days": 9})) == ["BG812"]
    assert _codes(sides.run("decommission", **{**sound, "confirm": "other"})) == ["BG816"]
    client = sides.blue.connect("app")
    assert _codes(sides.run("decommission", **sound)) == ["BG815"]
    client.close()
    [contents] = tmp_path.rglob("toc.dat")
    contents.rename(contents.with_name("moved"))
    refused = sides.run("decommission", **sound)
    assert _codes(refused) == ["BG814"]
    assert refused["details"]["reasons"][0]["objects"] == [
        "dump/toc.dat is missing",
        "dump/moved does not belong to it",
    ]
    contents.with_name("moved").rename(contents)
    sides.blue.query("SELECT pg_create_logical_replication_slot('somebodys', 'pgoutput')")
    assert _codes(sides.run("decommission", **sound)) == ["BG817"]
    sides.blue.query("SELECT pg_drop_replication_slot('somebodys')")
    sides.green.query("UPDATE bluegreen.journal SET event = 'forgotten' WHERE event = 'archived'")
    assert _codes(sides.run("decommission", **sound)) == ["BG813"]
    sides.green.query("UPDATE bluegreen.journal SET event = 'archived' WHERE event = 'forgotten'")

    _revoke_and_undo(sides, sound)
    _revoke(sides, sound)
    _refuses_what_has_changed(sides, sound, tmp_path)
    _drop(sides, sound)


def _revoke_and_undo(sides: Pair, sound: dict[str, Any]) -> None:
    """Revoked grants come back as they were: to PUBLIC, to a renamed role, with its grant option."""
    undo = {"mode": "undo_revoke", "application_roles": sound["application_roles"]}
    nothing = sides.run("decommission", **undo)
    assert (nothing["failed"], nothing["code"]) == (True, "BG912"), "nothing was revoked"
    reader = f"{sides.blue.name}_reader"
    sides.blue.query(f"CREATE ROLE {reader}_before; GRANT CONNECT ON DATABASE {sides.blue.name} TO {reader}_before "
                     f"WITH GRANT OPTION; ALTER ROLE {reader}_before RENAME TO {reader}")  # fmt: skip
    before = sides.dump(sides.blue)
    assert sides.changes("decommission", **sound)
    sides.blue.query(f"ALTER ROLE {reader} RENAME TO {reader}_later")
    assert sides.dump(sides.blue) != before
    tried = sides.succeed("decommission", check=True, **undo)
    assert (tried["changed"], tried["may_connect"][0]) == (True, "PUBLIC")
    done = sides.succeed("decommission", **undo)
    assert f"give CONNECT on {sides.blue.name} of blue back to PUBLIC, {reader}" in titles(done)
    assert (done["changed"], done["decommissioned"]) == (True, False)
    sides.blue.query(f"ALTER ROLE {reader}_later RENAME TO {reader}")
    assert sides.dump(sides.blue) == before
    sides.blue.connect("app").close()
    assert not sides.changes("decommission", **undo)
    assert sides.succeed("phase_info", phase="decommission")["standing"] == "archived"
    sides.blue.query(f"REVOKE CONNECT ON DATABASE {sides.blue.name} FROM {reader}; DROP ROLE {reader}")
    sides.green.query("DELETE FROM bluegreen.journal WHERE event IN ('decommissioned', 'taken')")


def _revoke(sides: Pair, sound: dict[str, Any]) -> None:
    tried = sides.succeed("decommission", check=True, **sound)
    assert (tried["changed"], tried["may_connect"], tried["decommissioned"]) == (True, [], True)
    sides.blue.connect("app").close()
    assert sides.green.query(_RECORDED) == []

    done = sides.succeed("decommission", **sound)
    assert (done["changed"], done["exists"], done["may_connect"], done["decommissioned"]) == (True, True, [], True)
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        sides.blue.connect("app")
    assert sides.blue.query("SELECT to_regclass('bluegreen.fenced') IS NOT NULL") == [(True,)], "the fence stays"
    assert not sides.changes("decommission", **sound)
    assert not sides.changes("decommission"), "what is done needs no word"
    assert sides.green.query(_RECORDED) == [("revoke",)]


def _refuses_what_has_changed(sides: Pair, sound: dict[str, Any], directory: Path) -> None:
    """No unarchived change is dropped with the database: not one that keeps the row count, nor a sequence or a view."""
    drop = {**sound, "mode": "drop"}
    for change, back, told in (
        ("UPDATE users SET name = 'late' WHERE id = 1", "UPDATE users SET name = 'user 1' WHERE id = 1",
         "public.users: different contents in 100 rows"),
        ("INSERT INTO events_2026 OVERRIDING SYSTEM VALUE VALUES (99, '2026-05-01')",
         "DELETE FROM events_2026 WHERE id = 99", "public.events_2026: 21 rows instead of 20 rows"),
        ("SELECT setval('tickets', 895)", "SELECT setval('tickets', 900, false)",
         "sequence public.tickets: stands at 895 and was drawn instead of 900"),
        ("CREATE VIEW late AS SELECT 1", "DROP VIEW late", "the schema differs"),
    ):  # fmt: skip
        sides.blue.query(f"SET session_replication_role = replica; {change}")
        refused = sides.run("decommission", **drop)
        assert _codes(refused) == ["BG910"], change
        assert refused["details"]["reasons"][0]["objects"] == [told]
        if told.startswith("public.users"):
            assert sides.run("archive_database", **archive_parameters(sides, directory))["code"] == "BG910"
        sides.blue.query(f"SET session_replication_role = replica; {back}")
    assert _exists(sides)


def _drop(sides: Pair, sound: dict[str, Any]) -> None:
    drop = {**sound, "mode": "drop"}
    tried = sides.succeed("decommission", check=True, **drop)
    assert (tried["changed"], tried["exists"]) == (True, False)
    assert _exists(sides)

    done = sides.succeed("decommission", **drop)
    assert (done["changed"], done["exists"], done["decommissioned"]) == (True, False, True)
    shown = sides.succeed("migration_info")["standing"]["where"]
    assert "the side out of service is dropped" in shown
    assert "; it was dropped at 20" in shown
    assert "its archive is in /" in shown
    assert sides.run("decommission", mode="undo_revoke")["code"] == "BG912"
    assert not _exists(sides)
    assert not sides.changes("decommission", **drop)
    assert not sides.changes("decommission", **sound), "a database that was dropped is closed as well"
    assert sides.green.query(_RECORDED) == [("revoke",), ("drop",)]
    assert sides.write(sides.green) is None, "the side in service stays in service"

    sides.green.query("DELETE FROM bluegreen.journal WHERE event = 'decommissioned'")
    asked = sides.succeed("phase_info", phase="decommission")
    assert (asked["does"], asked["standing"]) == ("work", "dropped")
    killed = sides.succeed("decommission", **drop)
    assert titles(killed) == ["record that blue was decommissioned on green"], "a run was killed after the drop"
    sides.green.query("DELETE FROM bluegreen.journal WHERE event = 'archived'")
    assert sides.run("decommission", **drop)["code"] == "BG820"


def test_a_role_that_could_connect_all_the_same(pair: PairFactory, tmp_path: Path) -> None:
    sides = pair()
    sound = _retired(sides, tmp_path)
    owner, app = sides.blue.roles["owner"].name, sides.blue.roles["app"].name
    sides.blue.query(f"GRANT {owner} TO {app}")
    refused = sides.run("decommission", **sound)
    assert (refused["code"], refused["details"]["roles"]) == ("BG818", [app])
    sides.blue.connect("app").close()
    sides.blue.query(f"REVOKE {owner} FROM {app}")
    sides.blue.query(f"GRANT CONNECT ON DATABASE {sides.blue.name} TO {app}")
    assert sides.changes("decommission", **sound)
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        sides.blue.connect("app")


def test_a_client_that_connects_at_the_last_moment(database: DatabaseFactory) -> None:
    blue = database()
    client = blue.connect("app")
    endpoint = {key: str(value) for key, value in blue.server.superuser_endpoint().items()}
    session = Session(Endpoint(Side.BLUE, endpoint, {}), "test")
    with pytest.raises(MigrationError, match="being accessed by other users") as refused:
        drop_database(session, blue.name)
    session.close()
    assert refused.value.code == "BG819"
    assert run_statement(client, "SELECT 1") == [(1,)]
