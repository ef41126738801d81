# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of blue's schema is copied, by the user's choice."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.scope import LeftAside, Scope


def test_what_is_included_and_what_is_excluded_are_kept_apart() -> None:
    include = {"schemas": ["shop"], "tables": ["public.users"]}
    exclude = {"schemas": ["old"], "tables": ["public.log"], "extensions": ["postgis"]}
    scope = Scope.of(include, exclude)
    assert (scope.include_schemas, scope.include_tables) == (("shop",), (TableName("public", "users"),))
    assert (scope.exclude_schemas, scope.exclude_tables) == (("old",), (TableName("public", "log"),))
    assert scope.named == {
        "schemas": ["shop", "old"],
        "tables": ["public.users", "public.log"],
        "extensions": ["postgis"],
    }


def test_nothing_named_is_everything() -> None:
    assert Scope.of(None, None) == Scope.of({}, {"tables": None}) == Scope()
    assert LeftAside(("old",)).as_result() == {"schemas": ["old"], "tables": [], "extensions": []}
