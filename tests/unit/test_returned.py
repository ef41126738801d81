# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests find where a module's result is not as its RETURN says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.returned import untrue

_STEP = {"title": "create database shop on green", "milliseconds": 12.3, "changed": True}
_TRUE: dict[str, Any] = {
    "changed": True,
    "database": "shop",
    "exists": True,
    "encoding": "UTF8",
    "collate": "C",
    "ctype": "C",
    "provider": "c",
    "locale": None,
    "icu_rules": None,
    "owner": "shop_owner",
    "steps": [_STEP],
}


def _told(result: dict[str, Any], *, check: bool = False) -> list[str]:
    return [line.removeprefix("green_database: ") for line in untrue("green_database", result, check=check)]


def test_a_true_result_and_a_failure_are_left_alone() -> None:
    assert _told(_TRUE) == []
    assert _told({"failed": True, "msg": "BG230: …", "code": "BG230"}) == []


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("size", 1, "size is not documented"),
        ("database", None, "database is null, which its description does not say"),
        ("exists", 1, "exists is 1, and documented to be of type bool"),
        ("owner", True, "owner is True, and documented to be of type str"),
        ("steps", {}, "steps is {}, and documented to be of type list"),
        ("steps", ["fence"], "steps[0] is 'fence', and documented to be of type dict"),
        (
            "steps",
            [{**_STEP, "milliseconds": True}],
            "steps[0].milliseconds is True, and documented to be of type float",
        ),
        ("steps", [_STEP, {**_STEP, "name": "x"}], "steps[1].name is not documented"),
        ("steps", [{"title": "x", "milliseconds": 1}], "steps[0].changed is missing"),
    ],
)
def test_what_is_not_as_documented_is_named_with_its_place(key: str, value: Any, fault: str) -> None:
    assert _told({**_TRUE, key: value}) == [fault]


def test_a_key_that_is_missing_is_named() -> None:
    assert _told({key: value for key, value in _TRUE.items() if key != "owner"}) == ["owner is missing"]


def test_check_mode_is_a_condition_for_what_is_returned() -> None:
    caught_up: dict[str, Any] = {
        "changed": False,
        "caught_up": True,
        "seconds": 1.4,
        "first_copy": None,
        "progress": [],
    }
    assert untrue("replication_catchup", caught_up, check=False) == []
    found = untrue("replication_catchup", caught_up, check=True)
    assert "replication_catchup: lanes is missing" in found
    assert "replication_catchup: seconds is documented to be returned when not in check mode" in found
