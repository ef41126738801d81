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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.objects import ObjectsFound
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.pairs import (
    ComparedColumn,
    Comparison,
    chosen,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.report import (
    COUNTED,
    COUNTS_DIFFER,
    MOVING,
    NOT_REACHED,
    SAMPLED,
    UNDECIDED,
    WITHHELD,
    ConsistencyReport,
    RunFacts,
    TableFindings,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.slice import Before
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


def test_a_run_that_hashed_texts_is_not_gone_on_with_by_one_that_hashes_rows() -> None:
    users = table("id:integer")
    texts, rows = (Comparison.of(Side.BLUE, users, users, major=major).structure for major in (13, 14))
    assert texts == (*rows, "texts")


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


def _bytes(blue: int, green: int) -> dict[Side, int]:
    return {Side.BLUE: blue, Side.GREEN: green}


def test_a_table_that_was_not_reached_says_that_nothing_of_it_is_known() -> None:
    assert TableFindings(USERS, 1).as_result() == {
        "table": "public.users",
        "other_table": "public.users",
        "consistent": UNDECIDED,
        "agrees": False,
        "reason": NOT_REACHED,
        "rows": {"blue": None, "green": None},
        "bytes": {"blue": 0, "green": 0},
        "ranges": 0,
        "ranges_compared": 0,
        "condition": None,
        "key": [],
        "columns_ignored": {"blue": [], "green": []},
        "difference_count": 0,
        "differences": [],
        "undecided_count": 0,
        "undecided": [],
    }


def test_ranges_add_up_to_what_the_table_has_on_each_side() -> None:
    findings = TableFindings(USERS, 1, ranges=3)
    findings.add_range(_bytes(10, 11), _bytes(100, 110))
    findings.add_range(_bytes(20, 20), _bytes(200, 200))
    result = findings.as_result()
    assert (result["ranges"], result["ranges_compared"]) == (3, 2)
    assert (result["rows"], result["bytes"]) == ({"blue": 30, "green": 31}, {"blue": 300, "green": 310})


def test_what_was_compared_is_named_as_each_side_names_it() -> None:
    people = TableName("public", "people")
    mine, theirs = table("id:integer", "fax:text"), table("number:integer", "phone:text", name=people)
    comparison = Comparison.of(Side.BLUE, mine, theirs, {"id": "number"})
    result = TableFindings(USERS, 1, comparison=comparison).as_result()
    assert (result["other_table"], result["key"]) == ("public.people", ["id"])
    assert result["columns_ignored"] == {"blue": ["fax"], "green": ["phone"]}
    assert [comparison.table_on(side) for side in Side] == [USERS, people]
    assert [comparison.column_on(side, comparison.key[0]) for side in Side] == ["id", "number"]


def test_a_key_is_shown_by_its_columns_and_a_secret_one_withheld() -> None:
    comparison = Comparison.of(
        Side.BLUE, table("id:integer", "mail:text", key=("id", "mail")), table("id:integer", "mail:text")
    )
    shown = TableFindings(USERS, 1, secret=["mail"], comparison=comparison)
    assert shown.named(("7", "ada@example.org")) == {"id": "7", "mail": WITHHELD}
    assert TableFindings(USERS, 1).named(("a9f",)) == {"row_hash": "a9f"}


def test_a_table_that_only_green_has_is_no_reason_once_green_is_the_reference() -> None:
    comparison = Comparison.of(Side.BLUE, table("id:integer"), table("id:integer"))
    equal = TableFindings(USERS, 1, comparison=comparison, reason="")
    moving = TableFindings(TableName("public", "moving"), 1, comparison=comparison, reason=MOVING)
    alone = TableFindings.missing(TableName("public", "versions"))
    for reference, tables, clean in (
        (Side.GREEN, [equal, alone], True),
        (Side.BLUE, [equal, alone], False),
        (Side.GREEN, [equal, alone, moving], False),
    ):
        report = ConsistencyReport(reference, tables)
        assert (report.clean, report.proven, report.consistent) == (clean, [USERS], False)
    lacking = {"functions": ObjectsFound(missing=("f()",))}
    assert not ConsistencyReport(Side.GREEN, [equal, alone], objects=lacking).clean


def test_no_more_undecided_rows_are_named_than_asked_for() -> None:
    findings = TableFindings(USERS, 2)
    for number in "123":
        findings.add_undecided({"id": number})
    assert (findings.undecided_count, findings.undecided) == (3, [{"id": "1"}, {"id": "2"}])


def test_a_comparison_that_begins_anew_forgets_differences_and_keeps_the_rows() -> None:
    findings = TableFindings.missing(USERS)
    assert findings.differences == [{"key": {}, "kind": "missing_table", "columns": None}]
    findings.add_undecided({"id": "1"})
    findings.rows = {Side.BLUE: 7}
    emptied = findings.emptied()
    assert (emptied.rows, emptied.difference_count, emptied.undecided_count) == ({Side.BLUE: 7}, 0, 0)
    assert (emptied.differences, emptied.undecided) == ([], [])


def test_a_table_without_its_other_side_is_one_difference_and_no_more_are_described() -> None:
    findings = TableFindings.missing(USERS)
    findings.add_difference("changed", {"id": "1"}, None)
    assert (findings.difference_count, len(findings.differences)) == (2, 1)


@pytest.mark.parametrize(
    ("reason", "differences", "agrees"),
    [
        ("", 0, True),
        (SAMPLED, 0, True),
        (COUNTED, 0, True),
        (COUNTS_DIFFER, 0, False),
        (NOT_REACHED, 0, False),
        (SAMPLED, 1, False),
        ("", 1, False),
    ],
)
def test_a_sample_and_a_count_agree_without_a_proof(reason: str, differences: int, agrees: bool) -> None:
    assert TableFindings(USERS, 1, reason=reason, difference_count=differences).agrees is agrees


def test_a_report_agrees_when_every_table_and_every_object_does() -> None:
    sampled, unknown = TableFindings(USERS, 1, reason=SAMPLED), TableFindings(USERS, 1)
    lacking = {"functions": ObjectsFound(missing=("f()",))}
    assert ConsistencyReport(Side.BLUE, [sampled]).agrees
    assert not ConsistencyReport(Side.BLUE, [sampled]).consistent
    assert not ConsistencyReport(Side.BLUE, [sampled, unknown]).agrees
    assert not ConsistencyReport(Side.BLUE, [sampled], objects=lacking).agrees
    assert not ConsistencyReport(Side.BLUE, [TableFindings(USERS, 1, reason="")], objects=lacking).consistent
    assert ConsistencyReport(Side.BLUE, [sampled], objects={"functions": ObjectsFound(extra=("f()",))}).agrees
    assert not ObjectsFound(different=("f()",)).consistent


def test_a_run_tells_its_pauses_to_the_millisecond_and_what_the_next_slice_needs() -> None:
    assert RunFacts().as_result() == {"started": "", "resumed": False, "paused_seconds": 0.0, "progress": []}
    told = RunFacts(paused_seconds=1.23456, left_to_next=Before(elapsed=2.0)).as_result()
    assert (told["paused_seconds"], told["resume"]["elapsed"]) == (1.235, 2.0)


def test_a_later_run_goes_on_with_what_an_earlier_one_knew() -> None:
    earlier = TableFindings(USERS, 5, ranges=4)
    earlier.add_range(_bytes(10, 11), _bytes(100, 110))
    earlier.add_difference("changed", {"id": "1"}, ["name"])
    later = TableFindings(USERS, 5)
    later.take_up(earlier.as_state())
    assert later == earlier


def test_columns_that_a_server_computes_are_not_written() -> None:
    assert ComparedColumn("total", Form(Conversion.NONE, Hashing.EXACT), "total").writable
    computed = Column("total", "integer", generated=True, key=0)
    plain = Column("total", "integer", generated=False, key=0)
    for mine, theirs, writable in ((plain, plain, True), (computed, plain, False), (plain, computed, False)):
        blue, green = (Table(USERS, "r", USERS, "d", (column,), ()) for column in (mine, theirs))
        assert Comparison.of(Side.BLUE, blue, green).columns[0].writable is writable


def test_rows_are_found_in_ranges_by_the_first_columns_that_both_sides_sort_alike() -> None:
    one = table("id:integer", "name:text", "at:date", key=("id", "name", "at"))
    assert [column.name for column in Comparison.of(Side.BLUE, one, one).ranged_key] == ["id"]


def test_values_that_were_asked_for_are_shown_under_a_name_that_a_template_can_read() -> None:
    findings = TableFindings(USERS, 1)
    findings.add_difference("changed", {"id": "1"}, ["name"], {"name": {"blue": "a", "green": None}})
    assert findings.differences[0]["shown"] == {"name": {"blue": "a", "green": None}}
