# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of a database that only a new one could change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.green_database import DatabaseSettings

BLUE = DatabaseSettings("UTF8", "C", "C", "c", None, None, "owner")


@pytest.mark.parametrize("name", ["encoding", "collate", "ctype", "provider", "locale", "icu_rules"])
def test_each_is_told_with_both_values(name: str) -> None:
    other = replace(BLUE, **{name: "x"})
    assert other.unchangeable_differences(BLUE) == [f"{name} is 'x' instead of {getattr(BLUE, name)!r}"]
    assert BLUE.unchangeable_differences(BLUE) == []


def test_another_owner_can_be_given() -> None:
    assert replace(BLUE, owner="somebody").unchangeable_differences(BLUE) == []
