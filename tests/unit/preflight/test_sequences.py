# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sequence is near its end from nine tenths on, up or down, unless it begins again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.preflight.examples import codes, facts, sequence

_NEAR = ["BG198 blue"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"least": 0, "most": 1000, "last_value": 900}, _NEAR),
        ({"least": 0, "most": 1000, "last_value": 899}, []),
        ({"least": 0, "most": 1000, "last_value": 100, "step": -1}, _NEAR),
        ({"least": 0, "most": 1000, "last_value": 101, "step": -1}, []),
        ({"least": 0, "most": 1000, "last_value": None}, []),
        ({"least": 0, "most": 1000, "last_value": 1000, "cycles": True}, []),
        ({"least": 0, "most": 1000, "last_value": 10, "cycles": True}, []),
        ({"least": 7, "most": 7, "last_value": 7}, _NEAR),
    ],
)
def test_a_sequence_that_is_nearly_used_up_is_found(changes: dict[str, Any], found: list[str]) -> None:
    assert codes(facts({"sequences": (sequence(**changes),)})) == found


@pytest.mark.parametrize(
    ("changes", "used"),
    [
        ({"last_value": None}, 0.0),
        ({"least": 1000, "most": 2000, "last_value": 1500}, 0.5),
        ({"least": -2000, "most": -1000, "last_value": -1250, "step": -1}, 0.25),
        ({"least": 7, "most": 7, "last_value": 7}, 1.0),
    ],
)
def test_the_used_share_is_that_of_its_own_range(changes: dict[str, Any], used: float) -> None:
    assert sequence(**changes).used == used
