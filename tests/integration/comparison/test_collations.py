# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that the two sides sort differently: German on blue, by bytes on green."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of
from tests.fixtures.servers import PostgresServer, ServerFactory
from tests.fixtures.workplace import own_folder, unavailable

__all__ = ["replicated"]

GERMAN = "de_DE.UTF-8"
ROWS = 20_000
TABLES = """
CREATE COLLATION sorted (provider = libc, locale = '{locale}');
CREATE TABLE words (k text COLLATE sorted PRIMARY KEY, v int);
CREATE TABLE pairs (a text COLLATE sorted, b int, v int, PRIMARY KEY (a, b));
CREATE TABLE numbered (b int, a text COLLATE sorted, v int, PRIMARY KEY (b, a));
CREATE TABLE lines (what text COLLATE sorted, v int);
CREATE TABLE parts (k text COLLATE sorted PRIMARY KEY, v int) PARTITION BY RANGE (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('m');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('m') TO (MAXVALUE);
"""
# Every number has its own word; upper case, umlauts, accents, hyphens and spaces change the order.
WORD = """(ARRAY['Zebra', 'zebra', 'Ähre', 'ähre', 'a-b ', 'ab ', 'École', 'ecole', ' x', 'ß'])[g % 10 + 1] || g"""
FILL = f"""
INSERT INTO words SELECT {WORD}, g FROM generate_series(1, {ROWS}) g;
INSERT INTO pairs SELECT {WORD}, g % 7, g FROM generate_series(1, {ROWS}) g;
INSERT INTO numbered SELECT g / 10, {WORD}, g FROM generate_series(1, {ROWS}) g;
INSERT INTO lines SELECT {WORD}, g FROM generate_series(1, {ROWS}) g;
INSERT INTO parts SELECT {WORD}, g FROM generate_series(1, {ROWS}) g
"""
KEYED = ("words", "pairs", "numbered", "parts")
IN_ORDER = "SELECT array_agg(k ORDER BY k) FROM words WHERE v <= 10"


@pytest.fixture
def german_server(own_server: ServerFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """Give a server of major 17 that finds the locale de_DE.UTF-8, whatever the machine has installed."""
    folder = own_folder() / "locales"
    folder.mkdir()
    try:
        compile_locale(folder)
        with monkeypatch.context() as only_here:
            only_here.setenv("LOCPATH", str(folder))
            server = own_server(17)
        yield server
    finally:
        shutil.rmtree(folder)


def compile_locale(folder: Path) -> None:
    argv = ["localedef", "--inputfile=de_DE", "--charmap=UTF-8", str(folder / GERMAN)]
    try:
        made = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        unavailable("localedef is not installed")
    if made.returncode != 0:
        unavailable(f"the package locales is not installed: {made.stderr}")


def test_keys_that_both_sides_sort_differently(replicated: ReplicatedFactory, german_server: PostgresServer) -> None:
    schema, green_schema = TABLES.format(locale=GERMAN), TABLES.format(locale="C")
    pair = replicated(schema, FILL, green_schema=green_schema, server=german_server)
    require_other_order(pair)
    clean = pair.compare(range_megabytes=0.1)
    assert clean["consistent"] is True, clean
    assert all(table["ranges"] > 4 for table in clean["tables"]), [table["ranges"] for table in clean["tables"]]
    for table in KEYED:
        pair.plant(f"UPDATE {table} SET v = 0 WHERE v IN (1, 2, {ROWS}); DELETE FROM {table} WHERE v IN (3, 7777)")
    pair.plant("UPDATE lines SET what = what || ' ' WHERE v = 4; INSERT INTO words VALUES ('Ärger', -1), ('zz', -2)")
    require_found(pair, pair.compare(range_megabytes=0.1))


def require_other_order(pair: Replicated) -> None:
    (mine,), (theirs,) = (side.query(IN_ORDER) for side in (pair.blue, pair.green))
    assert sorted(mine[0]) == sorted(theirs[0])
    assert mine != theirs, "both sides sort alike: the test would prove nothing"
    leaf = "SELECT tableoid::regclass::text FROM parts WHERE v = 10"
    assert pair.blue.query(leaf) != pair.green.query(leaf)


def require_found(pair: Replicated, result: dict[str, Any]) -> None:
    names: dict[int, str] = dict(pair.blue.query("SELECT v, k FROM words"))
    for table in KEYED:
        column = "a" if table in ("pairs", "numbered") else "k"
        found = sorted((kind, key[column]) for kind, key, _columns in found_in(result, f"public.{table}"))
        expected = [("changed", names[number]) for number in (1, 2, ROWS)]
        expected += [("missing", names[number]) for number in (3, 7777)]
        expected += [("extra", "Ärger"), ("extra", "zz")] if table == "words" else []
        assert found == sorted(expected), table
    assert [kind for kind, _key, _columns in found_in(result, "public.lines")] == ["extra", "missing"]
    assert table_of(result, "public.parts")["difference_count"] == 5
