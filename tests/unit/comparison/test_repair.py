# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is rewritten: only differences, only by a key, and only while the proof still holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.pairs import Comparison
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.repair import (
    Repair,
    RepairReport,
    by_table,
    in_order,
    is_about_a_row,
    refusal_of_a_row,
    refused,
    require_few,
    with_count,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.report import (
    ConsistencyReport,
    TableFindings,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.verdict import (
    ABSENT,
    CHANGED,
    EXTRA,
    MISSING,
    Reading,
    Trial,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.lanes.test_links import table

USERS = table("users", "id", "name", "total", generated="total")
COMPARISON = Comparison.of(Side.BLUE, USERS, USERS)
HERE, THERE = Reading({(1, 100): 1}, (7, 8, 9)), Reading({(2, 200): 1}, (7, 5, 4))


def repair_of(reference: Reading, other: Reading, comparison: Comparison = COMPARISON) -> Repair:
    """Return the repair of a key that was read like this twice."""
    return Repair.of(comparison, ("1",), {"id": "1"}, Trial(other, reference, other, reference))


def test_only_columns_that_differ_and_that_no_server_computes_are_written() -> None:
    assert [column.name for column in COMPARISON.columns] == ["id", "name", "total"]
    changed = repair_of(HERE, THERE)
    assert (changed.kind, changed.columns, changed.obstacle) == (CHANGED, ("name",), "")
    missing = repair_of(HERE, ABSENT)
    assert (missing.kind, missing.columns) == (MISSING, ("id", "name"))


def test_what_cannot_be_written_by_its_key_says_why() -> None:
    keyless = replace(COMPARISON, key=())
    assert repair_of(HERE, THERE, keyless).obstacle == "the table has no key"
    twice = Reading({(1, 100): 2})
    assert repair_of(twice, ABSENT).obstacle == repair_of(ABSENT, twice).obstacle
    assert repair_of(twice, ABSENT).obstacle == "there are several rows with this key"
    two_versions = Reading({(1, 100): 1, (3, 101): 1})
    assert repair_of(two_versions, ABSENT).obstacle == "there are several rows with this key"
    computed = replace(THERE, columns=(7, 8, 4))
    assert repair_of(HERE, computed).obstacle == "only generated columns differ"


def test_a_row_that_has_moved_since_is_not_written() -> None:
    repair = repair_of(HERE, THERE)
    assert repair.still_holds(HERE, THERE)
    assert not repair.still_holds(replace(HERE, versions={(1, 101): 1}), THERE)
    assert not repair.still_holds(HERE, ABSENT)
    assert refused(repair, "it has moved") == {
        "table": "public.users",
        "key": {"id": "1"},
        "reason": "it has moved",
    }


def test_more_than_a_few_rows_are_not_repaired() -> None:
    require_few(3, 3)
    with pytest.raises(MigrationError, match="BG408: 4 rows differ, more than max_rows"):
        require_few(4, 3)


def test_repairs_of_a_table_keep_their_order() -> None:
    orders = replace(COMPARISON, table=TableName("public", "orders"))
    all_of_them = [repair_of(HERE, THERE), repair_of(HERE, ABSENT, orders), repair_of(HERE, ABSENT)]
    assert by_table(all_of_them) == {
        COMPARISON.table: [all_of_them[0], all_of_them[2]],
        orders.table: [all_of_them[1]],
    }
    assert by_table([]) == {}


def test_the_diff_of_a_repair_is_what_will_be_left_and_its_result_what_was_found() -> None:
    orders = TableName("public", "orders")
    tables = [TableFindings(name, 9, reason="", difference_count=3) for name in (COMPARISON.table, orders)]
    report = RepairReport(ConsistencyReport(Side.BLUE, tables), to_be_mended={COMPARISON.table: 2})
    assert report.as_diff() == "public.users: 1 differences\npublic.orders: 3 differences\n"
    assert [one["difference_count"] for one in report.as_result()["tables"]] == [3, 3]
    assert (report.as_result()["repaired"], report.as_result()["not_repaired"]) == (0, [])


def test_the_result_counts_the_repaired_rows_of_each_table() -> None:
    orders = TableName("public", "orders")
    tables = [TableFindings(name, 9, reason="", difference_count=3) for name in (COMPARISON.table, orders)]
    result = RepairReport(ConsistencyReport(Side.BLUE, tables), repaired={orders: 2}).as_result()
    assert [one["repaired"] for one in result["tables"]] == [0, 2]
    assert result["repaired"] == 2


def test_rows_that_go_are_written_before_those_that_come() -> None:
    missing, changed, extra = repair_of(HERE, ABSENT), repair_of(HERE, THERE), repair_of(ABSENT, HERE)
    assert [one.kind for one in in_order([missing, changed, extra])] == [EXTRA, CHANGED, MISSING]


@pytest.mark.parametrize(
    ("sqlstate", "about"),
    [("22003", True), ("23505", True), ("44000", True), ("P0001", True), ("42501", False), ("57014", False)],
)
def test_what_is_wrong_with_one_row_keeps_no_other_from_being_written(sqlstate: str, about: bool) -> None:
    assert is_about_a_row(sqlstate) is about


def test_an_error_of_no_server_is_about_no_row() -> None:
    assert is_about_a_row(None) is False


def test_a_refusal_tells_the_server_s_words_where_they_show_no_value() -> None:
    told = refusal_of_a_row("23514", "violates a check")
    assert told == "the server refuses the row: violates a check (SQLSTATE 23514)"
    for nothing in (None, ""):
        told = refusal_of_a_row("23505", nothing)
        assert told == "the server refuses the row: it does not say why without a value (SQLSTATE 23505)"


def test_an_error_tells_how_many_rows_were_written_before_it() -> None:
    def error() -> MigrationError:
        return MigrationError("BG409", "it failed", "Some rows are written.", "Mend it", {"kept": 1})

    written = {COMPARISON.table: 2, TableName("public", "orders"): 1}
    told = with_count(error(), written)
    assert told.stands == "Some rows are written. Rows repaired before: 2 of public.users, 1 of public.orders"
    assert told.details == {"kept": 1, "repaired": {"public.users": 2, "public.orders": 1}}
    none = with_count(error(), {})
    assert (none.stands, none.details) == ("Some rows are written.", {"kept": 1, "repaired": {}})
