# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which side is in service after an emergency, after the end of one side, and after a side returned without its
fence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    DECOMMISSIONED,
    FENCED,
    OPENED,
    Entry,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.story import DROP, REVOKE
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

BLUE, GREEN = Side.BLUE, Side.GREEN
OPEN = GateFacts(journal=True, installed=True, exempt=True)
CLOSED = replace(OPEN, fenced=True, signpost=True)


def row(side: Side, event: str, epoch: int, target: Side, **details: Any) -> Entry:
    """Return a journal row; later epochs are later in time."""
    return Entry("shop", side, epoch, event, f"2026-01-01T00:00:{epoch:02}Z", target, details=details)


CUTOVER = (row(BLUE, FENCED, 1, GREEN), row(GREEN, OPENED, 1, GREEN))
ALONE = row(BLUE, OPENED, 2, BLUE, emergency=True)


def test_what_an_emergency_opened_serves_whatever_the_other_side_accepts() -> None:
    back = Situation({BLUE: OPEN, GREEN: OPEN}, (*CUTOVER, ALONE))
    assert (back.in_service, back.left_open, back.opened_alone) == (BLUE, GREEN, ALONE)
    assert back.contradiction() == (
        "green is back and open, although switch 2 opened blue without it: it is not in service, whatever it accepts"
    )
    fenced = Situation({BLUE: OPEN, GREEN: CLOSED}, (*CUTOVER, ALONE))
    assert (fenced.in_service, fenced.left_open) == (BLUE, None)
    assert Situation({BLUE: OPEN}, (*CUTOVER, ALONE)).left_open is None, "one that is away is not known to be open"


def test_no_emergency_leaves_nobody_open() -> None:
    assert Situation({BLUE: OPEN, GREEN: OPEN}, CUTOVER).left_open is None
    assert Situation({BLUE: OPEN, GREEN: OPEN}, (replace(ALONE, target=None),)).left_open is None


@pytest.mark.parametrize(
    ("gate", "entries", "serves"),
    [
        (OPEN, (ALONE,), BLUE),
        (CLOSED, (ALONE,), None),
        (OPEN, (replace(ALONE, details={}),), None),
        (OPEN, (), None),
        (OPEN, (replace(ALONE, details={}), row(BLUE, DECOMMISSIONED, 2, GREEN, mode=DROP)), BLUE),
        (OPEN, (replace(ALONE, details={}), row(BLUE, DECOMMISSIONED, 2, GREEN, mode=REVOKE)), None),
    ],
)
def test_a_side_alone_serves_only_where_the_other_was_given_up_or_dropped(
    gate: GateFacts, entries: tuple[Entry, ...], serves: Side | None
) -> None:
    assert Situation({BLUE: gate}, entries).in_service is serves


def test_which_of_two_sides_serves_alone_does_not_depend_on_their_order() -> None:
    dropped = (*CUTOVER, row(GREEN, DECOMMISSIONED, 1, BLUE, mode=DROP))
    assert Situation({GREEN: OPEN}, dropped).in_service is GREEN
    assert Situation({}, dropped).in_service is None


def test_nothing_is_pending_where_a_side_is_open_or_could_not_be_read() -> None:
    begun = CUTOVER[:1]
    assert Situation({BLUE: CLOSED, GREEN: CLOSED}, begun).pending is not None
    for gates in ({BLUE: CLOSED}, {GREEN: CLOSED}, {BLUE: CLOSED, GREEN: OPEN}, {BLUE: OPEN, GREEN: CLOSED}, {}):
        assert Situation(gates, begun).pending is None


@pytest.mark.parametrize(
    ("details", "timelines", "why"),
    [
        ({}, {BLUE: 2}, "it was restored, or promoted without the fence"),
        ({"other_timeline": 1}, {}, "it was restored, or promoted without the fence"),
        ({"other_timeline": 1}, {BLUE: 1}, "it was restored from before the fence (timeline 1, as it was then)"),
        (
            {"other_timeline": 1},
            {BLUE: 2},
            "a standby was promoted without the fence (timeline 2, it was 1 at the switch)",
        ),
    ],
)
def test_why_a_side_knows_nothing_of_its_fence_is_told_by_timelines(
    details: dict[str, Any], timelines: dict[Side, int | None], why: str
) -> None:
    torn = Situation({BLUE: OPEN, GREEN: OPEN}, (row(GREEN, OPENED, 1, GREEN, **details),), timelines)
    assert torn.contradiction() == f"blue knows nothing of switch 1, which opened green: {why}"
    assert torn.switched


def test_a_fence_of_another_switch_is_not_this_ones() -> None:
    newer = row(GREEN, OPENED, 3, GREEN)
    torn = Situation({BLUE: OPEN, GREEN: OPEN}, (*CUTOVER, newer))
    assert "blue knows nothing of switch 3" in str(torn.contradiction())
    whole = Situation({BLUE: CLOSED, GREEN: OPEN}, (*CUTOVER, row(BLUE, FENCED, 3, GREEN), newer))
    assert whole.contradiction() is None


def test_a_side_whose_journal_was_not_read_lacks_no_fence() -> None:
    opened = (row(GREEN, OPENED, 1, GREEN),)
    assert Situation({GREEN: OPEN}, opened).contradiction() is None
    assert Situation({BLUE: GateFacts(), GREEN: OPEN}, opened).contradiction() is None
    assert not Situation({BLUE: GateFacts(), GREEN: OPEN}, opened).switched
    assert not Situation({BLUE: OPEN, GREEN: OPEN}, (ALONE,)).switched, "an emergency needs no fence"


@pytest.mark.parametrize(
    ("opening", "disagree"),
    [
        (None, "blue is open although the journal says it was fenced by switch 3"),
        (row(BLUE, OPENED, 4, BLUE), None),
        (row(BLUE, OPENED, 2, BLUE), "blue is open although the journal says it was fenced by switch 3"),
        (row(BLUE, FENCED, 4, BLUE), "green is open although the journal says it was fenced by switch 4"),
    ],
)
def test_only_a_later_opening_of_the_same_side_explains_that_it_is_open(
    opening: Entry | None, disagree: str | None
) -> None:
    entries = (row(BLUE, FENCED, 3, GREEN), *((opening,) if opening else ()))
    assert Situation({BLUE: OPEN, GREEN: replace(OPEN, journal=False)}, entries).contradiction() == disagree


def test_what_was_opened_and_is_fenced_contradicts_its_journal_and_what_is_away_does_not() -> None:
    assert Situation({BLUE: CLOSED, GREEN: CLOSED}, CUTOVER).contradiction() == (
        "green is fenced although the journal says switch 1 opened it"
    )
    assert Situation({BLUE: CLOSED, GREEN: CLOSED}, CUTOVER[:1]).contradiction() is None
    assert Situation({BLUE: CLOSED}, CUTOVER).contradiction() is None
    later = (*CUTOVER, row(GREEN, FENCED, 2, BLUE))
    assert Situation({BLUE: CLOSED, GREEN: CLOSED}, later).contradiction() is None, "another switch has fenced it since"


def test_the_next_switch_has_the_next_number() -> None:
    assert Situation({}, ()).next_epoch == 1
    assert Situation({}, CUTOVER).next_epoch == 2


def test_the_result_tells_who_serves_what_is_pending_and_what_disagrees() -> None:
    serving = Situation({BLUE: CLOSED, GREEN: OPEN}, CUTOVER).as_result()
    assert (serving["in_service"], serving["pending_target"], serving["switched"]) == ("green", None, True)
    assert serving["contradiction"] is None
    assert serving["gates"] == {"blue": CLOSED.as_result(), "green": OPEN.as_result()}
    half = Situation({BLUE: CLOSED, GREEN: CLOSED}, CUTOVER[:1]).as_result()
    assert (half["in_service"], half["pending_target"]) == (None, "green")
