# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls the planner makes by itself."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.code_of_others import is_planned

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
