# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is compared with what, and what a report says."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.forms import (
    Conversion,
    Form,
    Hashing,
    form_of,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.pairs import Comparison, chosen
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.report import (
    MOVING,
    UNDECIDED,
    ConsistencyReport,
    TableFindings,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import Column, Table, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

USERS = TableName("public", "users")


def table(
    *columns: str,
    name: TableName = USERS,
    kind: str = "r",
    key: tuple[str, ...] = ("id",),
    root: TableName | None = None,
) -> Table:
    pairs = (column.split(":") for column in columns)
    parsed = tuple(Column(column, of_type, generated=False, key=0) for column, of_type in pairs)
    return Table(name, kind, root or name, "d", parsed, key)


@pytest.mark.parametrize(
    ("mine", "theirs", "conversion", "hashing"),
    [
        ("integer", "smallint", Conversion.NONE, Hashing.EXACT),
        ("integer", "bigint", Conversion.TO_BIGINT, Hashing.INTEGER_BYTES),
        ("bigint", "bigint", Conversion.TO_BIGINT, Hashing.INTEGER_BYTES),
        ("character varying(20)", "text", Conversion.NONE, Hashing.CHARACTERS),
        ("character(4)", "character(4)", Conversion.NONE, Hashing.CHARACTERS),
        ("character(4)", "character(8)", Conversion.TO_TEXT, Hashing.CHARACTERS),
        ("character(4)", "text", Conversion.NONE, Hashing.OUTPUT),
        ("timestamp(3) with time zone", "timestamp with time zone", Conversion.NONE, Hashing.TIMESTAMPTZ_BYTES),
        ("timestamp without time zone", "timestamp with time zone", Conversion.NONE, Hashing.OUTPUT),
        ("json", "jsonb", Conversion.TO_JSONB, Hashing.OUTPUT),
        ("json", "json", Conversion.NONE, Hashing.OUTPUT),
        ("numeric(10,2)", "numeric(10,2)", Conversion.NONE, Hashing.OUTPUT),
        ("numeric(10,2)", "numeric(12,-4)", Conversion.WITHOUT_SCALE, Hashing.OUTPUT),
        ("integer", "numeric", Conversion.WITHOUT_SCALE, Hashing.OUTPUT),
        ("double precision", "double precision", Conversion.NONE, Hashing.OUTPUT),
        ("uuid", "uuid", Conversion.NONE, Hashing.EXACT),
        ("bytea", "text", Conversion.NONE, Hashing.OUTPUT),
        ("uuid[]", "uuid[]", Conversion.NONE, Hashing.OUTPUT),
        ('"integer"', '"integer"', Conversion.NONE, Hashing.OUTPUT),
    ],
)
def test_types_have_a_form_in_which_equal_values_are_equal(
    mine: str, theirs: str, conversion: Conversion, hashing: Hashing
) -> None:
    assert form_of(mine, theirs) == form_of(theirs, mine) == Form(conversion, hashing)


def test_only_common_columns_are_compared_and_the_others_are_named() -> None:
    green = table("id:bigint", "phone:text", "name:text")
    comparison = Comparison.of(Side.BLUE, table("name:text", "id:integer", "fax:text"), green)
    assert [column.name for column in comparison.columns] == ["name", "id"]
    assert [column.name for column in comparison.key] == ["id"]
    assert comparison.ignored == {Side.BLUE: ("fax",), Side.GREEN: ("phone",)}


def test_a_replica_identity_stands_in_for_a_key() -> None:
    columns = (Column("a", "text", generated=False, key=2), Column("b", "text", generated=False, key=1))
    keyless = Table(USERS, "r", USERS, "i", columns, ())
    assert [column.name for column in Comparison.of(Side.BLUE, keyless, keyless).key] == ["b", "a"]


def test_a_key_that_one_side_lacks_is_none() -> None:
    comparison = Comparison.of(Side.BLUE, table("id:integer", "name:text"), table("name:text"))
    assert comparison.key == ()


def test_inheriting_tables_are_left_to_themselves_and_partitions_are_not() -> None:
    comparison = Comparison.of(Side.BLUE, table("id:integer", kind="p"), table("id:integer"))
    assert comparison.scanned_alone == {Side.GREEN}


def test_all_roots_are_chosen_but_the_excluded() -> None:
    leaf = table("id:integer", name=TableName("public", "leaf"), root=USERS)
    odd = table("id:integer", name=TableName('Odd "One"', "T"))
    assert chosen([table("id:integer"), leaf, odd], [], ["public.users"]) == [odd]
    assert chosen([table("id:integer"), leaf, odd], ['"Odd ""One"""."T"', '"Odd ""One"""."T"'], []) == [odd]


@pytest.mark.parametrize("wanted", ["public.leaf", "public.nobody"])
def test_a_table_that_cannot_be_compared_is_refused(wanted: str) -> None:
    leaf = table("id:integer", name=TableName("public", "leaf"), root=USERS)
    with pytest.raises(MigrationError, match="BG406"):
        chosen([table("id:integer"), leaf], [wanted], [])


def verdict_of(findings: TableFindings) -> object:
    return findings.consistent


def test_findings_count_all_and_describe_some() -> None:
    findings = TableFindings(USERS, 1)
    assert verdict_of(findings) == UNDECIDED
    findings.hashed_completely()
    assert verdict_of(findings) is True
    findings.add_undecided({"id": "9"})
    assert verdict_of(findings) == UNDECIDED
    assert findings.reason == MOVING
    for number in (1, 2):
        findings.add_difference("changed", {"id": str(number)}, ("name",))
    assert verdict_of(findings) is False
    assert findings.difference_count == 2
    assert findings.differences == [{"key": {"id": "1"}, "kind": "changed", "columns": ["name"]}]


def test_a_report_is_consistent_only_when_every_table_is() -> None:
    sound, undecided = TableFindings(USERS, 1, reason=""), TableFindings(USERS, 1)
    assert ConsistencyReport(Side.BLUE, [sound]).consistent is True
    assert ConsistencyReport(Side.BLUE, [sound, undecided]).consistent is False
    missing = ConsistencyReport(Side.BLUE, [sound, TableFindings.missing(USERS)])
    assert missing.consistent is False
    assert missing.as_diff() == "public.users: consistent\npublic.users: 1 differences\n"
