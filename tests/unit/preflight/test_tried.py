# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight has tried: routes that could go wrong, a backup without a proof, and what is left for later."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.backup import Backup
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, WARNS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import examine
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.tried import (
    BackupWishes,
    Tried,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.window import Window
from tests.unit.preflight.examples import codes, facts
from tests.unit.preflight.faults import NOW, WAIVED, through


def test_a_route_that_leads_to_green_stops_and_one_that_is_followed_or_unknown_does_not() -> None:
    assert codes(through(BLOCKS, side=Side.GREEN, problems=())) == ["BG291 blue"]
    assert codes(through(BLOCKS, side=Side.GREEN, follows=True, problems=())) == []
    assert codes(through(BLOCKS, side=None, problems=())) == []


def test_a_problem_of_a_route_is_told_with_its_own_code_objects_and_way_out() -> None:
    [finding] = examine(through(WARNS))
    assert finding.as_line() == (
        "BG292 blue: A switch through this route could go wrong (BG604): it pools sessions (shop) (pool). "
        "pool transactions"
    )


def test_a_backup_is_missed_without_a_proof_and_without_a_reason_only() -> None:
    assert codes(facts(tried=Tried(NOW))) == ["BG294 blue"]
    assert codes(facts(tried=Tried(NOW, backup=BackupWishes(waived=" ")))) == ["BG294 blue"]
    assert codes(facts(tried=Tried(NOW, backup=WAIVED))) == []
    assert codes(facts(tried=Tried(NOW, backup=BackupWishes(Backup("the file", NOW - 60))))) == []
    for hours, found in ((23.9, []), (24.1, ["BG295 blue"])):
        proof = Backup("the file", NOW - hours * 3600)
        assert codes(facts(tried=Tried(NOW, backup=BackupWishes(proof)))) == found, "a day unless somebody says else"


@pytest.mark.parametrize(
    ("window", "says"),
    [
        (Window(NOW - 20, NOW + 10, "from A to B"), ""),
        (Window(NOW + 10, NOW + 20, "from A to B"), ""),
        (Window(NOW - 20, NOW, "from A to B"), ""),
        (Window(NOW - 20, NOW - 0.1, "from A to B"), "it is over (from A to B)"),
        (Window(NOW + 20, NOW + 10, "from A to B"), "it ends before it starts (from A to B)"),
        (Window(None, NOW + 10, "from A to B"), "start and end must be times in ISO 8601"),
        (Window(NOW + 10, None, "from A to B"), "start and end must be times in ISO 8601"),
    ],
)
def test_a_window_has_to_lie_ahead(window: Window, says: str) -> None:
    found = [one.what for one in examine(facts(tried=Tried(NOW, backup=WAIVED, window=window)))]
    assert found == ([f"No cutover could begin in the window: {says}"] if says else [])


def test_what_check_mode_and_an_empty_green_leave_out_is_told_apart() -> None:
    found = examine(facts(tried=Tried(NOW, backup=WAIVED, left=("a write",), later=("rows", "more rows"))))
    assert [f"{one.code} {one.side}" for one in found] == ["BG296 blue", "BG296 green"]
    assert found[1].what == "2 health checks have not been answered: green has no tables yet"
