# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions over catalogs as 19 has them and as 18 has them; no server of 19 was asked."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.catalog import (
    is_exception,
    is_published,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.preflight.facts import COUNTED_ERRORS
from tests.fixtures.databases import DatabaseFactory

_NONE = "NULL::int2vector AS prattrs"


@pytest.mark.parametrize(
    ("entry", "excepted"),
    [(f"true AS prexcept, {_NONE}", True), (f"false AS prexcept, {_NONE}", False), (_NONE, False)],
)
def test_an_exception_is_seen_where_the_catalog_has_them(database: DatabaseFactory, entry: str, excepted: bool) -> None:
    side = database(18)
    assert side.query(f"SELECT {is_exception('r')} FROM (SELECT {entry}) AS r") == [(excepted,)]
    assert side.query(f"SELECT {is_published('r')} FROM (SELECT {entry}) AS r") == [(True,)], "18 knows no exceptions"


@pytest.mark.parametrize(
    ("counters", "errors"),
    [
        ("1::bigint AS apply_error_count, 2::bigint AS sync_error_count", 3),
        ("1::bigint AS apply_error_count, 2::bigint AS sync_table_error_count, 7::bigint AS sync_seq_error_count", 3),
        ("1::bigint AS apply_error_count", None),
    ],
)
def test_errors_of_first_copies_count_under_either_name_and_are_unknown_under_a_third(
    database: DatabaseFactory, counters: str, errors: int | None
) -> None:
    assert database(18).query(f"SELECT {COUNTED_ERRORS} FROM (SELECT {counters}) AS e") == [(errors,)]
