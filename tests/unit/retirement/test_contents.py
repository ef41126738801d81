# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database's contents, and every way in which another one can differ."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.contents import (
    Contents,
    TableContents,
    differences,
)
from tests.fixtures.hostile_names import table_names

USERS, ORDERS, NUMBERS = (TableName("public", name) for name in ("users", "orders", "numbers"))
WHOLE = Contents({USERS: TableContents(3, "abc")}, {NUMBERS: "7"}, "schema")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (WHOLE, []),
        (replace(WHOLE, tables={USERS: TableContents(2, "abc")}), ["public.users: 2 rows instead of 3 rows"]),
        (replace(WHOLE, tables={USERS: TableContents(3, "abd")}), ["public.users: different contents in 3 rows"]),
        (replace(WHOLE, tables={}), ["public.users: no such table instead of 3 rows"]),
        (
            replace(WHOLE, tables={**WHOLE.tables, ORDERS: TableContents(0, "x")}),
            ["public.orders: 0 rows instead of no such table"],
        ),
        (replace(WHOLE, sequences={NUMBERS: "8"}), ["sequence public.numbers: stands at 8 instead of 7"]),
        (replace(WHOLE, sequences={}), ["sequence public.numbers: stands at nothing instead of 7"]),
        (replace(WHOLE, schema="another"), ["the schema differs"]),
    ],
)
def test_each_difference_is_told(found: Contents, told: list[str]) -> None:
    assert differences(WHOLE, found) == told


def test_a_database_that_was_never_looked_into_is_not_known() -> None:
    assert WHOLE.is_known
    assert not replace(WHOLE, schema="").is_known
    assert not replace(WHOLE, tables={**WHOLE.tables, ORDERS: TableContents(0)}).is_known


_CONTENTS = st.builds(
    Contents,
    st.dictionaries(table_names, st.builds(TableContents, st.integers(0, 9), st.text("0f", max_size=2)), max_size=4),
    st.dictionaries(table_names, st.text("12", min_size=1, max_size=2), max_size=4),
    st.text("0f", max_size=2),
)


@given(_CONTENTS, _CONTENTS)
def test_what_was_written_down_is_read_again_and_two_differ_exactly_where_they_are_not_equal(
    one: Contents, other: Contents
) -> None:
    assert Contents.from_document(one.as_document()) == one
    assert bool(differences(one, other)) is (one != other)


def test_what_earlier_versions_wrote_is_read_as_not_known() -> None:
    read = Contents.from_document({"tables": [{"schema": "public", "name": "users", "rows": 3}]})
    assert read == Contents({USERS: TableContents(3)})
    assert not read.is_known
