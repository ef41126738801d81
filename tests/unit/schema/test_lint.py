# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether rows still flow although the schemas differ, by what each difference does to logical replication."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import ORDINARY, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.lint import (
    FLOWS,
    LEFT_BEHIND,
    STOPS,
    VALUE_DEPENDENT,
    Structure,
    lint,
    worst,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.relation_facts import (
    CHECK,
    FULL_IDENTITY,
    KEY_IDENTITY,
    PARTITIONED,
    Column,
    Constraint,
    EnumType,
    Relation,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction

USERS = TableName("public", "users")
ID = Column("id", "integer", not_null=True, default=False, identity="", generated="", collation=None)
NAME = replace(ID, name="name", type="character varying(20)", not_null=False)
TABLE = Relation(
    name=USERS,
    kind=ORDINARY,
    persistence="p",
    owner="owner",
    leaf=False,
    identity=KEY_IDENTITY,
    key_immediate=True,
    identity_index=True,
    identity_columns=("id",),
    uniques=(("id",),),
    row_security_forced=False,
    hidden_from_link=False,
    filled=True,
    analyzed=True,
    columns=(ID, NAME),
)


def side(*relations: Relation, major: int = 17, checks: tuple[str, ...] = (), mood: tuple[str, ...] = ()) -> Structure:
    """Return one database."""
    constraints = [Constraint(USERS, name, CHECK, validated=True) for name in checks]
    return Structure.of(major, relations, constraints, [EnumType(TableName("public", "mood"), mood)] if mood else [])


def told(blue: Structure, green: Structure) -> list[tuple[str, str, str, str]]:
    """Return direction, column, difference and verdict of each."""
    return [(str(one.direction), one.column, one.difference, one.verdict) for one in lint(blue, green, [])]


def with_columns(*columns: Column) -> Relation:
    """Return the table with these columns."""
    return replace(TABLE, columns=columns)


def test_equal_schemas_have_no_difference() -> None:
    assert told(side(TABLE, checks=("a",), mood=("x",)), side(TABLE, checks=("a",), mood=("x",))) == []
    assert worst([], Direction.FORWARD) == FLOWS


def test_a_table_that_green_lacks_stops_the_way_there_and_one_that_blue_lacks_is_left_behind() -> None:
    (gone,) = lint(side(TABLE), side(), [])
    assert (gone.direction, gone.verdict, gone.difference) == (
        Direction.FORWARD,
        STOPS,
        "table missing at the target",
    )
    (new,) = lint(side(), side(TABLE), [])
    assert (new.direction, new.verdict) == (Direction.REVERSE, LEFT_BEHIND)
    assert lint(side(TABLE), side(), [USERS]) == (), "nobody wants it to flow"


def test_a_table_that_becomes_partitioned_is_no_target_and_a_partitioned_one_holds_no_rows() -> None:
    root = replace(TABLE, kind=PARTITIONED)
    (one,) = lint(side(TABLE), side(root), [])
    assert (one.direction, one.difference) == (
        Direction.FORWARD,
        "table partitioned there and not here at the target",
    )
    assert lint(side(replace(TABLE, persistence="u")), side(), []) == (), "an unlogged table flows nowhere"


def test_a_column_that_one_side_lacks() -> None:
    phone = replace(NAME, name="phone")
    found = told(side(TABLE), side(with_columns(ID, NAME, phone)))
    assert found == [
        ("forward", "phone", "column only at the target", FLOWS),
        ("reverse", "phone", "column missing at the target", LEFT_BEHIND),
    ]
    needed = replace(phone, not_null=True)
    assert told(side(TABLE), side(with_columns(ID, NAME, needed)))[0] == (
        "forward",
        "phone",
        "column only at the target",
        STOPS,
    )
    computed = replace(needed, generated="s")
    assert told(side(TABLE), side(with_columns(ID, NAME, computed))) == [
        ("forward", "phone", "column only at the target", FLOWS)
    ], "what green computes itself is not missed on blue"
    keyless = replace(with_columns(NAME), identity_columns=("name",))
    assert ("forward", "id", "column missing at the target", STOPS) in told(side(TABLE), side(keyless))


def _advice(blue: Structure, green: Structure) -> list[tuple[str, str, str]]:
    return [(one.verdict, one.reason, one.way_out) for one in lint(blue, green, [])]


def test_each_verdict_comes_with_its_reason_and_a_way_out() -> None:
    keep = "Keep the column on green until after cleanup"
    less = with_columns(ID)
    assert _advice(side(TABLE), side(less)) == [
        (LEFT_BEHIND, "rows flow without its values", keep),
        (FLOWS, "it is filled with NULL, its default or its expression", ""),
    ]
    assert _advice(side(less), side(TABLE))[1] == (
        LEFT_BEHIND,
        "rows flow without its values",
        "Add it to blue as well where a rollback has to carry its values",
    )
    keyless = replace(with_columns(NAME), identity_columns=("name",))
    assert (STOPS, "it is part of the key by which rows are found", keep) in _advice(side(TABLE), side(keyless))
    needed = with_columns(ID, NAME, replace(NAME, name="phone", not_null=True))
    assert _advice(side(TABLE), side(needed))[0] == (
        STOPS,
        "NOT NULL, and nothing fills it",
        "Give it a default, or let it be NULL until after cleanup",
    )
    wide = with_columns(replace(ID, type="bigint"), NAME)
    assert _advice(side(TABLE), side(wide)) == [
        (FLOWS, "every value fits", ""),
        (
            VALUE_DEPENDENT,
            "the first value that the target's type does not read stops the link",
            "Add a column of type integer, fill it by a trigger, change over in two phases",
        ),
    ]
    plain, computed = (with_columns(ID, replace(NAME, not_null=True, generated=how)) for how in ("", "s"))
    assert {reason for _verdict, reason, _way in _advice(side(computed), side(plain))} == {
        "generated values do not flow, and nothing else fills it",
        "its values do not flow",
    }
    assert _advice(side(computed), side(plain))[0][:2] == (
        STOPS,
        "generated values do not flow, and nothing else fills it",
    )


@pytest.mark.parametrize(
    ("blue", "green", "forward", "reverse"),
    [
        ("integer", "bigint", FLOWS, VALUE_DEPENDENT),
        ("character varying(20)", "character varying(30)", FLOWS, VALUE_DEPENDENT),
        ("text", "integer", VALUE_DEPENDENT, FLOWS),
    ],
)
def test_another_type_depends_on_whether_every_value_fits(blue: str, green: str, forward: str, reverse: str) -> None:
    here, there = (with_columns(ID, replace(NAME, type=type_)) for type_ in (blue, green))
    assert told(side(here), side(there)) == [
        ("forward", "name", f"type {blue} becomes {green}", forward),
        ("reverse", "name", f"type {green} becomes {blue}", reverse),
    ]


def test_only_a_stricter_target_stops_at_a_value() -> None:
    strict = with_columns(ID, replace(NAME, not_null=True))
    assert told(side(TABLE), side(strict)) == [("forward", "name", "NOT NULL only at the target", VALUE_DEPENDENT)]
    unique = replace(TABLE, uniques=(("id",), ("name",)))
    assert told(side(unique), side(TABLE)) == [("reverse", "", "UNIQUE (name) only at the target", VALUE_DEPENDENT)]
    assert told(side(TABLE, checks=("a",)), side(TABLE, checks=("a", "b"))) == [
        ("forward", "", "CHECK b only at the target", VALUE_DEPENDENT)
    ]


@pytest.mark.parametrize(("default", "verdict"), [(False, STOPS), (True, LEFT_BEHIND)])
def test_a_column_that_only_one_side_computes(default: bool, verdict: str) -> None:
    computed = replace(NAME, generated="s")
    plain = replace(NAME, not_null=True, default=default)
    found = told(side(with_columns(ID, computed)), side(with_columns(ID, plain)))
    assert ("forward", "name", "generated on one side only", verdict) in found
    assert ("reverse", "name", "generated on one side only", LEFT_BEHIND) in found
    same = with_columns(ID, replace(computed, formula="upper(x)"))
    assert told(side(with_columns(ID, computed)), side(same)) == [], "each computes its own"


def test_a_label_that_the_target_does_not_know_stops_at_its_first_row() -> None:
    moody = with_columns(ID, replace(NAME, type="mood"))
    assert told(side(moody, mood=("sad",)), side(moody, mood=("sad", "glad"))) == [
        ("reverse", "name", "label 'glad' unknown at the target", VALUE_DEPENDENT)
    ]
    assert told(side(TABLE, mood=("sad", "glad")), side(TABLE, mood=("sad",))) == [], "no column has it"
    assert told(side(moody, mood=("sad",)), side(moody)) == [], "what the target does not know as an enum is no enum"


def test_rows_are_found_by_the_same_key_on_both_sides() -> None:
    keyless = replace(TABLE, identity_columns=())
    assert told(side(keyless), side(TABLE)) == [("forward", "", "no replica identity at the source", STOPS)]
    assert told(side(keyless), side(keyless)) == [("reverse", "", "no replica identity at the source", STOPS)]
    full = replace(keyless, identity=FULL_IDENTITY)
    assert told(side(full), side(full)) == []
    other = replace(TABLE, identity_columns=("name",))
    assert told(side(TABLE), side(other)) == [
        ("forward", "", "key (id) becomes (name)", STOPS),
        ("reverse", "", "key (name) becomes (id)", STOPS),
    ]
    wider = replace(TABLE, identity_columns=("id", "name"))
    assert told(side(wider), side(TABLE)) == [("reverse", "", "key (id) becomes (id, name)", STOPS)]


def test_columns_are_left_out_only_where_the_publisher_can() -> None:
    less = with_columns(ID)
    assert ("forward", "", "columns have to be left out", STOPS) in told(side(TABLE, major=14), side(less, major=17))
    assert ("forward", "", "columns have to be left out", STOPS) not in told(side(TABLE, major=15), side(less))
    full = replace(TABLE, identity=FULL_IDENTITY)
    assert ("forward", "", "columns have to be left out", STOPS) in told(side(full), side(less))


def test_the_gravest_verdict_of_a_direction_counts() -> None:
    found = lint(side(TABLE), side(with_columns(ID, replace(NAME, type="text"))), [])
    assert worst(found, Direction.FORWARD) == FLOWS
    assert worst(found, Direction.REVERSE) == VALUE_DEPENDENT
    assert found[0].as_result()["column"] == "name"
    assert lint(side(TABLE), side(), [])[0].as_result()["column"] is None


@pytest.mark.parametrize(("major", "stops"), [(17, False), (18, True)])
def test_a_generated_column_in_a_full_identity_is_judged_by_the_major_of_its_own_side(major: int, stops: bool) -> None:
    computed = replace(with_columns(ID, NAME), identity=FULL_IDENTITY, identity_columns=())
    green = replace(computed, columns=(ID, NAME, replace(NAME, name="size", generated="s")))
    words = ("reverse", "", "a generated column in the replica identity of the source", STOPS)
    assert (words in told(side(computed), side(green, major=major))) is stops
