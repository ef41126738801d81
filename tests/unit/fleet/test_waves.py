# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves: who switches together, and whether the next wave may begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.waves import (
    NOT_BEGUN,
    Wave,
    wave_sizes,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.fleet import told

_HOSTS = [f"db{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("value", "sizes"),
    [
        ([1, 5, "25%"], [1, 5, "25%"]),
        ("1, 5, 25%", [1, 5, "25%"]),
        ('[1, "100%"]', [1, "100%"]),
        (3, [3]),
        ("3", [3]),
        (["100%"], ["100%"]),
    ],
)
def test_sizes_are_numbers_and_percentages(value: object, sizes: list[object]) -> None:
    assert wave_sizes(value) == sizes


@pytest.mark.parametrize("value", [0, "0", -1, "0%", "101%", "all", "", [], True, [1, None], {"a": 1}, 1.5, "1,,2"])
def test_anything_else_is_refused_in_words(value: object) -> None:
    with pytest.raises(ValueError, match="bluegreen_waves"):
        wave_sizes(value)


@given(st.sets(st.sampled_from(_HOSTS), min_size=1), st.sets(st.sampled_from(_HOSTS)), st.integers(0, 12))
def test_a_wave_begins_while_no_more_than_allowed_have_failed(begun: set[str], dead: set[str], allowed: int) -> None:
    living = [host for host in _HOSTS if host not in dead]
    wave = Wave([host for host in living if host not in begun][:2], living, sorted(begun))
    failed = begun & dead
    assert set(wave.failed) == failed, "one that failed before its switch is none of a wave's"
    assert set(wave.later) == set(living) - begun - set(wave.batch)
    if len(failed) <= allowed:
        wave.require_health(allowed)
        return
    with pytest.raises(MigrationError) as refused:
        wave.require_health(allowed)
    assert refused.value.code == "BG752"
    assert f"{len(failed)} of {len(begun)} migrations" in str(refused.value)


def test_a_refusal_names_some_of_many() -> None:
    with pytest.raises(MigrationError, match=r"\(db0, db1, db10, db11, db2, …\)"):
        Wave(["x"], ["x"], _HOSTS).require_health(0)
    with pytest.raises(MigrationError, match=r"\(db0, db1\)"):
        Wave(["x"], ["x"], _HOSTS[:2]).require_health(1)


def test_one_that_was_not_begun_is_told_in_the_last_lines() -> None:
    lines = told([{**NOT_BEGUN, "migration": "orders"}, {**NOT_BEGUN, "migration": "invoices"}])
    assert lines[0] == "orders: cutover was not begun"
    assert "invoices:   stands    as before: nothing was done here" in lines
