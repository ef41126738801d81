# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted differences, each found and named; without any, silence."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from tests.fixtures.chosen import chosen
from tests.fixtures.consistency import ReplicatedFactory, by_kind_and_key, found_in, replicated, table_of

__all__ = ["replicated"]

SCHEMA = """
CREATE TABLE items (
    id bigint PRIMARY KEY, n numeric, f float8, t text, c char(4), b bytea, at timestamptz, d timestamp, j jsonb,
    a int[], i int, big bigint, v varchar(20), y interval, u uuid
);
"""
ROWS = """
INSERT INTO items SELECT g, 1.0, 0.5, 'text ' || g, 'ab', '\\x00ff', '2026-01-01 12:00+00', '2026-01-01 12:00',
    '{"k": 1.0}', '{1,2}', g * 7, g * 5000000000, 'v' || g, '1 day', md5(g::text)::uuid
FROM generate_series(1, 300) g
"""
FAULTS: list[tuple[str, str, str, list[str] | None]] = [
    ("UPDATE items SET b = '\\x01ff' WHERE id = 1", "changed", "1", ["b"]),
    ("UPDATE items SET i = i # 1 WHERE id = 2", "changed", "2", ["i"]),
    ("UPDATE items SET t = t || ' ' WHERE id = 3", "changed", "3", ["t"]),
    ("UPDATE items SET n = 1.00 WHERE id = 4", "changed", "4", ["n"]),
    ("UPDATE items SET f = 'NaN', n = 'NaN' WHERE id = 5", "changed", "5", ["n", "f"]),
    ("UPDATE items SET f = '-0' WHERE id = 6", "changed", "6", ["f"]),
    ("UPDATE items SET at = at + interval '1 hour' WHERE id = 7", "changed", "7", ["at"]),
    ("UPDATE items SET d = d + interval '1 us' WHERE id = 8", "changed", "8", ["d"]),
    ("UPDATE items SET t = '', v = NULL WHERE id = 9", "changed", "9", ["t", "v"]),
    ("""UPDATE items SET j = '{"k": 1.00}' WHERE id = 10""", "changed", "10", ["j"]),
    ("UPDATE items SET a = '[0:1]={1,2}' WHERE id = 11", "changed", "11", ["a"]),
    ("UPDATE items SET y = '24:00' WHERE id = 12", "changed", "12", ["y"]),
    ("UPDATE items SET u = '00000000-0000-0000-0000-000000000000' WHERE id = 13", "changed", "13", ["u"]),
    ("UPDATE items SET big = big + ((1::int8 << 33) | 2) WHERE id = 14", "changed", "14", ["big"]),
    ("UPDATE items SET f = 0.5000000000000001 WHERE id = 15", "changed", "15", ["f"]),
    ("DELETE FROM items WHERE id = 150", "missing", "150", None),
    ("DELETE FROM items WHERE id = 300", "missing", "300", None),
    ("INSERT INTO items (id) VALUES (4294967297)", "extra", "4294967297", None),
    ("UPDATE items SET c = 'abc' WHERE id = 299", "changed", "299", ["c"]),
]  # fmt: skip
MAJORS = chosen([*((blue, 18) for blue in majors_of(Side.BLUE)), (18, 14)], (11, 18), (17, 18))


@pytest.mark.parametrize(("blue", "green"), MAJORS)
def test_equal_rows_are_consistent(replicated: ReplicatedFactory, blue: int, green: int) -> None:
    pair = replicated(SCHEMA, ROWS, blue, green)
    result = pair.compare()
    assert result["consistent"] is True, result
    assert result["changed"] is False
    assert table_of(result, "public.items")["rows"] == {"blue": 300, "green": 300}
    assert table_of(result, "public.items")["key"] == ["id"]
    assert pair.compare(check=True)["tables"] == result["tables"]


@pytest.mark.parametrize(("blue", "green"), MAJORS)
def test_each_planted_fault_is_found_and_named(replicated: ReplicatedFactory, blue: int, green: int) -> None:
    pair = replicated(SCHEMA, ROWS, blue, green)
    for statement, _kind, _key, _columns in FAULTS:
        pair.plant(statement)
    result = pair.compare()
    expected = sorted(((kind, {"id": key}, columns) for _name, kind, key, columns in FAULTS), key=by_kind_and_key)
    assert found_in(result, "public.items") == expected
    assert result["consistent"] is False
    assert table_of(result, "public.items")["difference_count"] == len(FAULTS)
