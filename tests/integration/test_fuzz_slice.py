# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice of `make fuzz`: the first set of parameters for every module, in check mode, on one pair."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures.migrations import PairFactory
from tests.fixtures.specs import MODULES
from tests.fuzz.recipes import RECIPES
from tests.fuzz.trial import Trial, standing
from tests.fuzz.workshop import Workshop


def test_the_first_set_of_every_module(pair: PairFactory, tmp_path: Path) -> None:
    made = pair()
    before = standing(made)
    with Workshop(tmp_path) as workshop:
        trials = [Trial(module, made, workshop) for module in MODULES]
        for trial in trials:
            trial.run_in_check_mode(1)
    assert [fault for trial in trials for fault in trial.faults] == []
    assert standing(made) == before


def test_every_module_has_a_recipe() -> None:
    assert sorted(RECIPES) == MODULES
