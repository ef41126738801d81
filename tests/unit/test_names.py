# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lengths of our names, and which names a migration may have."""

from __future__ import annotations

import re

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import (
    early_slot,
    folder_name,
    link_name,
    require_name,
    slots_of,
    slug,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction


def test_a_slug_has_36_characters_at_most_and_is_cut_only_beyond() -> None:
    assert slug("a" * 36) == "a" * 36
    for name in ("a" * 37, "a" * 80):
        assert len(slug(name)) == 36
        assert slug(name).startswith("a" * 27 + "_")


def test_a_folder_has_100_characters_at_most_and_an_altered_name_has_a_digest_within_them() -> None:
    assert folder_name("a" * 100) == "a" * 100
    altered = folder_name("A" * 100)
    assert (len(altered), altered[:92]) == (100, "a" * 91 + "-")


def test_a_name_that_looks_as_if_it_had_a_digest_gets_one() -> None:
    assert slug("shop_0123abcd") != "shop_0123abcd"
    assert slug("shop_0123abc") == "shop_0123abc"


# Zero-width ones, joiners, a soft hyphen, other spaces than the space, fillers, a variation selector, a tag.
INVISIBLE = "\u200b\u200c\u200d\ufeff\u2060\u00ad\u00a0\u2009\u3000\u3164\u2800\ufe0f\U000e0061\u2028"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a" * 101, "is longer than 100 characters"),
        ("a\nb", "contains an invisible character"),
        *((f"a{mark}b", "contains an invisible character") for mark in INVISIBLE),
        ("a/b", "contains a slash"),
        ("a\\b", "contains a slash"),
        (".a", "begins with a dot or a dash"),
        ("-a", "begins with a dot or a dash"),
    ],
)
def test_a_name_that_is_no_plain_word_is_refused(name: str, fault: str) -> None:
    with pytest.raises(MigrationError) as caught:
        require_name(name)
    assert caught.value.code == "BG071"
    assert fault in caught.value.what
    assert len(caught.value.what) <= len(f'The name of the migration {fault}: ""') + 100


def test_an_invisible_character_is_told_by_its_number() -> None:
    with pytest.raises(MigrationError, match=r'"shop\\u200b-\\xa0x"'):
        require_name("shop\u200b-\u00a0x")
    require_name("Größe 数据库 🐘 e\u0301")


def test_slots_of_a_migration_are_those_of_its_lanes_and_the_early_ones() -> None:
    link = link_name("shop", Direction.REVERSE, 2)
    mine = [link, early_slot(link)]
    others = [
        f"{link}x",
        f"{link}_",
        f"x{link}",
        early_slot(early_slot(link)),
        link_name("shop2", Direction.REVERSE, 2),
    ]
    assert [name for name in [*mine, *others] if re.search(slots_of("shop"), name)] == mine


def test_no_name_is_refused_and_a_hundred_characters_are_not() -> None:
    require_name("a" * 100)
    with pytest.raises(MigrationError, match="BG001"):
        require_name("  ")
