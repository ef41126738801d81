# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After an emergency nothing flows, and what is left to do is said with what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, WARNS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import OPENED, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.stopped import (
    echo,
    refusal,
    stopped_by,
    what_remains,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

ALONE = Entry("shop", Side.BLUE, 2, OPENED, "now", Side.BLUE, details={"emergency": True})
KEEP = "the module reconcile brings over what it took"
THEN = "Then run cleanup; a new attempt is a new migration, to an empty green"


def test_only_the_newest_opening_stops_the_links() -> None:
    cutover = replace(ALONE, side=Side.GREEN, epoch=1, target=Side.GREEN, details={})
    assert stopped_by([ALONE, cutover]) is ALONE
    assert stopped_by([ALONE, replace(cutover, epoch=3)]) is None
    assert stopped_by([]) is None


@pytest.mark.parametrize(
    ("details", "left_open", "fix"),
    [
        ({}, None, f"Keep green: {KEEP}. {THEN}"),
        ({"file": "loss.json"}, None, f"Keep green: {KEEP} (tables and times are in loss.json). {THEN}"),
        ({}, Side.GREEN, f"Run rollback, which fences green. Keep green: {KEEP}. {THEN}"),
    ],
)
def test_what_remains_names_the_file_and_a_side_without_its_fence(
    details: dict[str, str], left_open: Side | None, fix: str
) -> None:
    found = what_remains(replace(ALONE, details={**ALONE.details, **details}), left_open)
    assert (found.code, found.severity, found.side, found.fix) == ("BG556", WARNS, "blue", fix)
    assert found.what.startswith("switch 2, an emergency, opened blue without green; what green has may be older")
    assert what_remains(ALONE, None, BLOCKS).severity == BLOCKS
    assert what_remains(replace(ALONE, target=None), None).side == "blue", "the row stands on the side that it opened"


def test_a_lane_stays_stopped_and_one_that_would_echo_too() -> None:
    stopped, echoes = refusal(ALONE, "lane_1"), echo("lane_1", Side.GREEN)
    assert (stopped.code, stopped.stands) == ("BG555", "Nothing flows; blue is in service and untouched")
    assert stopped.what.startswith("lane_1 stays stopped: switch 2, an emergency, opened blue")
    assert (echoes.code, echoes.stands) == ("BG558", "Nothing flows into green, which is untouched")
