# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities of rows: what the other side's columns and version change about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.identity_checks import (
    full_with_column_list,
    full_with_equals,
    generated_identity,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import Reason
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.relation_facts import Column, Relation
from tests.unit.preflight.examples import KEY, USERS, both, column, facts, table

PLAIN, COMPUTED = column("total"), column("total", generated="s", formula="1")


def full(*more: Column) -> Relation:
    """Return a table with the identity FULL and these columns beside its key."""
    return table(identity="f", columns=(KEY, *more))


def sides(reasons: Iterable[Reason]) -> list[str]:
    """Return the sides of reasons."""
    return [str(one.side) for one in reasons]


def test_before_the_schema_is_there_green_is_judged_by_blue_s_tables_and_its_own_version() -> None:
    blue = {"relations": (full(COMPUTED),)}
    assert sides(generated_identity(facts(blue))) == ["green"], "18 refuses what 17 allows"
    assert sides(generated_identity(facts(blue, {"relations": (table(),)}))) == []
    (found,) = generated_identity(facts(blue, blue))
    assert (str(found.side), len(found.objects)) == ("green", 1)


@pytest.mark.parametrize(
    ("blue", "green", "told"),
    [
        (full(PLAIN), full(COMPUTED), ["blue"]),
        (full(COMPUTED), full(PLAIN), ["green"]),
        (full(PLAIN), full(), ["blue"]),
        (full(), full(PLAIN), ["green"]),
        (full(COMPUTED), full(), []),
        (full(PLAIN), replace(full(PLAIN), columns=(KEY, column("total", "bigint"))), []),
        (table(), table(columns=(KEY, PLAIN)), []),
    ],
)
def test_a_column_list_is_needed_for_a_column_that_is_sent_and_not_taken(
    blue: Relation, green: Relation, told: list[str]
) -> None:
    assert sides(full_with_column_list(both(blue, green))) == told


def test_equal_rows_that_are_not_the_same_are_told_only_where_no_key_tells_them_apart() -> None:
    odd = {USERS: ("numeric",)}

    def told(**changes: Any) -> list[str]:
        blue = {"relations": (table(**changes),), "equal_not_the_same": odd}
        return [one.what for one in full_with_equals(facts(blue))]

    assert told() == [], "its key finds each row"
    assert told(identity="f", uniques=(("id",),), columns=(column(not_null=True),)) == []
    (what,) = told(identity="f", key_immediate=False, uniques=())
    assert "(numeric; 0.1 is 0.10)" in what
