# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as the same schema, what as drift, and which parts of a dump are not restored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import quoted
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.dump_contents import LeftOut, without
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.objects import (
    Schema,
    SchemaObject,
    changed_parts,
    compare,
    drift,
)
from tests.fixtures.hostile_names import identifiers

_objects = st.builds(
    SchemaObject,
    kind=st.sampled_from(["table", "column", "view", "index"]),
    name=st.sampled_from(["a", "b", "c"]) | identifiers.map(quoted),
    definition=st.sampled_from(["one", "two"]) | identifiers.map(quoted),
    owner=st.sampled_from([None, "owner"]),
)
_schemas = st.builds(Schema, st.lists(_objects))
_CONTENTS = """;
; Archive created at 2026-01-31 12:00:00 UTC
;     TOC Entries: 6
;
6; 2615 2200 SCHEMA - public pg_database_owner
2; 3079 16401 EXTENSION - hstore 
3700; 0 0 COMMENT - EXTENSION "hstore" 
;	depends on: 2
3701; 0 0 COMMENT - EXTENSION "hstore plus" 
;	depends on: 3
3702; 0 0 COMMENT - SCHEMA "public" pg_database_owner
;	depends on: 6
217; 1259 16385 TABLE public users owner
3559; 2620 16500 TRIGGER public users bluegreen_gate owner
"""  # noqa: W291


USERS, SMALL = SchemaObject("table", "users", "one", "ada"), SchemaObject("view", "small", roles=("bob", "eve"))


def test_a_schema_tells_names_by_kind_and_every_role() -> None:
    schema = Schema([USERS, SMALL])
    assert (schema.names("table"), schema.names("view"), schema.names("index")) == (["users"], ["small"], [])
    assert (schema.owners, schema.roles) == ({"ada"}, {"ada", "bob", "eve"})
    assert (len(schema), schema.is_empty, Schema([]).is_empty) == (2, False, True)
    assert Schema([SchemaObject("extension", "hstore")]).is_empty, "a new database may have it"


def test_only_what_green_still_has_is_dropped() -> None:
    copied, blue = Schema([USERS, SMALL]), Schema([USERS])
    assert drift(copied, blue, copied).dropped == ("view small",)
    assert drift(copied, blue, blue).dropped == ()


def test_changes_are_told_in_words() -> None:
    before, now = {"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"}
    assert changed_parts(before, now) == ["a is gone", "c is changed (3 became 4)", "d is new"]
    assert changed_parts(now, now) == []


@given(_schemas)
def test_a_schema_does_not_differ_from_itself(schema: Schema) -> None:
    assert compare(schema, schema).as_result() == {"missing": [], "different": [], "extra": []}
    assert drift(schema, schema, schema).as_result() == {"unmet": [], "dropped": []}


@given(_schemas, _schemas)
def test_what_green_has_done_by_itself_is_no_drift(blue: Schema, green: Schema) -> None:
    assert drift(blue, blue, green).as_result() == {"unmet": [], "dropped": []}


@given(_schemas, _schemas)
def test_a_change_of_blue_is_drift_until_green_has_it(copied: Schema, blue: Schema) -> None:
    followed = copied.merged_with(blue)

    assert drift(copied, blue, followed).unmet == ()
    changed = {one.title for one in blue if copied.get(one.key) != one}
    assert set(drift(copied, blue, followed).met) == changed
    assert set(drift(copied, blue, Schema([])).unmet) == changed


@given(_schemas, _schemas)
def test_missing_and_extra_are_each_others_mirror(one: Schema, other: Schema) -> None:
    assert compare(one, other).missing == compare(other, one).extra
    assert compare(one, other).different == compare(other, one).different


@pytest.mark.parametrize(
    ("kind", "blue", "green", "same"),
    [
        ("view", "SELECT users.id,\n users.name FROM shop.users", "SELECT id, name\n   FROM shop.users;", False),
        ("view", "SELECT users.id,\n users.name FROM shop.users", "SELECT id, name\n   FROM shop.users", True),
        ("view", 'SELECT "odd "" one".id FROM x', "SELECT id FROM x", True),
        ("view", "SELECT id FROM x WHERE (a > 1)", "SELECT id FROM x WHERE a > 1", True),
        ("view", "SELECT id FROM x WHERE a > 1", "SELECT id FROM x WHERE a > 2", False),
        ("column", "integer  NOT NULL", "integer NOT NULL", True),
        ("constraint", "CHECK (EXTRACT(year FROM d) > 1)", 'CHECK (EXTRACT("year" FROM "d") > 1)', True),
        ("constraint", "CHECK (t = '\"d\"')", "CHECK (t = 'd')", False),
        ("column", 'text DEFAULT "Odd"()', "text DEFAULT odd()", False),
        ("view", "SELECT XMLSERIALIZE(CONTENT x AS text)", "SELECT XMLSERIALIZE(CONTENT x AS text NO INDENT)", True),
        ("view", "SELECT XMLSERIALIZE(CONTENT x AS text)", "SELECT XMLSERIALIZE(CONTENT x AS text INDENT)", False),
        ("column", "numeric(10,2)", "numeric 10,2", False),
        ("index", "ON a.users (id)", "ON b.users (id)", False),
    ],
)
def test_what_means_the_same_on_another_major(kind: str, blue: str, green: str, same: bool) -> None:
    assert SchemaObject(kind, "x", blue).means_the_same(SchemaObject(kind, "x", green)) is same


def test_another_owner_is_a_difference() -> None:
    mine, theirs = SchemaObject("table", "x", "", "a"), SchemaObject("table", "x", "", "b")

    assert compare(Schema([mine]), Schema([theirs])).different == ("table x",)


def test_a_new_database_counts_as_empty() -> None:
    assert Schema([SchemaObject("schema", "public"), SchemaObject("extension", "hstore")]).is_empty
    assert not Schema([SchemaObject("function", "f()")]).is_empty


def test_contents_lose_what_is_left_out_and_the_comments_on_it() -> None:
    kept = without(_CONTENTS, [LeftOut(3079, 16401, with_comment=True), LeftOut(2620, 16500), LeftOut(2615, 2200)])

    assert [line.split(";")[0] for line in kept.splitlines() if line[0] != ";"] == ["3701", "3702", "217"]


def test_an_oid_counts_within_its_catalog_only() -> None:
    assert without(_CONTENTS, [LeftOut(1259, 16500), LeftOut(2620, 16385)]) == _CONTENTS


def _column(table: str, definition: str) -> SchemaObject:
    """Return a column of a root, or of its partition."""
    parent = "" if table == "root" else "public.root.n"
    return SchemaObject("column", f"public.{table}.n", definition, parent=parent)


@pytest.mark.parametrize(
    ("green_root", "green_leaf", "unmet"),
    [
        ("bigint", "bigint", ()),
        ("integer", "integer", ()),
        ("bigint", "bigint NOT NULL", ("column public.leaf.n",)),
        (None, None, ()),
        ("bigint", None, ("column public.leaf.n",)),
    ],
)
def test_a_partition_that_came_since_has_to_match_green_s_root(
    green_root: str | None, green_leaf: str | None, unmet: tuple[str, ...]
) -> None:
    copied = Schema([_column("root", "integer")])
    blue = Schema([_column("root", "integer"), _column("leaf", "integer")])
    sides = {"root": green_root, "leaf": green_leaf}
    green = Schema(_column(table, definition) for table, definition in sides.items() if definition)
    assert drift(copied, blue, green).unmet == unmet


def test_before_17_a_partition_has_no_identity_of_its_own_and_indexes_come_with_the_root() -> None:
    root = _column("root", "bigint NOT NULL GENERATED ALWAYS AS IDENTITY")
    index = SchemaObject("index", "public.leaf_n_idx", "CREATE INDEX", parent="public.root_n_idx")
    blue = Schema([root, _column("leaf", "bigint NOT NULL"), index])
    green = Schema([root, _column("leaf", root.definition)])
    assert drift(Schema([root]), blue, green).unmet == ()


@pytest.mark.parametrize(
    ("blue", "green"),
    [
        ("FOR VALUES FROM (1) TO (-10)", "FOR VALUES FROM ('1') TO ('-10')"),
        ("FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)", "FOR VALUES FROM ('2026-01-01 00:00:00+00') TO (MAXVALUE)"),
        ("FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)", "FOR VALUES FROM ('2026-01-01 00:00:00') TO (MAXVALUE)"),
    ],
)
def test_bounds_of_another_type_of_the_key_are_the_same(blue: str, green: str) -> None:
    mine, theirs = (SchemaObject("table", "public.leaf", words, "owner") for words in (blue, green))
    assert mine.means_the_same(theirs)
    assert not mine.means_the_same(SchemaObject("table", "public.leaf", green.replace("1", "2"), "owner"))
