# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locales and defaults: what is told of them, and the statement that mends each."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.locale_checks import (
    different_locale,
    drifted_collations,
    lost_defaults,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import facts, with_database


def test_the_collation_of_the_database_is_refreshed_with_it_and_any_other_alone() -> None:
    (found,) = drifted_collations(facts({"drifted_collations": ('"shop"', "public.german")}))
    assert set(found.objects) == {'"shop"', "public.german"}
    assert 'REINDEX DATABASE "shop"; ALTER DATABASE "shop" REFRESH COLLATION VERSION;' in found.fix
    assert 'REINDEX DATABASE "shop"; ALTER COLLATION public.german REFRESH VERSION;' in found.fix


@pytest.mark.parametrize(
    ("role", "name", "value", "told", "fix"),
    [
        ("", "search_path", "shop, public", "search_path", 'ALTER DATABASE "shop" SET search_path = shop, public;'),
        ("", "TimeZone", "UTC", "TimeZone", "ALTER DATABASE \"shop\" SET TimeZone = 'UTC';"),
        ("app", "TimeZone", "UTC", "app: TimeZone", "SET TimeZone = 'UTC';"),
        ("app", "DateStyle", "ISO, DMY", "app: DateStyle", "SET DateStyle = ISO, DMY;"),
    ],
)
def test_a_default_that_green_lacks_is_set_where_blue_has_it(
    role: str, name: str, value: str, told: str, fix: str
) -> None:
    blue = {"role_settings": {role: {name: value}}}
    for there in ({}, {role: {name: "other"}}, {"else": {name: value}}):
        (found,) = lost_defaults(facts(blue, {"role_settings": there}))
        assert (found.objects, fix in found.fix) == ((told,), True)
        assert ('ROLE "app" IN DATABASE "shop"' in found.fix) is bool(role)
    assert list(lost_defaults(facts(blue, blue))) == []


def test_neither_our_role_s_defaults_nor_the_signpost_are_lost() -> None:
    ours = {"migrator": {"TimeZone": "UTC"}, "": {"default_transaction_read_only": "on"}, "app": {"TimeZone": "UTC"}}
    (found,) = lost_defaults(facts({"role_settings": ours}))
    assert found.objects == ("app: TimeZone",)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"collate": "de_DE.UTF-8"}, "de_DE.UTF-8/C.UTF-8 (libc)"),
        ({"ctype": "de_DE.UTF-8"}, "C.UTF-8/de_DE.UTF-8 (libc)"),
        ({"provider": "i", "locale": "de"}, "de/C.UTF-8 (icu)"),
        ({"provider": "b", "locale": "C"}, "C/C.UTF-8 (builtin)"),
        ({"provider": "x"}, "C.UTF-8/C.UTF-8 (x)"),
    ],
)
def test_a_locale_is_its_order_its_classes_and_who_provides_it(change: dict[str, str], told: str) -> None:
    (found,) = different_locale(with_database(facts(), Side.GREEN, **change))
    assert found.what.startswith(f"The locale is {told}, blue's is C.UTF-8/C.UTF-8 (libc)")
    assert list(different_locale(facts())) == []
