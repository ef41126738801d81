# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a side has that no link carries."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.large_values import (
    LIMIT,
    LargestValue,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.object_checks import (
    large_objects,
    values_too_large,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import USERS, facts, with_database


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, []), (1, ["1 large object: they are not replicated"]), (2, ["2 large objects: they are not replicated"])],
)
def test_large_objects_are_counted_on_each_side(count: int, words: list[str]) -> None:
    for side in Side:
        found = list(large_objects(with_database(facts(), side, large_objects=count)))
        assert [one.what for one in found] == words
        assert {one.side for one in found} <= {side}


@pytest.mark.parametrize(("names", "words"), [(["a"], "1 column with"), (["a", "b"], "2 columns with")])
def test_columns_whose_values_are_too_large_are_counted(names: list[str], words: str) -> None:
    values = tuple(LargestValue(USERS, name, LIMIT, doubles=False) for name in names)
    (found,) = values_too_large(facts({"largest_values": values}))
    assert found.what.startswith(f"{words} values near 1 GB as text")
    assert found.objects == tuple(f"public.users.{name}" for name in names)
