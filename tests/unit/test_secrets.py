# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret is replaced whole, and one that is too short to hide is left."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.secrets import (
    MASK,
    holds_credentials,
    maskable,
    masked,
)


@pytest.mark.parametrize("secrets", [["swordfish", "swordfish-2026"], ["swordfish-2026", "swordfish"]])
def test_of_two_secrets_that_begin_alike_nothing_of_the_longer_one_is_left(secrets: list[str]) -> None:
    assert masked("swordfish-2026, swordfish", secrets) == f"{MASK}, {MASK}"


@pytest.mark.parametrize(("secret", "hides"), [("xq7", False), ("xq7z", True), ("gree", False), ("ostgre", False)])
def test_a_secret_hides_from_four_characters_on_unless_a_word_of_ours_holds_it(secret: str, hides: bool) -> None:
    assert maskable(secret) is hides


@pytest.mark.parametrize(
    ("value", "holds"),
    [("postgresql://app:sesame@db/shop", True), ("host=db password=sesame", True), ("host=db", False), (7, False)],
)
def test_an_address_and_a_connection_string_may_each_hold_a_password(value: object, holds: bool) -> None:
    assert holds_credentials(value) is holds
