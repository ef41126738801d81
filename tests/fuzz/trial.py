# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries sets of parameters on a module, and reports what is wrong with its answers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.fixtures.migrations import Pair
from tests.fixtures.specs import spec_of
from tests.fuzz.recipes import RECIPES, base_of
from tests.fuzz.sets import parameter_sets
from tests.fuzz.values import PLANTED
from tests.fuzz.workshop import Outcome, Workshop

LIMIT_SECONDS = 60.0
_SHOWN = 1500
# What Ansible itself refuses before a module does anything.
_ANSIBLES_OWN = re.compile(
    r"Unsupported parameters|missing required arguments|is of type|unable to convert|value of .* must be one"
    r"|parameters are mutually exclusive|one of the following is required|(is|are) required|Elements value"
    r"|could not parse|must be one of|cannot be converted|sub parameter field"
)
_REFUSALS = ("BG070", "BG080", "BG081", "BG082", "BG083")
_SLOTS = "SELECT slot_name FROM pg_replication_slots WHERE database = current_database() ORDER BY 1"


@dataclass
class Trial:
    """One module tried with many sets on one pair; ``faults``: what was wrong, each with its set."""

    module: str
    pair: Pair
    workshop: Workshop
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    refused: int = 0

    def run(self, number: int) -> None:
        """Try so many sets in check mode, then for real; check mode and refusals must change nothing."""
        before = standing(self.pair)
        taken, refused = self.run_in_check_mode(number)
        for each in refused:
            self._try(each, check=False)
        if standing(self.pair) != before:
            self.faults.append(f"{self.module} changed a side in check mode, or although it refused its parameters")
        for each in taken[: RECIPES[self.module].real_runs]:
            self._try(each, check=False)

    def run_in_check_mode(self, number: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Try that many sets in check mode; return the accepted and the refused ones."""
        taken: list[dict[str, Any]] = []
        refused: list[dict[str, Any]] = []
        for each in drawn_sets(self.module, self.pair, number):
            (taken if self._try(each, check=True) else refused).append(each)
        self.refused = len(refused)
        return taken, refused

    @property
    def _passwords(self) -> list[str]:
        return [role.password for side in (self.pair.blue, self.pair.green) for role in side.roles.values()]

    def _try(self, parameters: dict[str, Any], *, check: bool) -> bool:
        """Run once; tell whether the parameters were taken."""
        leaves = RECIPES[self.module].leaves
        outcome = self.workshop.run(self.module, parameters, LIMIT_SECONDS, check=check, leaves=leaves)
        self.slowest = max(self.slowest, outcome.seconds)
        secrets = [
            PLANTED,
            *(role.password for side in (self.pair.blue, self.pair.green) for role in side.roles.values()),
        ]
        for fault in faults_of(outcome, secrets, leaves=leaves):
            shown = json.dumps(parameters)[:_SHOWN]
            self.faults.append(f"{fault} (check={check}) {shown} -> {(outcome.output + outcome.errors)[-_SHOWN:]}")
            print(f"{self.module}: {self.faults[-1]}", flush=True)
        return not is_refused(outcome.result)


def drawn_sets(module: str, pair: Pair, number: int) -> list[dict[str, Any]]:
    """Return sets of parameters, the same each time except for the pair's endpoints."""
    sets: list[dict[str, Any]] = []

    @settings(
        max_examples=number + 1,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(parameter_sets(spec_of(module), base_of(module, pair)))
    def draw(each: dict[str, Any]) -> None:
        sets.append(each)

    draw()
    return sets[1:]  # the first one is always the simplest


def is_refused(result: Any) -> bool:
    """Tell whether a module refused its parameters before it did anything."""
    if not isinstance(result, dict) or not result.get("failed"):
        return False
    return result["code"] in _REFUSALS if "code" in result else bool(_ANSIBLES_OWN.search(result["msg"]))


def faults_of(outcome: Outcome, secrets: list[str], *, leaves: bool) -> Iterator[str]:
    """Return what is wrong with how a run ended."""
    text = outcome.output + outcome.errors
    result = outcome.result
    if outcome.hung:
        yield f"hung for {LIMIT_SECONDS} s"
    elif not isinstance(result, dict):
        yield "no result"
    elif result.get("failed") and not (_explains(result) or is_refused(result)):
        yield "failed without a code, a place or an advice"
    if "Traceback" in text:
        yield "traceback"
    if outcome.errors.strip():
        yield "wrote to standard error"
    if outcome.left and not leaves:
        yield f"left {outcome.left} processes running"
    if any(secret in text for secret in secrets):
        yield "showed a secret"


def _explains(result: dict[str, Any]) -> bool:
    return bool(re.match(r"BG\d{3}: ", result["msg"])) and all(result.get(part) for part in ("code", "what", "todo"))


def standing(pair: Pair) -> str:
    """Return a digest of everything on both sides, rows included."""
    texts = [pair.dump(side, rows=True) + str(side.query(_SLOTS)) for side in (pair.blue, pair.green)]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
