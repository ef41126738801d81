# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A side is dropped when nothing speaks against it, and each thing that does is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.decommission import (
    DecommissionFacts,
    changed_since,
    reasons_against,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

DAY = 86_400.0
LEFT = DecommissionFacts(
    side=Side.BLUE,
    database="shop",
    unproven=None,
    seconds=7 * DAY,
    archived=True,
    archive_problems=(),
    sessions=(),
    links=(),
)
ALONE = replace(LEFT, left_alone_by=4, only_copy="shop, the only copy")


def told(facts: DecommissionFacts, confirm: str = "shop") -> list[tuple[str, str]]:
    """Return code and words of each reason, where seven days have to pass."""
    return [(one.code, one.what) for one in reasons_against(facts, 7.0, confirm)]


def test_what_was_left_archived_and_confirmed_is_dropped() -> None:
    assert told(LEFT) == []


@pytest.mark.parametrize(
    ("changes", "code", "what"),
    [
        ({"unproven": "blue is in service"}, "BG811", "blue is in service"),
        ({"seconds": None}, "BG812", "no journal says when the last switch was"),
        ({"seconds": 7 * DAY - 1}, "BG812", "the last switch was 7.0 days ago, and 7 have to pass"),
        ({"seconds": 1.5 * DAY}, "BG812", "the last switch was 1.5 days ago, and 7 have to pass"),
        ({"archived": False}, "BG813", "the journal has no proven archive of it since the last switch"),
        ({"archive_problems": ("x is missing",)}, "BG814", "the archive is not what was proven"),
        ({"sessions": ("app", "batch")}, "BG815", "2 sessions are connected"),
        ({"links": ("slot s",)}, "BG817", "replication still uses it"),
    ],
)
def test_each_thing_that_speaks_against_it_is_named(changes: dict[str, Any], code: str, what: str) -> None:
    assert told(replace(LEFT, **changes)) == [(code, what)]


def test_days_are_counted_exactly_over_years() -> None:
    many = 1000.0
    for seconds, codes in ((many * DAY, []), (many * DAY - 1, ["BG812"])):
        assert [one.code for one in reasons_against(replace(LEFT, seconds=seconds), many, "shop")] == codes


@pytest.mark.parametrize(
    ("confirm", "what"),
    [("", "the database's name was not confirmed"), ("shops", "'shops' is not the database's name")],
)
def test_the_database_s_name_has_to_be_confirmed(confirm: str, what: str) -> None:
    assert told(LEFT, confirm) == [("BG816", what)]


def test_an_archive_that_would_be_the_only_copy_takes_other_words() -> None:
    assert told(ALONE, "shop, the only copy") == []
    [(code, what)] = told(ALONE, "shop")
    assert (code, what[:42]) == ("BG911", "switch 4 opened green without it, so that ")
    assert told(replace(ALONE, only_copy=None), "whatever") == [], "it is closed, not dropped"
    [(_code, lacking)] = told(replace(ALONE, archived=False), "shop, the only copy")
    assert lacking.endswith("it may hold rows that nobody else has: switch 4 opened the other side alone")


def test_what_differs_from_the_archive_is_named() -> None:
    assert changed_since(Side.BLUE, "/archives/shop", [], "Archive it again") == ()
    [reason] = changed_since(Side.BLUE, "/archives/shop", ["public.users"], "Archive it again")
    assert (reason.code, reason.objects) == ("BG910", ("public.users",))
