# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table and a column are what they were as long as oid and attnum say so, and nobody renamed them meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.basis import Basis
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.report import Verdict
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.identity import (
    ColumnIdentity,
    TableIdentity,
    changed_since,
    only,
    roots_of,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

PRICES, LEAF, LANE = TableName("public", "prices"), TableName("public", "leaf"), "bluegreen_shop_forward_1/16400"
NET, GROSS = ColumnIdentity(2, "integer", "700"), ColumnIdentity(3, "integer", "700")
TABLE = TableIdentity(16500, PRICES, "700", 16500, {"net": NET, "gross": GROSS})


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (TABLE, []),
        (replace(TABLE, oid=16600), ["another table bears its name"]),
        (replace(TABLE, named_by="701"), ["it was renamed, moved or given away meanwhile"]),
        (
            replace(TABLE, columns={"net": GROSS, "gross": NET}),
            ["another column bears the name gross", "another column bears the name net"],
        ),
        (replace(TABLE, columns={"net": NET, "price": GROSS}), ["another column bears the name price"]),
        (replace(TABLE, columns={"net": NET}), []),
        (replace(TABLE, columns={**TABLE.columns, "late": ColumnIdentity(4, "text", "800")}), []),
        (
            replace(TABLE, columns={"net": replace(NET, type="bigint"), "gross": GROSS}),
            ["the values of net were rewritten"],
        ),
        (replace(TABLE, file=16700), []),
        (replace(TABLE, columns={"net": replace(NET, changed_by="800"), "gross": GROSS}), []),
        (
            replace(TABLE, file=16700, columns={"net": replace(NET, changed_by="800"), "gross": GROSS}),
            ["the values of net were rewritten"],
        ),
    ],
)
def test_what_is_no_longer_what_it_was_is_told(now: TableIdentity, told: list[str]) -> None:
    assert list(TABLE.changes(now)) == told
    assert TableIdentity.of(now.as_state()) == now


def test_a_table_of_which_nothing_is_known_is_told_and_one_that_is_gone_is_not() -> None:
    known = {Side.BLUE: {PRICES: TABLE}, Side.GREEN: {}}
    now = {Side.BLUE: {PRICES: TABLE}, Side.GREEN: {PRICES: TABLE}}
    assert changed_since(known, now, [PRICES]) == (
        (PRICES, "public.prices on green: nothing is known of it as it was copied"),
    )
    assert changed_since(known, {Side.BLUE: {PRICES: TABLE}, Side.GREEN: {}}, [PRICES, LEAF]) == ()
    assert changed_since(known, now, [LEAF]) == ()


def test_a_partition_stands_for_the_table_that_it_belongs_to() -> None:
    found = {Side.BLUE: {PRICES: TABLE, LEAF: TABLE}, Side.GREEN: {}}
    assert roots_of(found, {LEAF}) == {PRICES}
    assert roots_of(found, {LEAF, PRICES}) == set()
    assert only(found, {LEAF}) == {Side.BLUE: {LEAF: TABLE}, Side.GREEN: {}}


def test_a_comparison_proves_what_it_has_compared_as_it_was_at_its_begin() -> None:
    basis = Basis({Side.BLUE: {PRICES: TABLE, LEAF: TABLE}, Side.GREEN: {PRICES: TABLE}}, {LANE: 2})
    assert Basis.of(basis.as_state()) == basis
    assert basis.of_tables({"public.prices"}) == basis.tables
    assert basis.of_tables({"public.leaf"}) == {Side.BLUE: {}, Side.GREEN: {}}
    assert Basis.of({}) == Basis({}, {})


@pytest.mark.parametrize(
    ("verdict", "now", "since"),
    [
        (Verdict(clean=True, age=1.0, tables=frozenset("ab"), missed={LANE: 2}), 2, {}),
        (Verdict(clean=True, age=1.0, tables=frozenset("ab"), missed={LANE: 2}), 3, {LANE: 3}),
        (Verdict(clean=True, age=1.0, tables=frozenset("ab"), missed={LANE: 2}), 1, {LANE: 1}),
        (Verdict(clean=True, age=1.0, tables=frozenset("b"), missed={LANE: 2}), 2, {LANE: 2}),
        (Verdict(clean=False, age=1.0, tables=frozenset("ab"), missed={LANE: 2}), 2, {LANE: 2}),
        (Verdict(clean=True, age=1.0, tables=frozenset("ab"), missed={}), 0, {}),
    ],
)
def test_what_a_lane_missed_counts_until_a_clean_comparison_of_all_that_began_after_it(
    verdict: Verdict, now: int, since: dict[str, int]
) -> None:
    assert verdict.missed_since({LANE: now}, {"a", "b"}) == since
