# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans of both sides: what is worse, what is missing, what is unknown; no condition of a plan stays in its shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, INFORMS, WARNS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plans.comparison import (
    Compared,
    Comparison,
    Differences,
    Explained,
    Index,
    Statement,
    Unknown,
    missing_indexes,
    other_differences,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plans.shape import Shape, shape_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

_TABLE = TableName("public", "t")
_STATEMENT = Statement("-5", "shop", 7, 12.5, "SELECT secret")


def node(kind: str, **more: Any) -> dict[str, Any]:
    """Return a node as EXPLAIN shows it."""
    return {"Node Type": kind, "Total Cost": 1.0, **more}


def reading(kind: str, cost: float, **more: Any) -> Shape:
    """Return a plan that reads the table."""
    scan = node(kind, Schema="public", **{"Relation Name": "t", "Filter": "(a = 'secret')", "Total Cost": cost, **more})
    return shape_of([{"Plan": scan}])


def by_index(cost: float) -> Shape:
    """Return a plan that reads the table by its index."""
    return reading("Index Scan", cost, **{"Index Name": "t_a"})


def compared(old: Explained, new: Explained, **more: Any) -> Comparison:
    """Return the comparison of one statement."""
    return Comparison(Side.BLUE, 2.0, (Compared(_STATEMENT, old, new),), **more)


def test_a_shape_has_tables_and_indexes_and_no_condition() -> None:
    bitmap = node(
        "Bitmap Heap Scan",
        Schema="public",
        **{"Relation Name": "t"},
        Plans=[
            node(
                "BitmapOr",
                Plans=[
                    node("Bitmap Index Scan", **{"Index Name": "t_a", "Index Cond": "(a = 'secret')"}),
                    node("Bitmap Index Scan", **{"Index Name": "t_b"}),
                ],
            )
        ],
    )
    unknown = node("Result", **{"Parent Relationship": "InitPlan", "Output": ["NULL::integer"]})
    known = node("Result", **{"Parent Relationship": "InitPlan", "Output": ["now()"]})
    shape = shape_of([{"Plan": node("Limit", Plans=[unknown, known, bitmap])}])
    assert [one.kind for one in shape.root.below] == ["Result", "Bitmap Heap Scan"]
    assert shape.indexes == {(_TABLE, "t_a"), (_TABLE, "t_b")}
    assert shape.tables == {_TABLE}
    assert not shape.sequential
    assert "secret" not in repr(shape)
    assert reading("Seq Scan", 5.0).sequential == {_TABLE}


_REFUSED = Unknown("green says: no", "42P01")


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (by_index(8.0), by_index(8.0), "same"),
        (by_index(8.0), by_index(15.0), "same"),
        (by_index(8.0), reading("Seq Scan", 20.0), "changed"),
        (by_index(8.0), reading("Seq Scan", 28.0), "changed"),
        (by_index(8.0), reading("Seq Scan", 28.1), "worse"),
        (by_index(100.0), by_index(200.0), "same"),
        (by_index(100.0), by_index(200.1), "worse"),
        (by_index(8.0), _REFUSED, "fails"),
        (_REFUSED, _REFUSED, "unknown"),
        (_REFUSED, by_index(8.0), "unknown"),
        (by_index(8.0), Unknown("too late"), "unknown"),
    ],
)
def test_a_plan_is_worse_by_its_cost(old: Explained, new: Explained, verdict: str) -> None:
    assert Compared(_STATEMENT, old, new).verdict(2.0) == verdict


def test_what_is_worse_is_told_without_the_statement() -> None:
    both = compared(
        by_index(8.0),
        reading("Seq Scan", 90.0),
        differences=Differences(("public.t_a",), ("public.t.a",), (("setting", "work_mem", "4 MB", "1 MB"),)),
    )
    worse, indexes, statistics = both.findings()
    assert (worse.code, worse.severity, worse.objects) == ("BG216", WARNS, ("-5",))
    assert "-5 (estimated cost 8 to 90, public.t read from end to end)" in worse.what
    assert "settings differ: setting work_mem: 4 MB and 1 MB" in worse.fix
    assert (indexes.code, indexes.objects) == ("BG218", ("public.t_a",))
    assert (statistics.code, statistics.objects) == ("BG219", ("public.t.a",))
    assert {one.severity for one in both.findings(BLOCKS)} == {BLOCKS}
    assert both.lines()[0] == "plans of the top 1 statements of blue: 1 compared, 1 worse"
    result = both.as_result()
    [statement] = result["statements"]
    assert (statement["sequential"], statement["indexes_before"]) == (["public.t"], ["t_a"])
    assert (statement["cost_before"], statement["cost_after"]) == (8.0, 90.0)
    assert result["differences"] == [{"kind": "setting", "name": "work_mem", "blue": "4 MB", "green": "1 MB"}]
    assert "secret" not in repr(both) + repr(result)


def test_what_green_refuses_is_told() -> None:
    [finding] = compared(by_index(8.0), _REFUSED).findings()
    assert (finding.code, finding.side, finding.objects) == ("BG248", "green", ("-5",))
    assert "-5 (green says: no)" in finding.what


@pytest.mark.parametrize(
    ("comparison", "told"),
    [
        (compared(Unknown("too late"), by_index(8.0)), "of statements: too late"),
        (Comparison(Side.BLUE, 2.0, not_read=("no extension", "Create it")), "plans are not compared: no extension"),
        (Comparison(Side.BLUE, 2.0, hidden=3), "of 3 statements that we may not see"),
        (Comparison(Side.BLUE, 2.0), "has no statement of this database"),
    ],
)
def test_what_is_unknown_informs_and_blocks_where_findings_do(comparison: Comparison, told: str) -> None:
    [finding] = comparison.findings()
    assert (finding.code, finding.severity, finding.side) == ("BG217", INFORMS, "blue")
    assert told in finding.what
    assert [one.severity for one in comparison.findings(BLOCKS)] == [BLOCKS]


def test_an_index_counts_by_its_form_and_only_where_a_plan_uses_it() -> None:
    def index(name: str, form: str, valid: bool = True) -> Index:
        return Index(_TABLE, name, form, valid)

    used = [Compared(_STATEMENT, by_index(8.0), by_index(8.0))]
    old = [index("t_a", "a"), index("t_b", "b")]
    assert missing_indexes(used, old, []) == ("public.t_a",)
    assert missing_indexes(used, old, [index("t_a", "a", valid=False)]) == ("public.t_a",)
    assert missing_indexes(used, old, [index("t_a", "other")]) == ("public.t_a",)
    assert missing_indexes(used, old, [index("of another name", "a")]) == ()


def test_values_that_differ_are_told_and_absent_ones_too() -> None:
    assert list(other_differences("setting", {"a": "1", "b": "2"}, {"a": "1", "c": "3"})) == [
        ("setting", "b", "2", "absent"),
        ("setting", "c", "absent", "3"),
    ]


def test_of_many_plans_five_are_told() -> None:
    def told(number: int) -> str:
        ones = [
            Compared(replace(_STATEMENT, queryid=str(each)), by_index(8.0), reading("Seq Scan", 90.0))
            for each in range(number)
        ]
        [worse] = Comparison(Side.BLUE, 2.0, tuple(ones)).findings()
        return worse.what

    assert [told(number).count("estimated cost") for number in (5, 6, 7)] == [5, 5, 5]
    assert "more" not in told(5).partition("cost 8 to 90")[2]
    assert ("; and 1 more" in told(6), "; and 2 more" in told(7)) == (True, True)


def test_times_are_told_in_microseconds() -> None:
    statement = replace(_STATEMENT, milliseconds=12.34567)
    [told] = Comparison(Side.BLUE, 2.0, (Compared(statement, by_index(8.0), by_index(8.0)),)).as_result()["statements"]
    assert told["total_milliseconds"] == 12.346


def test_what_one_side_did_not_plan_became_no_sequential_scan() -> None:
    for old, new in ((_REFUSED, reading("Seq Scan", 9.0)), (reading("Seq Scan", 9.0), _REFUSED)):
        assert Compared(_STATEMENT, old, new).became_sequential == ()


def test_only_a_scan_of_an_index_reads_one_and_only_a_bitmap_takes_the_table_above() -> None:
    writes = node("ModifyTable", Schema="public", **{"Relation Name": "t", "Index Name": "t_a"})
    assert not shape_of([{"Plan": writes}]).indexes
    assert not shape_of([{"Plan": node("Index Only Scan")}]).indexes
    over = node("Append", Schema="public", **{"Relation Name": "t"}, Plans=[node("Result")])
    assert [one.table for one in shape_of([{"Plan": over}]).root.below] == [None]
    half = node("Function Scan", **{"Relation Name": "t"})
    assert not shape_of([{"Plan": half}]).tables
    assert shape_of([{"Plan": node("Seq Scan", **{"Total Cost": 7.0})}, {"Plan": node("Result")}]).cost == 7.0
    known = node("Result", **{"Parent Relationship": "InitPlan", "Output": ["1"]})
    assert [one.kind for one in shape_of([{"Plan": node("Limit", Plans=[known])}]).root.below] == ["Result"]
