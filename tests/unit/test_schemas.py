# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of random schemas, and that what was planted is held against what was told."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.schemas.draw import draw_schema
from tests.schemas.faults import Fault, schema_held_against
from tests.schemas.oracle import spelled, unlike, unlike_schemas
from tests.schemas.words import Words, literal, quoted
from tests.schemas.wrong_rows import WrongRows, rows_held_against


@pytest.mark.parametrize("major", [14, 17, 18])
def test_a_seed_draws_the_same_schema_and_the_same_writes_each_time(major: int) -> None:
    first, second = (draw_schema("a seed", major) for _time in range(2))
    assert first.statements == second.statements
    assert first.writes(Random(1), 20) == second.writes(Random(1), 20)
    assert draw_schema("another seed", major).statements != first.statements


def test_names_are_unique_and_fit() -> None:
    words = Words(Random("names"))
    names = [words.name("t_") for _time in range(500)]
    assert len(set(names)) == 500
    assert max(len(name.encode()) for name in names) <= 63
    assert (quoted('a"b'), literal("it's \\")) == ('"a""b"', "E'it''s \\\\'")


def test_a_fault_that_is_not_told_and_one_that_was_not_planted_are_seen() -> None:
    fault = Fault("an index is missing", 'public."json_i"', "DROP INDEX …", "CREATE INDEX …")
    assert schema_held_against([fault], ["index public.json_i"]) == []
    assert schema_held_against([fault], []) == ["planted and not told: an index is missing (DROP INDEX …)"]
    assert schema_held_against([], ["index public.i"]) == ["told and not planted: index public.i"]


def test_rows_that_are_told_otherwise_than_planted_are_seen() -> None:
    fault = WrongRows("exchanged", "public.t", ("changed", "changed"), "…", keyed=True)
    told = {"table": "public.t", "consistent": False, "differences": [{"kind": "changed"}, {"kind": "changed"}]}
    assert rows_held_against([fault], [told]) == []
    assert rows_held_against([], [told]) == ["planted nothing in public.t, told ('changed', 'changed')"]
    fewer = {**told, "differences": [{"kind": "changed"}]}
    assert rows_held_against([fault], [fewer]) == ["planted ('changed', 'changed') in public.t, told ('changed',)"]
    assert rows_held_against([fault], []) == ["planted ('changed', 'changed') in public.t, told nothing"]


def test_only_what_postgresql_itself_spells_otherwise_is_the_same() -> None:
    view = "v; Type: VIEW; Schema: public\nCREATE VIEW public.v AS SELECT {}a FROM public.t WHERE ({}a > {});\n"
    assert spelled(view.format("t.", "t.", 0)) == spelled(view.format("", "", 0))
    assert spelled(view.format("t.", "t.", 0)) != spelled(view.format("t.", "t.", 1))
    table = "t; Type: TABLE; Schema: public\nCREATE TABLE public.t ({} text);\n"
    assert spelled(table.format('"json"')) == spelled(table.format("json"))
    assert spelled(table.format('"Json"')) != spelled(table.format("json"))
    assert unlike_schemas(Counter(["a", "b"]), Counter(["b", "c"])) == ["only blue: a", "only green: c"]


def test_a_table_that_one_side_lacks_is_unlike() -> None:
    assert unlike({"a": (1, "x")}, {"a": (1, "x")}) == []
    assert unlike({"a": (1, "x")}, {}) == ["a: (1, 'x') on blue, None on green"]
