# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist before a cutover: facts win, a signature counts where only people know, unknown is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.backup import Backup, parse_time
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consumers.said import Consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.go_no_go.prerequisites import (
    Facts,
    checklist,
)

_NOW = 1_800_000_000.0
_BARE = Facts(
    now=_NOW,
    access={"blue": "", "green": ""},
    way_back=(),
    backup=None,
    backup_max_age_hours=24.0,
    backup_waived="",
    rehearsal={},
    window={},
    confirmed={},
    following=(),
    consumers=Consumers(()),
)


def _verdict(name: str, **facts: Any) -> bool | None:
    return {line.name: line.fulfilled for line in checklist(replace(_BARE, **facts))}[name]


def test_whatever_nobody_has_said_is_unknown() -> None:
    assert {line.name: line.fulfilled for line in checklist(_BARE)} == {
        "access": True,
        "backup": None,
        "rehearsal": None,
        "rollback": True,
        "consumers": True,
        "dashboards": None,
        "team": None,
        "window": None,
    }


@pytest.mark.parametrize(
    ("completed_at", "fulfilled"),
    [(_NOW - 3600, True), (_NOW - 25 * 3600, False), (_NOW + 3600, None), (_NOW + 10, True), (None, None)],
)
def test_a_backup_counts_by_its_age(completed_at: float | None, fulfilled: bool | None) -> None:
    assert _verdict("backup", backup=Backup("file", completed_at), backup_waived="no reason beats a proof") is fulfilled


@pytest.mark.parametrize(("reason", "fulfilled"), [("nightly dumps of the demo", True), ("  ", None)])
def test_a_backup_is_waived_with_a_reason_only(reason: str, fulfilled: bool | None) -> None:
    assert _verdict("backup", backup_waived=reason) is fulfilled


@pytest.mark.parametrize(
    ("word", "fulfilled"), [("Ada, 2026-05-01", True), ("Ada", None), (", 2026-05-01", None), ("yes", None)]
)
@pytest.mark.parametrize("name", ["dashboards", "team", "window", "rehearsal"])
def test_a_word_counts_when_it_is_signed(name: str, word: str, fulfilled: bool | None) -> None:
    assert _verdict(name, confirmed={name: word}) is fulfilled


def test_facts_win_over_words() -> None:
    signed = {"rehearsal": "Ada, 2026-05-01", "window": "Ada, 2026-05-01", "rollback": "Ada, 2026-05-01"}
    assert _verdict("rehearsal", confirmed=signed, rehearsal={"succeeded": False}) is False
    assert _verdict("rehearsal", rehearsal={"succeeded": True, "finished_at": "2026-05-01T00:00:00Z"}) is True
    assert _verdict("rollback", confirmed=signed, way_back=("the lane is disabled",)) is False
    assert _verdict("rollback", confirmed=signed, way_back=None) is None
    assert _verdict("window", confirmed=signed, window={"start": "2026-05-01", "end": "2026-05-02"}) is False


@pytest.mark.parametrize(
    ("start", "end", "fulfilled"),
    [
        ("2027-01-15T00:00:00Z", "2027-01-16T00:00:00+02:00", True),
        ("2027-01-15 08:00:01", "2027-01-16", False),
        ("tonight", "2027-01-16", None),
        ("2027-01-15", None, None),
    ],
)
def test_a_window_is_open_between_its_ends(start: str, end: str | None, fulfilled: bool | None) -> None:
    assert _verdict("window", window={"start": start, "end": end}) is fulfilled


def test_a_side_that_does_not_answer_is_named() -> None:
    [access, *_rest] = checklist(replace(_BARE, access={"blue": "", "green": "Green refused the password"}))
    assert access.as_line() == "access: no (connecting): green: Green refused the password"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2027-01-15T08:00:00Z", _NOW),
        ("2027-01-15 08:00:00", _NOW),
        ("2027-01-15T10:00:00+02:00", _NOW),
        ("1800000000", _NOW),
        (" 1800000000.0\n", _NOW),
        ("soon", None),
        ("", None),
        ("17", None),
    ],
)
def test_times(text: str, seconds: float | None) -> None:
    assert parse_time(text) == seconds


def _line(name: str, **facts: Any) -> str:
    return {line.name: line.as_line() for line in checklist(replace(_BARE, **facts))}[name]


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (24 * 3600.0, "yes (file): completed 24.0 hours ago"),
        (24 * 3600.0 + 360.0, "no (file): completed 24.1 hours ago, more than 24"),
        (0.0, "yes (file): completed 0.0 hours ago"),
        (-300.0, "yes (file): completed 0.0 hours ago"),
        (-300.5, "unknown (file): its time lies in the future"),
    ],
)
def test_the_age_of_a_backup_is_told_in_hours_and_clocks_may_differ_by_five_minutes(age: float, told: str) -> None:
    assert _line("backup", backup=Backup("file", _NOW - age)) == f"backup: {told}"


def test_hours_are_exact_over_a_long_time() -> None:
    old = _line("backup", backup=Backup("file", _NOW - 3600.0 * 10_000), backup_max_age_hours=20_000.0)
    assert old == "backup: yes (file): completed 10000.0 hours ago"


def test_a_proof_without_a_time_says_why() -> None:
    assert _line("backup", backup=Backup("file", None, "it is empty")) == "backup: unknown (file): it is empty"
    assert _line("backup", backup=Backup("file", None)).endswith("it did not say when it was completed")


@pytest.mark.parametrize("edge", [_NOW, _NOW - 60, _NOW + 60])
def test_both_ends_of_a_window_belong_to_it(edge: float) -> None:
    inside = {"start": str(min(edge, _NOW)), "end": str(max(edge, _NOW))}
    assert _verdict("window", window=inside) is True


def test_a_window_is_told_as_it_was_set_or_by_its_fault() -> None:
    days = {"start": "2027-01-15", "end": "2027-01-16"}
    assert _line("window", window=days).endswith(": from 2027-01-15 to 2027-01-16")
    assert _line("window", window={**days, "end": None}).endswith(": start and end must be times in ISO 8601")
    assert _line("window", window={**days, "end": "2027-01-15"}).endswith(": from 2027-01-15 to 2027-01-15")
    backwards = _line("window", window={"start": "2027-01-16", "end": "2027-01-15"})
    assert backwards.endswith(": it ends before it starts (from 2027-01-16 to 2027-01-15)")


def test_a_rehearsal_and_the_link_back_say_how_they_went() -> None:
    assert _line("rehearsal", rehearsal={"succeeded": True}) == (
        "rehearsal: yes (rehearsal.json): succeeded: at an unknown time"
    )
    assert _line("rehearsal", rehearsal={"succeeded": True, "finished_at": "noon"}).endswith("succeeded: noon")
    assert _line("rollback") == "rollback: yes (the way back): it works, or is prepared"
    assert _line("rollback", way_back=("l has no slot", "m is off")) == (
        "rollback: no (the way back): l has no slot; m is off"
    )


def test_a_word_without_a_date_is_told_from_no_word_at_all() -> None:
    assert _line("team", confirmed={"team": "Ada"}) == (
        "team: unknown (a signed confirmation): 'Ada' lacks a name or a date; "
        'set bluegreen_confirmed: {team: "name, YYYY-MM-DD"}; does everybody know, and is somebody on call?'
    )
    assert _line("team").startswith("team: unknown (nothing): set bluegreen_confirmed: {team:")
