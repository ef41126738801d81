# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nonsensical input: one clear error each, nothing changed, no traceback, no password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain import versions
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK, free_port
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import session
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.integration.conftest import Migration, play

_WRONG = "wrong-and-never-to-be-seen"
_MODULES: dict[str, dict[str, Any]] = {
    "preflight_info": {},
    "migration_journal": {"phase": "prepare"},
    "schema_copy": {},
    "write_gate": {},
    "replication_link": {"direction": "forward"},
    "migration_info": {},
    "cutover": {"target": "green"},
}
_CONTENTS = """
SELECT 'relation', oid::regclass::text, relkind::text, relhastriggers::text FROM pg_class WHERE oid >= 16384
UNION ALL SELECT 'schema', nspname, '', '' FROM pg_namespace WHERE nspname !~ '^pg_'
UNION ALL SELECT 'publication', pubname, '', '' FROM pg_publication
UNION ALL SELECT 'slot', slot_name, '', '' FROM pg_replication_slots WHERE database = current_database()
UNION ALL SELECT 'setting', setconfig::text, '', '' FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY 1, 2"""


def contents(*sides: Database) -> list[Any]:
    """Return the contents of these databases, and the size of the journals."""
    return [[side.query(_CONTENTS), journal_rows(side)] for side in sides]


def journal_rows(side: Database) -> list[Any]:
    """Return how many rows each migration has in the journal; of failures, which belong there, none."""
    if side.query("SELECT to_regclass('bluegreen.journal')") == [(None,)]:
        return []
    return side.query(
        "SELECT migration, count(*) FROM bluegreen.journal WHERE details->>'state' <> 'failed' GROUP BY 1 ORDER BY 1"
    )


def require_refusal(result: dict[str, Any], code: str, said: str, *secrets: str) -> None:
    """See that a result is one clear error, and shows none of the secrets."""
    assert (result.get("failed"), result.get("code")) == (True, code), result
    assert result["msg"].startswith(f"{code}: ")
    assert said in result["msg"]
    assert all(result[part] for part in ("what", "stands", "todo"))
    text = str(result)
    assert "Traceback" not in text
    assert not [secret for secret in (_WRONG, *secrets) if secret in text]


def require_finding(result: dict[str, Any], code: str, said: str, secret: str) -> None:
    """See that preflight names it along with all else that it finds without green."""
    assert result["blocked"], result
    first = result["findings"][0]
    assert (first["code"], first["side"], said in first["what"]) == (code, "green", True), result["table"]
    assert not [one for one in (_WRONG, secret) if one in str(result)]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Give a port that accepts connections and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def refuse_everywhere(made: Pair, code: str, said: str, **ends: Any) -> None:
    """See that every module refuses these connections, and that nothing changes."""
    before = contents(made.blue, made.green)
    password = made.blue.roles["migrator"].password
    for module, arguments in _MODULES.items():
        result = made.run(module, **arguments, **ends)
        if module == "preflight_info" and not result.get("failed"):
            require_finding(result, code, said, password)
        else:
            require_refusal(result, code, said, password)
    assert contents(made.blue, made.green) == before


def test_connections_that_cannot_be_made(pair: PairFactory) -> None:
    made = pair()
    blue, green = made.ends()["blue"], made.ends()["green"]
    refuse_everywhere(made, "BG004", "Green refused the password", green={**green, "password": _WRONG})
    refuse_everywhere(made, "BG005", "Blue does not know that database or role", blue={**blue, "dbname": "no such"})
    refuse_everywhere(made, "BG003", "Green cannot be reached", green={**green, "port": str(free_port())})
    refuse_everywhere(made, "BG006", "Blue and green are the same database", green=blue)
    refuse_everywhere(made, "BG002", "The connection to green is empty", green={})
    refuse_everywhere(made, "BG002", "The dsn of blue is not a libpq", blue={"dsn": f"nonsense {_WRONG}"})


def test_a_host_that_never_answers_is_given_up(
    pair: PairFactory, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CONNECT_SECONDS", 0.3)
    made = pair()
    green = {**made.ends()["green"], "port": str(silent_port)}
    require_refusal(made.run("write_gate", green=green), "BG003", "Green cannot be reached")


def test_sides_exchanged_against_the_journals(pair: PairFactory) -> None:
    made = pair()
    made.succeed("migration_journal", phase="prepare")
    ends = made.ends()
    refuse_everywhere(made, "BG703", "was written as green", blue=ends["green"], green=ends["blue"])
    before = contents(made.blue, made.green)
    told = made.run("migration_journal", phase="setup", state="failed", blue=ends["green"], green=ends["blue"])
    assert not told["changed"]
    assert contents(made.blue, made.green) == before


def test_a_missing_privilege(pair: PairFactory) -> None:
    made = pair()
    before = contents(made.blue, made.green)
    weak = replace(made, role="app")
    for module, code, said in (
        ("write_gate", "BG706", "public.users on green"),
        ("migration_journal", "BG008", "permission denied"),
    ):
        require_refusal(weak.run(module, **_MODULES[module]), code, said, weak.blue.roles["app"].password)
    assert contents(made.blue, made.green) == before


def test_a_major_that_is_too_old(pair: PairFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    made = pair()
    before = contents(made.blue, made.green)
    monkeypatch.setattr(versions, "OLDEST", {Side.BLUE: 18, Side.GREEN: 14})
    for module in [name for name in _MODULES if name != "cutover"]:
        require_refusal(made.run(module, **_MODULES[module]), "BG007", "Blue is PostgreSQL 17, and may be 18 to 18")
    assert contents(made.blue, made.green) == before


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "quoted"; DROP TABLE users; --',
        "%s %(x)s {0} {table} $bluegreen$ $$",
        "Größe № 1 数据库",
        "x" * 63,
        "ü" * 31,
    ],
)
def test_names_of_migrations_and_tables_with_everything_in_them(pair: PairFactory, name: str) -> None:
    made = pair(migration=name)
    table = sql.Identifier("public", name)
    for side in (made.blue, made.green):
        ddl = sql.SQL("SET ROLE {}; CREATE TABLE {} (id int PRIMARY KEY, {} text)")
        side.query(ddl.format(sql.Identifier(side.roles["owner"].name), table, sql.Identifier(name)))
    made.replicate()
    made.blue.query(sql.SQL("INSERT INTO {} VALUES (1, 'flows')").format(table), role="app")
    made.succeed("replication_catchup", timeout=60)
    assert made.green.query(sql.SQL("SELECT * FROM {}").format(table)) == [(1, "flows")]
    assert made.succeed("consistency_check", timeout=60)["consistent"]
    assert made.changes("replication_link", direction="reverse", state="absent")
    assert made.changes("replication_link", direction="forward", state="absent")


def test_names_that_no_table_can_have(pair: PairFactory) -> None:
    made = pair()
    for nonsense in ("users", "a.b.c", 'public."', ""):
        require_refusal(made.run("preflight_info", exclude_tables=[nonsense]), "BG020", "is not a table name")


@pytest.mark.soak
def test_an_inventory_full_of_mistakes_is_one_error_a_host(migration: Migration, run_module: ModuleRunner) -> None:
    blue, green = migration.variables["bluegreen_blue"], migration.variables["bluegreen_green"]
    ends = {"migration": "exchanged", "blue": blue, "green": green}
    assert run_module("migration_journal", {**ends, "phase": "prepare"})["changed"]
    before = contents(migration.blue, migration.green)
    mistakes: dict[str, tuple[str, dict[str, Any]]] = {
        "password": ("BG004: Green refused the password", {"bluegreen_green": {**green, "password": _WRONG}}),
        "database": ("BG005: Blue does not know", {"bluegreen_blue": {**blue, "dbname": "nowhere"}}),
        "nobody": ("BG003: Blue cannot be reached", {"bluegreen_blue": {**blue, "port": free_port()}}),
        "same": ("BG006: Blue and green are the same database", {"bluegreen_green": blue}),
        "exchanged": ("BG703: Blue and green are exchanged", {"bluegreen_blue": green, "bluegreen_green": blue}),
        "no-green": ("BG002: The connection to green is empty", {"bluegreen_green": {}}),
        "no-keyword": ('blue has an unknown key "hots"', {"bluegreen_blue": {**blue, "hots": _WRONG}}),
        "no-peer": ("BG070: blue.peer has to be a dict, and is text", {"bluegreen_blue": {**blue, "peer": _WRONG}}),
        "no-uri": ("unable to convert to dict", {"bluegreen_green": f"postgresql://x:{_WRONG}@db/shop"}),
        "no-password": ("green.password has to be text", {"bluegreen_green": {**green, "password": [_WRONG]}}),
        "no-dict": ("unable to convert to dict", {"bluegreen_blue": [blue]}),
        "no-channel": ("bluegreen_notify[0] has an unknown key", {"bluegreen_notify": [{"passwd": _WRONG}]}),
        "no-list": ("BG020", {"bluegreen_exclude_tables": "nonsense"}),
    }
    hosts = [
        replace(migration, host=host, variables={**migration.variables, **wrong})
        for host, (_said, wrong) in mistakes.items()
    ]
    run = play(migration.folder, hosts, "prepare", "-vvv")
    assert run.status == 2
    for host, (said, _wrong) in mistakes.items():
        blocks = [text for text in run.output.split("\n\n") if f"fatal: [{host}]" in text]
        failures = [*blocks, *(line for line in run.output.splitlines() if line.startswith(f"{host}: "))]
        assert run.count("failed", host) == 1, host
        assert any(said in failure for failure in failures), (host, failures)
    assert "Traceback" not in run.output
    assert not [secret for secret in (_WRONG, blue["password"]) if secret in run.output]
    assert contents(migration.blue, migration.green) == before
    told = "SELECT count(*) FROM bluegreen.journal WHERE migration = 'exchanged'"
    assert migration.green.query(told) == [(1,)]
