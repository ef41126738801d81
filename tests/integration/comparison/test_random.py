# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random tables, types and faults: what was planted is found exactly, and nothing else."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName, quoted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.texts import without_controls
from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated
from tests.fixtures.hostile_names import identifiers

__all__ = ["replicated"]

# Literals of which no two are the same value in the same words; NULL can be any of them.
TYPES: dict[str, tuple[str, ...]] = {
    "int": ("0", "1", "-2147483648"),
    "bigint": ("0", "4294967296", "-9223372036854775808"),
    "numeric": ("1.0", "1.00", "'NaN'", "1e30", "-0.1"),
    "float8": ("0", "'-0'", "'NaN'", "'-Infinity'", "0.1", "0.10000000000000002"),
    "text": ("''", "' '", "'ä'", "E'a\\u0308'", "'NULL'", "'x,y)'"),
    "char(4)": ("'a'", "'b'", "''"),
    "bytea": ("''", "'\\x00'", "'\\x0000'"),
    "boolean": ("true", "false"),
    "timestamptz": ("'2026-03-29 01:00+00'", "'2026-03-29 01:00+01'", "'infinity'"),
    "timestamp": ("'2026-03-29 01:00'", "'2026-03-29 01:00:00.000001'"),
    "interval": ("'1 day'", "'24:00'", "'1 mon'"),
    "jsonb": ("'{}'", "'[1, 1.0]'", "'[1.0, 1]'", "'null'"),
    "json": ("'{}'", "'{ }'", """'{"a": 1, "a": 2}'"""),
    "int[]": ("'{}'", "'{NULL}'", "'[0:1]={1,2}'", "'{1,2}'"),
    "text[]": ("'{\"\"}'", "'{NULL}'", "'{\"NULL\"}'"),
    "int4range": ("'empty'", "'[1,2)'", "'[1,)'"),
    "xml": ("'<a/>'", "'<a></a>'"),
    "tsvector": ("'a'", "'a:1'", "'a:1A'"),
    "inet": ("'10.0.0.1'", "'10.0.0.1/8'"),
    "mood": ("'fine'", "'so so'"),
    "pair": ("'(1,a)'", "'(1,)'", "'(,)'", "'(1,\"\")'"),
    "short": ("'a'", "'b'"),
    "citext": ("'a'", "'A'"),
    "hstore": ("'a=>1'", "'a=>NULL'", "'a=>\"NULL\"'"),
}
KEYS = {"int": "{n}", "text": "'K' || {n}", "uuid": "lpad(({n})::text, 32, '0')::uuid", "": ""}
OWN_TYPES = """
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TYPE pair AS (i int, t text); CREATE DOMAIN short AS varchar(3)
"""
_NUMBER = itertools.count()


@dataclass(frozen=True)
class Example:
    """A table: its columns' types, the kind of its key, its rows, and what green has in their place.

    A row is a tuple of literals, by its number. `greens` lacks some of `rows`, has others, and changed ones.
    `range_megabytes` is how finely it is cut; `word` is part of all of its names.
    """

    types: tuple[str, ...]
    key: str
    rows: dict[int, tuple[str, ...]]
    greens: dict[int, tuple[str, ...]]
    range_megabytes: float
    word: str = ""

    def column(self, place: int | str) -> str:
        """Return the name of a column."""
        return f"{self.word}{place}"


# With a number a name is at most 63 bytes long.
_WORDS = identifiers.filter(lambda word: len(word.encode()) < 56)


@st.composite
def examples(draw: st.DrawFn) -> Example:
    types = tuple(draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=6)))
    values = st.tuples(*(st.sampled_from((*TYPES[each], "NULL")) for each in types))
    rows = draw(st.dictionaries(st.integers(0, 30), values, max_size=12))
    changed = draw(st.dictionaries(st.integers(0, 30), values, max_size=4))
    gone = draw(st.sets(st.integers(0, 30), max_size=3))
    planted = draw(st.booleans())
    greens = {number: row for number, row in {**rows, **changed}.items() if number not in gone} if planted else rows
    key, megabytes = draw(st.sampled_from(sorted(KEYS))), draw(st.sampled_from((32.0, 0.001)))
    return Example(types, key, rows, greens, megabytes, draw(_WORDS))


def make(pair: Replicated, table: str, example: Example) -> None:
    columns = ", ".join(f"{quoted(example.column(number))} {each}" for number, each in enumerate(example.types))
    key = f"{quoted(example.column('k'))} {example.key} PRIMARY KEY, " if example.key else ""
    for side, rows in ((pair.blue, example.rows), (pair.green, example.greens)):
        values = [", ".join(filter(None, (KEYS[example.key].format(n=number), *row))) for number, row in rows.items()]
        inserts = "".join(f"INSERT INTO {table} VALUES ({one});" for one in values)
        side.query(f"CREATE TABLE {table} ({key}{columns}); GRANT SELECT ON {table} TO PUBLIC; {inserts}")


def expected(example: Example) -> list[tuple[str, int, list[str] | None]]:
    found: list[tuple[str, int, list[str] | None]] = []
    for number in sorted(example.rows.keys() | example.greens.keys()):
        mine, theirs = example.rows.get(number), example.greens.get(number)
        if mine is None or theirs is None:
            found.append(("extra" if mine is None else "missing", number, None))
        elif mine != theirs:
            columns = [
                without_controls(example.column(place))
                for place, (one, other) in enumerate(zip(mine, theirs, strict=True))
                if one != other
            ]
            found.append(("changed", number, columns))
    return found


def number_of(key: dict[str, str]) -> int:
    [value] = key.values()
    return int(value.replace("-", "").removeprefix("K"))


def require_exactly_what_was_planted(pair: Replicated, example: Example) -> None:
    table = str(TableName("public", f"{example.word}{next(_NUMBER)}"))
    make(pair, table, example)
    asked: dict[str, Any] = {"tables": [table], "buckets": 16, "range_megabytes": example.range_megabytes}
    result = pair.compare(at_rest=True, **asked)
    found = found_in(result, without_controls(table))
    if example.key:
        named = sorted(((kind, number_of(key), columns) for kind, key, columns in found), key=lambda one: one[1])
        assert named == expected(example)
    else:
        mine, theirs = sorted(example.rows.values()), sorted(example.greens.values())
        assert bool(found) is (mine != theirs), (mine, theirs)
    assert result["consistent"] is not bool(found)


@pytest.mark.parametrize("number", [12, pytest.param(400, marks=pytest.mark.soak)])
def test_random_faults_in_random_tables(replicated: ReplicatedFactory, number: int) -> None:
    pair = replicated(f"RESET ROLE; {OWN_TYPES}", "", 17, 18, link=False)

    @settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(examples())
    def check(example: Any) -> None:
        require_exactly_what_was_planted(pair, example)

    check()
