# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which databases become migrations, and what these are called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.databases import Choice


def test_what_a_server_has_by_itself_is_nobodys_migration() -> None:
    assert Choice().migrations(["postgres", "rdsadmin", "shop"]) == {"shop": "shop"}


def test_patterns_tell_upper_from_lower_case() -> None:
    choice = Choice(["Shop*", "b"], ["*_old"])
    assert choice.migrations(["Shop", "shop", "Shop_old", "b"]) == {"Shop": "Shop", "b": "b"}


def test_two_databases_of_one_name_are_refused() -> None:
    with pytest.raises(MigrationError, match='"a b" and "a:b" would both be the host a_b') as refused:
        Choice().migrations(["a b", "a:b"])
    assert refused.value.code == "BG252"


@given(st.text(min_size=1))
def test_every_name_can_be_a_host(name: str) -> None:
    made = Choice(exclude=(), prefix="x-").migrations([name])
    assert list(made.values()) == [name]
    assert all(re.fullmatch(r"x-[\w.-]+", host) for host in made)
