# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attacker's random numbers and the judgement of modules: a seed repeats, and no broken module counts as a
refusal."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.attack.attacker import GENERATORS
from tests.attack.attacks import Attack, Draw, Kind, Names, draw_attack
from tests.attack.journey import flaws

_NAMES = Names("mallory", "owner", "app", "migrator", "postgres", "shop", "attack", ("stall.goods", "stall.parts"))


def _draw(kind: Kind, seed: int) -> list[Attack]:
    draw = Draw(random.Random(seed), _NAMES)
    return [draw_attack(draw, GENERATORS[kind]) for _number in range(300)]


@pytest.mark.parametrize("kind", Kind)
def test_a_seed_repeats_its_attacks_and_another_one_does_not(kind: Kind) -> None:
    assert _draw(kind, 1) == _draw(kind, 1)
    assert _draw(kind, 1) != _draw(kind, 2)


@pytest.mark.parametrize("kind", Kind)
def test_every_attack_of_a_kind_is_drawn_and_no_row_is_claimed_twice(kind: Kind) -> None:
    drawn = _draw(kind, 3)
    tokens = [claim.token for attack in drawn for claim in attack.claims]
    assert len(tokens) == len(set(tokens)) > 50
    assert len({attack.name for attack in drawn}) > 15


@pytest.mark.parametrize(
    ("result", "flaw"),
    [
        ({"changed": True}, None),
        ({"failed": True, "code": "BG500", "msg": "BG500: No go."}, None),
        ({"failed": True, "msg": "something"}, "without a code"),
        ({"failed": True, "msg": "no result, exit status 1: Traceback (most recent call last)"}, "broke"),
        ({}, "broke"),
    ],
)
def test_success_and_a_coded_error_are_right_and_nothing_else(result: dict[str, Any], flaw: str | None) -> None:
    found = flaws("a phase", result)
    assert (found == []) if flaw is None else (flaw in found[0])
