# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients on the side out of service: counted once, ended or not, and named once they had time to leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch.left_behind import (
    Clients,
    findings_about,
    together,
)

SHOP = Clients("app", "shop", "10.0.0.1", 3)


def test_two_looks_are_one_and_nobody_is_counted_twice() -> None:
    batch = Clients("app", "batch", "10.0.0.2", 5, ended=5)
    first, later = [replace(SHOP, ended=3), batch], [replace(SHOP, sessions=2, ended=1)]
    assert together(first, later) == [
        replace(SHOP, sessions=5, ended=4),  # the three that were ended, and two that came back
        batch,
    ]
    assert together([SHOP], [replace(SHOP, sessions=2)]) == [replace(SHOP, sessions=2)], "one of the three has left"
    assert together([], [SHOP, replace(batch, sessions=9)])[0].sessions == 9
    assert together([replace(SHOP, address=None)], [SHOP]) == [replace(SHOP, address=None), SHOP]


@pytest.mark.parametrize(("seconds", "told"), [(None, True), (29.9, False), (30.0, True), (31.0, True)])
def test_who_has_had_time_to_leave_is_told(seconds: float | None, told: bool) -> None:
    found = findings_about([SHOP], Side.BLUE, seconds)
    assert bool(found) is told
    assert findings_about([], Side.BLUE, seconds) == []
    if found:
        assert (found[0].code, found[0].side) == ("BG615", "blue")
        assert found[0].objects == ("3 of app (shop) from 10.0.0.1",)


def test_a_finding_says_since_when() -> None:
    assert findings_about([SHOP], Side.BLUE, 40.4)[0].what.endswith("40 s after the switch")
    assert findings_about([SHOP], Side.BLUE, None)[0].what.endswith("since an unknown time")


@pytest.mark.parametrize(
    ("application", "address", "line"),
    [
        (None, None, "3 of app (an unknown application) from an unknown address"),
        ("", "10.0.0.1", "3 of app (no name) from 10.0.0.1"),
    ],
)
def test_what_our_role_may_not_see_is_unknown(application: str | None, address: str | None, line: str) -> None:
    assert replace(SHOP, application=application, address=address).as_line() == line
    assert SHOP.as_result()["ended"] == 0
