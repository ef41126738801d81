# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault in each shape of table at the first, middle and last row, in a table of its own: all are found and
named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of

__all__ = ["replicated"]

ROWS = 40
PAYLOAD = "g int, bits bytea, a text, b text, n numeric, f float8, at timestamptz"
POSITIONS = {"first": 1, "middle": ROWS // 2, "last": ROWS}


@dataclass(frozen=True)
class Shape:
    """How a table is made on blue and on green; the key of row number x, in SQL and as a result shows it."""

    blue: str
    key: str
    shown: Callable[[int], dict[str, str]]
    green: str = ""
    after: str = ""
    after_on_green: str = ""


@dataclass(frozen=True)
class Fault:
    """What is done to green's row number {x} of {table}, and what must be reported about it."""

    statement: str
    kind: str
    columns: list[str] | None


PARTITIONED = "(k int, {payload}, PRIMARY KEY (k)) PARTITION BY"
SHAPES = {
    "integer": Shape("(k int PRIMARY KEY, {payload})", "{x}", lambda x: {"k": str(x)}),
    "words": Shape("(k text PRIMARY KEY, {payload})", "'wörd ' || {x}", lambda x: {"k": f"wörd {x}"}),
    "uuid": Shape(
        "(k uuid PRIMARY KEY, {payload})",
        "lpad(({x})::text, 32, '0')::uuid",
        lambda x: {"k": f"00000000-0000-0000-0000-{x:012}"},
    ),
    "composite": Shape(
        '("The Key" date, k2 text COLLATE "C", {payload}, PRIMARY KEY (k2, "The Key"))',
        "date '2026-01-01' + ({x}), 'k' || ({x}) % 3",
        lambda x: {"k2": f"k{x % 3}", "The Key": _day(x)},
    ),
    "partitioned": Shape(
        PARTITIONED + " RANGE (k)",
        "{x}",
        lambda x: {"k": str(x)},
        PARTITIONED + " HASH (k)",
        "CREATE TABLE {table}_1 PARTITION OF {table} FOR VALUES FROM (MINVALUE) TO (20);"
        "CREATE TABLE {table}_2 PARTITION OF {table} DEFAULT;",
        "CREATE TABLE {table}_1 PARTITION OF {table} FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
        "CREATE TABLE {table}_2 PARTITION OF {table} FOR VALUES WITH (MODULUS 2, REMAINDER 1);",
    ),
    "widened": Shape(
        "(k smallint PRIMARY KEY, g int, bits bytea, a varchar(30), b char(9), n numeric(9,1), f float8,"
        " at timestamptz)",
        "{x}",
        lambda x: {"k": str(x)},
        "(f float8, k bigint PRIMARY KEY, g bigint, bits bytea, a text, b char(9), n numeric, at timestamptz, new int)",
    ),
    "keyless": Shape("(k int, {payload})", "{x}", lambda _x: {}),
}
FAULTS = {
    "bit": Fault("UPDATE {table} SET bits = set_bit(bits, 3, 1 - get_bit(bits, 3)) WHERE g = {x}", "changed", ["bits"]),
    "row": Fault("UPDATE {table} SET a = 'other', n = 7, f = 8 WHERE g = {x}", "changed", ["a", "n", "f"]),
    "missing": Fault("DELETE FROM {table} WHERE g = {x}", "missing", None),
    "extra": Fault("INSERT INTO {table} ({key}, g, a) VALUES ({beyond}, 0, 'extra')", "extra", None),
    "swapped": Fault("UPDATE {table} SET a = b, b = a WHERE g = {x}", "changed", ["a", "b"]),
    "space": Fault("UPDATE {table} SET a = a || ' ' WHERE g = {x}", "changed", ["a"]),
    "scale": Fault("UPDATE {table} SET n = (n::text || '0')::numeric WHERE g = {x}", "changed", ["n"]),
    "nan": Fault("UPDATE {table} SET f = 'NaN' WHERE g = {x}", "changed", ["f"]),
    "zone": Fault("UPDATE {table} SET at = (at AT TIME ZONE 'UTC') AT TIME ZONE '+9' WHERE g = {x}", "changed", ["at"]),
    "null": Fault("UPDATE {table} SET a = NULL WHERE g = {x}", "changed", ["a"]),
}
# A scale means nothing if the two sides store different ones.
NO_FAULT = {("widened", "scale")}
BEYOND = 1000


def _day(x: int) -> str:
    return (date(2026, 1, 1) + timedelta(days=x)).isoformat()


def fill(pair: Replicated) -> None:
    """Make a table for each shape, fault and position, the same rows on both sides."""
    for side, green in ((pair.blue, False), (pair.green, True)):
        statements = []
        for name, shape, table in tables():
            columns = (shape.green if green and shape.green else shape.blue).replace("{payload}", PAYLOAD)
            statements.append(f"CREATE TABLE {table} {columns};")
            statements.append((shape.after_on_green if green else shape.after).replace("{table}", table))
            statements.append(
                f"INSERT INTO {table} ({key_of(name)}, g, bits, a, b, n, f, at) SELECT {shape.key.format(x='g')}, g,"
                " sha256(g::text::bytea), 'a ' || g, 'b ' || g, g + 0.5, g / 3.0::float8,"
                " timestamptz '2026-03-29 00:30+00' + g * interval '1 hour'"
                f" FROM generate_series(1, {ROWS}) g;"
            )
        owner = side.roles["owner"].name
        side.query(f"SET ROLE {owner}; {' '.join(statements)}")


def key_of(shape: str) -> str:
    """Return the names of the key's columns."""
    return '"The Key", k2' if shape == "composite" else "k"


def tables() -> list[tuple[str, Shape, str]]:
    """Return shape and name of every table."""
    return [
        (name, shape, f"{name}_{fault}_{position}")
        for name, shape in SHAPES.items()
        for fault in (*FAULTS, "none")
        for position in (POSITIONS if fault != "none" else ("nowhere",))
    ]


def plant(pair: Replicated) -> dict[str, tuple[str, Fault, int]]:
    """Plant every fault in its own table; return shape, fault and row by table."""
    planted, statements = {}, []
    for name, shape in SHAPES.items():
        for fault_name, fault in FAULTS.items():
            for position, x in POSITIONS.items():
                table = f"{name}_{fault_name}_{position}"
                places = {"table": table, "x": x, "key": key_of(name), "beyond": shape.key.format(x=BEYOND)}
                statements.append(fault.statement.format(**places))
                if (name, fault_name) not in NO_FAULT:
                    planted[table] = (name, fault, BEYOND if fault.kind == "extra" else x)
    pair.plant(";".join(statements))
    return planted


@pytest.mark.parametrize(
    "majors",
    [pytest.param((blue, 18), marks=pytest.mark.soak) for blue in majors_of(Side.BLUE)],
    ids=str,
)
def test_every_planted_fault_is_found_and_named(replicated: ReplicatedFactory, majors: tuple[int, int]) -> None:
    pair = replicated("SELECT 1", "", *majors, link=False)
    fill(pair)
    clean = pair.compare(at_rest=True)
    assert clean["consistent"] is True, [table for table in clean["tables"] if table["consistent"] is not True]
    planted = plant(pair)
    result = pair.compare(at_rest=True)
    for table in (entry["table"].removeprefix("public.") for entry in result["tables"]):
        found = found_in(result, f"public.{table}")
        if table not in planted:
            assert found == [], table
            continue
        name, fault, x = planted[table]
        if name == "keyless":
            expected = {"changed": ["missing", "extra"]}.get(fault.kind, [fault.kind])
            assert Counter(kind for kind, _key, _columns in found) == Counter(expected), table
        else:
            assert found == [(fault.kind, SHAPES[name].shown(x), fault.columns)], table
    assert len(planted) == len(SHAPES) * len(FAULTS) * len(POSITIONS) - len(NO_FAULT) * len(POSITIONS)
    assert table_of(result, "public.keyless_none_nowhere")["consistent"] is True
