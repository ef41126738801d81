# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables are analyzed before a side takes over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plans.statistics import (
    Extended,
    Known,
    Lack,
    Tree,
    lacking,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

A, B, STATS = TableName("s", "a"), TableName("s", "b"), TableName("s", "stats")
TREE = Tree(A, large=True, known=False, was_read=False)
OF_A = Extended(STATS, A, large=True, known=False)


def with_tree(**own: Any) -> Known:
    """Return what a planner knows of one tree."""
    return Known(trees=(replace(TREE, **own),))


def test_a_large_table_without_statistics_is_analyzed_whatever_the_other_side_has() -> None:
    assert lacking(Known(), Known(without=(B, A))) == (Lack(A, whole=False), Lack(B, whole=False))
    assert lacking(Known(without=(A,)), Known()) == ()


@pytest.mark.parametrize(
    ("old", "new", "due"),
    [
        ({"known": True}, {}, True),
        ({"known": False}, {}, False),
        ({"known": True}, {"known": True}, False),
        ({"known": True}, {"large": False}, False),
        ({"known": True}, {"was_read": True}, False),
    ],
)
def test_a_tree_is_analyzed_as_a_whole_where_only_the_side_in_service_has_statistics_of_it(
    old: dict[str, bool], new: dict[str, bool], due: bool
) -> None:  # fmt: skip
    assert lacking(with_tree(**old), with_tree(**new)) == ((Lack(A, whole=True),) if due else ())


@pytest.mark.parametrize(
    ("old", "new", "due"),
    [
        (replace(OF_A, known=True), OF_A, True),
        (OF_A, OF_A, False),
        (replace(OF_A, known=True, name=B), OF_A, False),
        (replace(OF_A, known=True), replace(OF_A, known=True), False),
        (replace(OF_A, known=True), replace(OF_A, large=False), False),
    ],
)
def test_extended_statistics_count_where_the_side_in_service_has_them(
    old: Extended, new: Extended, due: bool
) -> None:  # fmt: skip
    assert lacking(Known(extended=(old,)), Known(extended=(new,))) == ((Lack(A, whole=False),) if due else ())


def test_a_table_is_analyzed_once_and_with_what_is_below_it_where_that_lacks_too() -> None:
    old = Known(trees=(replace(TREE, known=True),), extended=(replace(OF_A, known=True),))
    assert lacking(old, Known(without=(A,), trees=(TREE,), extended=(OF_A,))) == (Lack(A, whole=False),)
