# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases in other encodings than UTF8: every byte arrives as it is, in the copy, the links and the comparison."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, DatabaseFactory, run_statement
from tests.fixtures.migrations import Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.retired import archive_parameters, clean_up, switch
from tests.fixtures.servers import ServerFactory
from tests.integration.comparison.test_repair import allow_repair

# Texts of each encoding, among them bytes that UTF8 has no character for, and a name of it.
_TEXTS = {
    "LATIN1": (b"\xe4\xf6\xfc", b"\x80\x9f", b"caf\xe9"),
    "SQL_ASCII": (b"\xff\xfe\x80", b"\xc3\xa4", b"\xe4"),
    "EUC_JP": (b"\xb4\xc1\xbb\xfa", b"\xa1\xc1", b"\x8f\xa2\xb7", b"\xad\xa1"),
    "WIN1252": (b"\x80\x93", b"\x81\x8d\x8f\x90\x9d", b"\xe4"),
    "UTF8": ("ä漢🐘".encode(),),
    "KOI8R": (b"\xc1\xc2\xd7", b"\x80"),
    "EUC_TW": (b"\xa4\xa4", b"\x8e\xa2\xa1\xa1"),
}
_SCHEMA = b"""
SET ROLE "%(owner)s";
CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT '%(text)s', b varchar(20), c text[]);
COMMENT ON TABLE t IS '%(text)s';
CREATE TABLE keyed (a text PRIMARY KEY, n int);
CREATE TABLE full_one (a text);
ALTER TABLE full_one REPLICA IDENTITY FULL;
"""
_ROW_WITH_KEY = b"""
INSERT INTO t VALUES (%(number)d, '%(text)s', '%(text)s', ARRAY['%(text)s', NULL]);
INSERT INTO keyed VALUES ('%(number)d%(text)s', %(number)d);
"""
_ROW = _ROW_WITH_KEY + b"INSERT INTO full_one VALUES ('%(text)s');"
_BYTES = "SELECT id, a::bytea, b::bytea, c[1]::bytea FROM t ORDER BY 1"
_KEYS = "SELECT a::bytea, n FROM keyed ORDER BY 2"
MakePair = Callable[[str], Pair]


def _run(side: Database, encoding: str, statement: bytes, **values: bytes | int) -> None:
    with closing(side.connect()) as opened, opened.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = replica; SET client_encoding = '{encoding}'")
        cursor.execute(statement % {key.encode(): value for key, value in values.items()})


def _bytes_of(side: Database) -> list[object]:
    rows = [row for statement in (_BYTES, _KEYS) for row in side.query(statement)]
    rows += side.query("SELECT a::bytea FROM full_one ORDER BY 1")
    return [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in rows]


@pytest.fixture
def make(database: DatabaseFactory, run_module: ModuleRunner) -> MakePair:
    """Give `make(encoding)`: a blue with a row for each text, and an empty green, both in that encoding."""

    def pair(encoding: str) -> Pair:
        blue, green = database(17, encoding=encoding), database(18, encoding=encoding)
        texts = _TEXTS[encoding]
        _run(blue, encoding, _SCHEMA, owner=blue.roles["owner"].name.encode(), text=texts[0])
        for number, text in enumerate(texts):
            _write(blue, encoding, number, text)
        return Pair(blue, green, run_module, "migrator", blue.name)

    return pair


def _write(side: Database, encoding: str, number: int, text: bytes) -> None:
    _run(side, encoding, _ROW, number=number, text=text)


@pytest.mark.parametrize("encoding", chosen(_TEXTS, "LATIN1", "SQL_ASCII", "EUC_JP"))
def test_every_byte_arrives(make: MakePair, encoding: str) -> None:
    pair = make(encoding)
    copied = pair.succeed("schema_copy", pg_bindir=str(pair.green.server.pg_bin))
    assert (copied["missing"], copied["different"], copied["extra"]) == ([], [], [])
    pair.replicate()
    assert _bytes_of(pair.green) == _bytes_of(pair.blue)
    pair.blue.query("UPDATE t SET id = id + 10; DELETE FROM full_one WHERE a::bytea = %s", _TEXTS[encoding][0])
    _write(pair.blue, encoding, 100, _TEXTS[encoding][-1])
    pair.succeed("replication_catchup")
    assert _bytes_of(pair.green) == _bytes_of(pair.blue)
    assert pair.succeed("consistency_check")["consistent"]


@pytest.mark.parametrize("encoding", chosen(["LATIN1", "SQL_ASCII", "EUC_JP", "WIN1252"], "SQL_ASCII", "EUC_JP"))
def test_every_byte_is_compared_and_repaired_and_goes_through_a_switch(make: MakePair, encoding: str) -> None:
    pair = make(encoding)
    pair.succeed("schema_copy", pg_bindir=str(pair.green.server.pg_bin))
    pair.succeed("write_gate")
    pair.succeed("replication_link", direction="forward")
    pair.succeed("replication_catchup", timeout=60)
    for number, text in enumerate(_TEXTS[encoding][1:]):
        _run(pair.green, encoding, _ROW_WITH_KEY, number=200 + number, text=text)
    for table in ("t", "keyed"):
        pair.green.query(f"SET session_replication_role = replica; UPDATE {table} SET a = a || 'x'")
    found = pair.succeed("consistency_check")
    assert not found["consistent"]
    allow_repair(pair.green)
    assert pair.changes("consistency_repair")
    assert _bytes_of(pair.green) == _bytes_of(pair.blue)
    pair.succeed("replication_link", direction="reverse")
    pair.succeed("cutover", target="green", deadline=60, max_lag_seconds=60)
    _write(pair.green, encoding, 300, _TEXTS[encoding][0])
    pair.succeed("cutover", target="blue", deadline=60, max_lag_seconds=60)
    assert _bytes_of(pair.green) == _bytes_of(pair.blue)


@pytest.mark.parametrize(
    "encoding", ["SQL_ASCII", *(pytest.param(one, marks=pytest.mark.soak) for one in ("LATIN1", "EUC_JP", "WIN1252"))]
)
def test_every_byte_is_in_the_archive_and_restored_from_it(make: MakePair, encoding: str, tmp_path: Path) -> None:
    pair = make(encoding)
    pair.succeed("schema_copy", pg_bindir=str(pair.green.server.pg_bin))
    switch(pair)
    clean_up(pair)
    made = pair.succeed("archive_database", **archive_parameters(pair, tmp_path / "archives"))
    assert (made["archived"], made["archive"]["rows"]) == (True, 3 * len(_TEXTS[encoding]))
    assert not pair.changes("archive_database", **archive_parameters(pair, tmp_path / "archives"))
    restored = _restored(pair.blue, Path(made["folder"]) / "dump")
    assert all(text in restored for text in _TEXTS[encoding])


def _restored(side: Database, dump: Path) -> bytes:
    """Return what pg_restore would run, as bytes."""
    program = [str(side.server.pg_bin / "pg_restore"), "--file=-", str(dump)]
    return subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout


def test_an_encoding_that_nobody_can_convert_is_named(postgres_server: ServerFactory) -> None:
    server = postgres_server(17)
    with closing(server.connect()) as admin:
        name = f"app_{secrets.token_hex(4)}"
        run_statement(
            admin, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING MULE_INTERNAL LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            keywords = {key: str(value) for key, value in server.superuser_endpoint().items()}
            with pytest.raises(MigrationError) as caught:
                Session(Endpoint(Side.BLUE, {**keywords, "dbname": name}, {}), "bluegreen test")
            assert caught.value.code == "BG279"
        finally:
            run_statement(admin, f"DROP DATABASE {name}")
