# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module with many sets of parameters, on its own real pair: `make fuzz`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fixtures.migrations import PairFactory
from tests.fixtures.specs import MODULES
from tests.fuzz.recipes import RECIPES
from tests.fuzz.trial import Trial
from tests.fuzz.workshop import Workshop

_SETS = int(os.environ.get("BLUEGREEN_FUZZ_SETS", "500"))


@pytest.mark.parametrize("module", MODULES)
def test_no_set_of_parameters_brings_a_module_to_its_knees(module: str, pair: PairFactory, tmp_path: Path) -> None:
    made = pair(alone=True)
    if RECIPES[module].flows:
        made.replicate()
    with Workshop(tmp_path) as workshop:
        trial = Trial(module, made, workshop)
        trial.run(_SETS)
    print(f"{module}: {_SETS} sets, {trial.refused} refused, slowest run {trial.slowest:.1f} s")
    assert not trial.faults, "\n\n".join(trial.faults)
