# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a phase's end adds to the journal, and what is never recorded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.phase_names import DONE, FAILED, PHASES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.secrets import masked
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import PHASE, SWITCH, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.phases import (
    begins_a_story,
    deserves_a_row,
    last_of_phase,
    require_not_ended,
    states_of_phases,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

_ENDS = st.lists(st.tuples(st.sampled_from(PHASES), st.sampled_from([DONE, FAILED])))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def _story(ends: list[tuple[str, str]]) -> list[Entry]:
    return [
        Entry(
            "orders", Side.BLUE, 0, PHASE, f"2026-01-01T00:00:{number:06d}Z", details={"phase": phase, "state": state}
        )
        for number, (phase, state) in enumerate(ends)
    ]


@given(_ENDS)
def test_the_newest_row_of_a_phase_is_the_one_that_counts(ends: list[tuple[str, str]]) -> None:
    states = states_of_phases(_story(ends))
    assert states == dict(ends)
    assert list(states) == [phase for phase in PHASES if phase in states]


@given(_ENDS, st.sampled_from(PHASES))
def test_a_success_that_did_nothing_is_recorded_once(ends: list[tuple[str, str]], phase: str) -> None:
    first = deserves_a_row(last_of_phase(_story(ends), phase), DONE, did_anything=False)
    assert first == (dict(ends).get(phase) != DONE)
    again = last_of_phase(_story([*ends, (phase, DONE)]), phase)
    assert not deserves_a_row(again, DONE, did_anything=False)


@given(_ENDS, st.sampled_from(PHASES))
def test_what_did_something_or_failed_is_always_recorded(ends: list[tuple[str, str]], phase: str) -> None:
    last = last_of_phase(_story(ends), phase)
    assert deserves_a_row(last, DONE, did_anything=True)
    assert deserves_a_row(last, FAILED, did_anything=False)


def test_the_name_of_a_migration_that_ended_is_not_used_again() -> None:
    require_not_ended(_story([("prepare", DONE), ("cleanup", FAILED)]), "orders")
    require_not_ended([], "orders")
    with pytest.raises(MigrationError, match=r"BG704: The name orders is used twice.* at 2026-01-01T00:00:000001Z"):
        require_not_ended(_story([("prepare", DONE), ("cleanup", DONE)]), "orders")


def test_only_a_preflight_that_passed_begins_a_story() -> None:
    begins = [(phase, state) for phase in PHASES for state in (DONE, FAILED) if begins_a_story(phase, state)]
    assert begins == [("prepare", DONE)]


def test_rows_of_other_events_are_no_phase() -> None:
    switch = Entry("orders", Side.BLUE, 1, SWITCH, "2026-01-01T00:00:00Z", details={"phase": "cutover", "state": DONE})
    assert last_of_phase([switch], "cutover") is None


@given(_JSON, st.lists(st.text(alphabet="abc", min_size=4), max_size=3))
def test_no_secret_is_left_anywhere(value: Any, secrets: list[str]) -> None:
    texts = _texts(masked(value, secrets))
    assert not [text for text in texts if any(secret in text for secret in secrets)]


@pytest.mark.parametrize("secret", ["a", "dun", "green", "done", "reen", "postgres"])
def test_a_secret_that_would_be_told_by_its_gaps_takes_nothing_with_it(secret: str) -> None:
    assert masked({"in_service": "green", "state": "done"}, [secret]) == {"in_service": "green", "state": "done"}


@given(_JSON)
def test_without_secrets_nothing_is_altered(value: Any) -> None:
    assert masked(value, []) == value
    assert masked(value, [""]) == value


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
