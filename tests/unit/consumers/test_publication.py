# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy of a publication lacks, and how it is told."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consumers.publication import (
    Part,
    Publication,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

_USERS = Part(TableName("public", "users"), ("id", "name"), '("id" > 7)')
_ORDERS = Part(TableName("public", "Orders"))
_BOTH = Publication(
    "cdc", "owner", all_tables=False, parts=(_ORDERS, _USERS), schemas=("sales",), options=(("publish", "insert"),)
)


def test_its_contents_are_told_one_by_one() -> None:
    assert _BOTH.lines() == (
        'table public."Orders"',
        'table public.users (id, name) WHERE ("id" > 7)',
        "schema sales",
        "publish = insert",
    )


def test_a_copy_of_all_tables_names_them() -> None:
    assert replace(_BOTH, all_tables=True).lines() == _BOTH.lines()


def test_only_a_copy_that_lacks_tables_is_part_of_it() -> None:
    fewer = replace(_BOTH, parts=(_USERS,))
    assert fewer.is_part_of(_BOTH)
    assert not _BOTH.is_part_of(_BOTH)
    assert not _BOTH.is_part_of(fewer)
    for other in (
        {"schemas": ()},
        {"options": (("publish", "insert, update"),)},
        {"parts": (replace(_USERS, columns=()),)},
    ):
        assert not replace(fewer, **other).is_part_of(_BOTH)
