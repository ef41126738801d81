# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which index a server looks for a row that is identified by all of its values, and which of them lack rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.full_search import (
    SearchIndex,
    unfit_indexes,
)

T = TableName("public", "t")
FULL = {T: ["a", "b"]}
BTREE = SearchIndex(T, "by_btree", "btree", "b", nullable=True, valid=True)
HASH = replace(BTREE, name="by_hash", method="hash")


@pytest.mark.parametrize(
    ("indexes", "major", "named"),
    [
        ([HASH], 15, ()),
        ([HASH], 16, ()),
        ([HASH], 17, ("public.t by by_hash",)),
        ([HASH, BTREE], 18, ("public.t by by_hash",)),
        ([BTREE, HASH], 18, ()),
        ([replace(HASH, nullable=False)], 18, ()),
        ([replace(HASH, column="green_only")], 18, ()),
        ([replace(HASH, table=TableName("public", "with_a_key"))], 18, ()),
        ([replace(BTREE, valid=False)], 16, ("public.t by by_btree",)),
        ([replace(BTREE, valid=False)], 15, ()),
    ],
)
def test_the_first_index_that_fits_decides(indexes: list[SearchIndex], major: int, named: tuple[str, ...]) -> None:
    assert unfit_indexes(indexes, major, FULL) == named


def test_indexes_that_are_still_to_be_made_may_come_in_any_order() -> None:
    assert unfit_indexes([BTREE, HASH], 18, FULL, in_order=False) == ("public.t by by_hash",)
