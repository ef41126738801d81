# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy of the schema left behind, and when it is still missing."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.not_copied import (
    still_missing,
    with_passwords,
)


@pytest.mark.parametrize("kind", ["publication", "subscription", "event trigger"])
def test_what_both_sides_show_is_asked_anew(kind: str) -> None:
    one, other = f"{kind} one", f"{kind} other"
    assert still_missing([one], [one, other], []) == (one, other)
    assert still_missing([one], [one], [one]) == ()
    assert still_missing([one], [], []) == ()


@pytest.mark.parametrize("kind", ["index", "operator", "rows of materialized view", "tablespace"])
def test_what_green_can_do_without_is_no_reason(kind: str) -> None:
    assert still_missing([f"{kind} one"], [f"{kind} one"], []) == ()


def test_what_cannot_be_seen_stays() -> None:
    left = ["role ada", "password of ada", "membership ada in staff", "setting app.key of the database"]
    assert still_missing(left, [], []) == tuple(sorted(left))


def test_a_password_is_remembered_and_nothing_else() -> None:
    recorded = {"password of ada": "hidden", "role ada": "no right"}
    assert with_passwords({"role bob": "no right"}, recorded) == {
        "password of ada": "hidden", "role bob": "no right",
    }  # fmt: skip
