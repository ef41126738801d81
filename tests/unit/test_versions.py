# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are older than what was tried are refused, all in one error; newer ones wait for a word."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import (
    NEWEST,
    OLDEST,
    VERSIONS,
    ended_before,
    majors_of,
    pairs,
    require_known,
    what_was_tried,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.binaries import SUPPORTED_MAJORS
from demo import installations
from demo.commands import PROJECT


def test_what_was_tried_goes_and_what_is_newer_waits_for_preflight() -> None:
    require_known(OLDEST)
    for major in (NEWEST, NEWEST + 1):
        require_known({Side.BLUE: major, Side.GREEN: major})


def test_what_is_older_is_named_each_with_what_that_side_may_be() -> None:
    blue, green = OLDEST[Side.BLUE], OLDEST[Side.GREEN]
    with pytest.raises(MigrationError) as error:
        require_known({Side.BLUE: blue - 1, Side.GREEN: green - 2})
    assert error.value.code == "BG007"
    assert error.value.what.split("; ") == [
        f"Blue is PostgreSQL {blue - 1}, and may be {blue} to {NEWEST}",
        f"Green is PostgreSQL {green - 2}, and may be {green} to {NEWEST}",
    ]


def test_green_is_never_older_in_a_pair_and_every_version_has_one() -> None:
    found = pairs()
    assert all(blue <= green for blue, green in found)
    assert {blue for blue, _green in found} == set(majors_of(Side.BLUE))
    assert {green for _blue, green in found} == set(majors_of(Side.GREEN))


def test_every_version_that_is_claimed_has_an_end_and_each_ends_after_the_one_before() -> None:
    assert list(VERSIONS)[-1] == NEWEST
    assert set(range(min(OLDEST.values()), NEWEST + 1)) <= set(VERSIONS)
    ends = [one.ends for one in VERSIONS.values()]
    assert all(timedelta(300) < later - earlier < timedelta(430) for earlier, later in pairwise(ends))


def test_every_version_that_is_claimed_has_a_server_for_tests_and_green_s_have_programs_too() -> None:
    assert {*majors_of(Side.BLUE), *majors_of(Side.GREEN)} <= set(installations.VERSIONS)
    assert set(majors_of(Side.GREEN)) == set(SUPPORTED_MAJORS)


def test_a_version_ends_after_its_last_day_and_an_unknown_one_never() -> None:
    assert ended_before(14, date(2026, 11, 12)) is None
    assert ended_before(14, date(2026, 11, 13)) == date(2026, 11, 12)
    assert ended_before(NEWEST + 1, date(2099, 1, 1)) is None


def test_what_users_read_first_names_the_versions_of_blue() -> None:
    for page in ("README.md", "plugins/doc_fragments/connection.py"):
        assert f"PostgreSQL {what_was_tried(Side.BLUE)}" in (PROJECT / page).read_text(encoding="utf-8"), page
