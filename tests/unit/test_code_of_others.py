# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose code runs on a write, and which calls the planner makes by itself."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.code_of_others import (
    DEFAULT,
    FOREIGN_KEY,
    STATISTICS,
    TRIGGER,
    Code,
    is_planned,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

_CALL = "{{FUNCEXPR :funcid 7 :funcresulttype 23 :args ({args}) :location 10}}"
_COLUMN = "{VAR :varno 1 :varattno 1}"
_CONSTANT = "{CONST :consttype 23 :constvalue 4 [ 1 0 0 0 ]}"
_INNER = "{{FUNCEXPR :funcid 8 :args ({args})}}"


@pytest.mark.parametrize(
    ("args", "planned"),
    [
        (_CONSTANT, True),
        ("", True),
        (_COLUMN, False),
        (f"{_CONSTANT} {_COLUMN}", False),
        (_INNER.format(args=_CONSTANT), True),
        (_INNER.format(args=_COLUMN), False),
    ],
)
def test_a_call_without_a_column_is_made_while_planning(args: str, planned: bool) -> None:
    around = f"({{BOOLEXPR :args ({_COLUMN} {_CALL.format(args=args)})}})"
    assert is_planned(around, 7, "plpgsql") is planned
    assert is_planned(around, 9, "plpgsql") is False
    assert is_planned(around, 7, "sql") is True


def test_a_bracket_in_a_name_is_no_node() -> None:
    tree = f"{{FUNCEXPR :funcid 7 :name a\\{{b :args ({_COLUMN})}}"
    assert is_planned(tree, 7, "plpgsql") is False


def _code(kind: str, name: str, enabled: str = "") -> Code:
    return Code(TableName("public", "users"), kind, name, "public.f()", "ada", enabled)


@pytest.mark.parametrize("kind", ["check", "index", "generated column", "domain"])
def test_a_constraint_or_an_index_runs_its_code_for_every_row(kind: str) -> None:
    code = _code(kind, "one")
    assert (code.runs_on_write, code.runs_on_insert_of(["one"]), code.runs_on_apply) == (True, True, True)


def test_a_default_runs_only_for_a_row_without_a_value_for_its_column() -> None:
    code = _code(DEFAULT, "number")
    assert (code.runs_on_write, code.runs_on_apply) == (False, False)
    assert (code.runs_on_insert_of(["id"]), code.runs_on_insert_of(["id", "number"])) == (True, False)


@pytest.mark.parametrize(("enabled", "runs"), [("O", False), ("D", False), ("A", True), ("R", True)])
def test_a_trigger_runs_for_a_row_of_replication_only_where_it_was_told_to(enabled: str, runs: bool) -> None:
    code = _code(TRIGGER, "audit", enabled)
    assert (code.runs_on_write, code.runs_on_insert_of([]), code.runs_on_apply) == (False, False, runs)


@pytest.mark.parametrize("kind", [STATISTICS, FOREIGN_KEY])
def test_statistics_and_foreign_keys_run_no_code_when_a_row_is_written(kind: str) -> None:
    code = _code(kind, "one", "A")
    assert (code.runs_on_write, code.runs_on_insert_of([]), code.runs_on_apply) == (False, False, False)
