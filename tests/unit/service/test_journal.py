# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal as one story of both sides: what is told once, what counts as the newest, and what is not shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    FENCED,
    GATES,
    OPENED,
    PHASE,
    SCRIPTS,
    WITHDRAWN,
    Entry,
    PendingSwitch,
    last_epoch,
    last_fence,
    merged,
    newest_opened,
    pending_switch,
    with_what_was_kept,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

BLUE, GREEN = Side.BLUE, Side.GREEN


def row(side: Side, event: str, epoch: int, at: str = "", target: Side | None = None, **details: Any) -> Entry:
    """Return a journal row."""
    return Entry("shop", side, epoch, event, at, target, details=details)


FENCE, OPENING = row(BLUE, FENCED, 1, "1", GREEN), row(GREEN, OPENED, 1, "2", GREEN)


def test_a_row_is_shown_without_what_only_the_opening_needs() -> None:
    shown = replace(FENCE, lsn="0/5", by_role="ada", details={SCRIPTS: {}, GATES: [], "step": "x"}).as_result()
    assert shown == {
        "side": "blue",
        "epoch": 1,
        "event": FENCED,
        "target": "green",
        "lsn": "0/5",
        "at": "1",
        "by_role": "ada",
        "details": {"step": "x"},
    }
    assert row(BLUE, PHASE, 0).as_result()["target"] is None


def test_only_an_opening_that_says_so_was_an_emergency() -> None:
    assert replace(OPENING, details={"emergency": True}).in_emergency
    assert not OPENING.in_emergency
    assert not replace(FENCE, details={"emergency": True}).in_emergency


def test_the_newest_fence_that_was_not_withdrawn_counts() -> None:
    assert (last_fence([]), last_epoch([]), newest_opened([])) == (None, 0, None)
    later = replace(FENCE, epoch=3)
    assert last_fence([later, FENCE, OPENING]) is later
    assert last_fence([later, FENCE, row(BLUE, WITHDRAWN, 3)]) is FENCE
    assert last_fence([replace(OPENING, epoch=4), FENCE]) is FENCE
    assert last_epoch([later, FENCE, OPENING]) == 3
    assert newest_opened([replace(OPENING, epoch=2), OPENING, later]) == replace(OPENING, epoch=2)


@pytest.mark.parametrize(
    ("entries", "epoch"),
    [
        ([], None),
        ([FENCE], 1),
        ([FENCE, OPENING], None),
        ([FENCE, replace(OPENING, epoch=2)], 1),
        ([FENCE, replace(OPENING, event=PHASE)], 1),
        ([replace(FENCE, target=None)], None),
        ([FENCE, OPENING, replace(FENCE, epoch=2)], 2),
    ],
)
def test_a_switch_is_pending_until_its_own_opening(entries: list[Entry], epoch: int | None) -> None:
    pending = pending_switch(entries)
    assert (pending.epoch if pending else None) == epoch
    assert pending is None or (pending.target, pending.details) == (GREEN, FENCE.details)


def test_a_row_that_both_sides_have_is_told_once_by_time() -> None:
    on_blue, on_green = (row(side, PHASE, 0, "3", run="r", phase="sync") for side in Side)
    other = row(BLUE, PHASE, 0, "0", run="q")
    assert merged([on_green, OPENING, FENCE, on_blue, other]) == [other, FENCE, OPENING, on_green]
    assert merged([FENCE, FENCE]) == [FENCE], "without a run it is the place and the time that tell"
    assert len(merged([FENCE, replace(FENCE, at="9"), replace(FENCE, side=GREEN), replace(FENCE, epoch=2)])) == 4
    assert len(merged([on_blue, replace(on_green, event=FENCED)])) == 2
    assert merged([replace(FENCE, epoch=2), FENCE]) == [FENCE, replace(FENCE, epoch=2)], "then by the switch's number"


def test_what_was_kept_fills_a_story_of_the_same_migration_only() -> None:
    kept = [one.as_result() for one in (row(BLUE, PHASE, 0, "0", run="a"), FENCE)]
    told = [one.as_result() for one in (row(GREEN, PHASE, 0, "0", run="a"), OPENING)]
    whole = with_what_was_kept(told, kept)
    assert [(one["event"], one["side"]) for one in whole] == [(PHASE, "blue"), (FENCED, "blue"), (OPENED, "green")]
    assert with_what_was_kept(told[1:], kept) == [], "no row in common: another migration"
    assert with_what_was_kept([], kept) == []
    same = [replace(FENCE, epoch=2, details={"run": "b"}).as_result(), FENCE.as_result()]
    assert [one["epoch"] for one in with_what_was_kept(same, kept)] == [0, 1, 2], "at one time the earlier switch first"


def test_a_pending_switch_is_the_same_whatever_its_fence_keeps() -> None:
    assert PendingSwitch(1, GREEN, {"step": "x"}) == PendingSwitch(1, GREEN)
    assert PendingSwitch(1, GREEN) != PendingSwitch(2, GREEN)
