# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backfill is distinguished from every other one, and reports its progress."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.copy.backfill import (
    Backfill,
    Progress,
    Recorded,
    Unfilled,
    not_finished,
    with_conditions,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

PHONES = Backfill(TableName("public", "users"), {"phone": "upper(phone)", "fax": "''"}, "phone IS NULL")


def test_another_table_expression_or_condition_is_another_backfill() -> None:
    others = [
        replace(PHONES, table=TableName("public", "people")),
        replace(PHONES, assignments={**PHONES.assignments, "phone": "lower(phone)"}),
        replace(PHONES, where="true"),
    ]
    assert len({one.key for one in (PHONES, *others)}) == 4
    turned = replace(PHONES, assignments=dict(reversed(list(PHONES.assignments.items()))))
    assert turned.key == PHONES.key, "the order of the assignments means nothing"
    assert PHONES.title == "fax, phone of public.users"


@pytest.mark.parametrize(
    ("rows", "paused", "line"),
    [
        (5000, "", "1,000 of about 5,000 rows, 900 written"),
        (1000, "", "1,000 of about 1,000 rows, 900 written"),
        (999, "", "1,000 rows, 900 written"),
        (-1, "the lag is 9 s", "1,000 rows, 900 written; the lag is 9 s"),
    ],
)
def test_its_line_says_how_far_it_is_and_why_it_waits(rows: int, paused: str, line: str) -> None:
    assert Progress(1000, 900).line(PHONES, rows, paused) == f"fax, phone of public.users: {line}"


def test_a_backfill_begins_with_no_row_looked_at_or_written() -> None:
    assert Progress().line(PHONES, -1, "") == "fax, phone of public.users: 0 rows, 0 written"


def test_a_key_is_the_users_data_and_not_told() -> None:
    assert Progress(3, 2, ("secret",)).as_result() == {"seen": 3, "written": 2, "finished": False}


def recorded(title: str, where: str, *, finished: bool) -> Recorded:
    """Return a backfill of the same table that a run has recorded."""
    return Recorded(PHONES.table, title, where, finished)


def test_only_what_has_no_condition_is_unfilled_because_it_has_not_ended() -> None:
    runs = [
        recorded("begun", "", finished=False),
        recorded("begun too", "", finished=False),
        recorded("ended", "", finished=True),
        recorded("asked", "phone IS NULL", finished=False),
        recorded("asked and ended", "phone IS NULL", finished=True),
    ]
    assert not_finished(runs) == [Unfilled("begun", "it has not ended"), Unfilled("begun too", "it has not ended")]
    assert not any(one.unknown for one in not_finished(runs))


def test_a_condition_is_asked_once_however_many_backfills_have_it() -> None:
    one, again = (recorded(title, "phone IS NULL", finished=True) for title in ("one", "again"))
    other = recorded("other", "fax IS NULL", finished=True)
    assert with_conditions([one, other, again, recorded("none", "", finished=True)]) == [again, other]
