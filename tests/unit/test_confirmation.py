# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many standbys a COMMIT waits for, and whether enough of them are there."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.confirmation import Confirmation


@pytest.mark.parametrize(
    ("names", "needed"),
    [
        ("", 0),
        (" ", 0),
        ("a", 1),
        ("*", 1),
        ("a, b", 1),
        ("FIRST 2 (a, b, c)", 2),
        ("any 3(a,b,c)", 3),
        ("2 (a, b)", 2),
    ],
)
def test_as_many_standbys_as_the_setting_says(names: str, needed: int) -> None:
    assert Confirmation(names, "on", ()).needed == needed


@pytest.mark.parametrize("level", ["off", "local"])
def test_a_commit_that_waits_for_nobody_lacks_nobody(level: str) -> None:
    assert not Confirmation("a", level, ()).is_missing


@pytest.mark.parametrize(
    ("names", "seen", "missing"),
    [
        ("a", (), True),
        ("a", ("async",), True),
        ("a", ("sync", "potential"), False),
        ("FIRST 2 (a, b)", ("sync", "async"), True),
        ("FIRST 2 (a, b)", ("sync", "sync"), False),
        ("ANY 2 (a, b, c)", ("quorum", "quorum"), False),
        ("ANY 2 (a, b, c)", ("quorum",), True),
    ],
)
def test_only_standbys_that_confirm_count(names: str, seen: tuple[str, ...], missing: bool) -> None:
    found = Confirmation(names, "on", seen)
    assert found.is_missing is missing
    assert f"'{names}'" in found.words


@pytest.mark.parametrize(
    ("seen", "words"), [((), "0 of them are"), (("sync",), "1 of them is"), (("sync", "sync"), "2 of them are")]
)
def test_it_is_said_how_many_are_there(seen: tuple[str, ...], words: str) -> None:
    assert Confirmation("FIRST 3 (a, b, c)", "on", seen).words.endswith(f"and {words} connected")
