# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who keeps a migration's journal: green from prepare on, blue from setup on."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import FENCED, PHASE, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.keepers import (
    is_told_in_full,
    keepers_of,
    untold,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

_BARE, _TOLD = GateFacts(), GateFacts(journal=True)
_GATED = GateFacts(journal=True, installed=True)
_BLUE, _GREEN = Side.BLUE, Side.GREEN


def _row(side: Side, phase: str, run: str, second: int = 0, event: str = PHASE) -> Entry:
    target = _GREEN if event == FENCED else None
    return Entry("shop", side, 0, event, f"2026-01-01T00:00:{second:02}Z", target, details={"phase": phase, "run": run})


def _situation(blue: GateFacts, green: GateFacts, *entries: Entry) -> Situation:
    return Situation({_BLUE: blue, _GREEN: green}, entries)


_PREPARED = _row(_GREEN, "prepare", "a")
_SET_UP = (_PREPARED, _row(_GREEN, "setup", "b", 1))


@pytest.mark.parametrize(
    ("blue", "green", "entries", "phase", "keepers"),
    [
        (_BARE, _TOLD, [_PREPARED], "prepare", [_GREEN]),
        (_TOLD, _TOLD, [_PREPARED], "setup", [_GREEN]),  # blue's is of an earlier migration, and setup failed early
        (_GATED, _TOLD, [_PREPARED], "prepare", [_GREEN]),
        (_GATED, _TOLD, [_PREPARED], "setup", [_BLUE, _GREEN]),
        (_TOLD, _TOLD, [_row(_BLUE, "prepare", "a")], "prepare", [_BLUE, _GREEN]),
        (_GATED, _BARE, [_row(_BLUE, "cleanup", "a")], "monitor", [_BLUE]),
    ],
)
def test_blue_keeps_a_journal_from_setup_on(
    blue: GateFacts, green: GateFacts, entries: list[Entry], phase: str, keepers: list[Side]
) -> None:
    assert keepers_of(_situation(blue, green, *entries), phase) == keepers


def test_a_side_that_does_not_answer_keeps_nothing() -> None:
    assert keepers_of(Situation({_GREEN: _GATED}, (_PREPARED,)), "setup") == [_GREEN]


def test_who_knows_no_phase_is_told_all_of_them_and_who_knows_some_only_the_one_that_is_missing() -> None:
    told = _situation(_GATED, _GATED, *_SET_UP)
    assert [row.details["run"] for row in untold(told, _BLUE, "setup")] == ["a", "b"]
    assert {row.side for row in untold(told, _BLUE, "setup")} == {_BLUE}
    assert untold(told, _GREEN, "setup") == []
    some = _situation(_GATED, _GATED, *_SET_UP, _row(_BLUE, "setup", "b", 1))
    assert untold(some, _BLUE, "setup") == []
    assert [row.details["run"] for row in untold(some, _BLUE, "prepare")] == ["a"]
    assert untold(some, _BLUE, "replicate") == []


@pytest.mark.parametrize(
    ("blue", "green", "entries", "whole"),
    [
        (_BARE, _TOLD, [_PREPARED], True),
        (_GATED, _GATED, _SET_UP, True),
        (_BARE, _BARE, [], False),
        (_GATED, _BARE, _SET_UP, False),
        (GateFacts(installed=True), _TOLD, _SET_UP, False),
        (_BARE, _TOLD, [*_SET_UP, _row(_BLUE, "", "c", 2, FENCED)], False),
    ],
)
def test_a_story_is_whole_unless_a_journal_is_missing_that_ought_to_be_there(
    blue: GateFacts, green: GateFacts, entries: list[Entry], whole: bool
) -> None:
    assert is_told_in_full(_situation(blue, green, *entries)) is whole


def test_a_story_of_one_side_is_not_whole() -> None:
    assert not is_told_in_full(Situation({_GREEN: _GATED}, _SET_UP))
