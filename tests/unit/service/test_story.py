# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What journals say about a side out of service: which switch last opened it, and whether an archive is newer."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    ARCHIVED,
    DECOMMISSIONED,
    OPENED,
    Entry,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.story import (
    DROP,
    MIGRATIONS,
    REVOKE,
    UNDO_REVOKE,
    brought_with_the_opening,
    modes_of_decommission,
    newest_opening,
    proven_archive,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

BLUE, GREEN = Side.BLUE, Side.GREEN


def row(side: Side, event: str, epoch: int, target: Side, at: str = "") -> Entry:
    """Return a journal row."""
    return Entry("shop", side, epoch, event, at, target)


def test_the_newest_opening_of_a_side_is_told_by_its_own_journal() -> None:
    openings = [row(GREEN, OPENED, 3, GREEN), row(GREEN, OPENED, 1, GREEN), row(BLUE, OPENED, 2, BLUE)]
    assert newest_opening(openings, GREEN) is openings[0]
    assert newest_opening(openings, BLUE) is openings[2]
    assert newest_opening([row(BLUE, OPENED, 4, GREEN), row(GREEN, ARCHIVED, 5, GREEN)], GREEN) is None
    assert newest_opening([row(GREEN, OPENED, 4, BLUE)], GREEN) is None


def test_an_archive_proves_only_the_side_and_the_switch_that_it_is_of() -> None:
    rows = [row(GREEN, ARCHIVED, epoch, BLUE, str(at)) for at, epoch in enumerate((1, 1, 1, 3))]
    assert proven_archive(rows, BLUE, 1) is rows[2], "the newest counts"
    assert proven_archive(rows, BLUE, 2) is None
    assert proven_archive(rows, GREEN, 1) is None
    assert proven_archive([row(GREEN, OPENED, 1, BLUE)], BLUE, 1) is None


def test_a_side_was_decommissioned_at_that_switch_and_what_was_undone_is_undone() -> None:
    modes = [REVOKE, UNDO_REVOKE, DROP]
    rows = [replace(row(GREEN, DECOMMISSIONED, 1, BLUE), details={"mode": mode}) for mode in modes]
    assert [modes_of_decommission(rows[:end], BLUE, 1) for end in range(4)] == [set(), {REVOKE}, set(), {DROP}]
    assert modes_of_decommission(rows, GREEN, 1) == modes_of_decommission(rows, BLUE, 2) == set()
    assert modes_of_decommission([replace(rows[0], event=ARCHIVED)], BLUE, 1) == set()


def test_only_the_newest_opening_of_green_tells_what_came_with_it() -> None:
    opened = [replace(row(GREEN, OPENED, epoch, GREEN), details={MIGRATIONS: [epoch]}) for epoch in (3, 1)]
    of_blue = replace(row(BLUE, OPENED, 4, BLUE), details={MIGRATIONS: [9]})
    other = replace(row(GREEN, ARCHIVED, 5, GREEN), details={MIGRATIONS: [8]})
    assert brought_with_the_opening([*opened, of_blue, other]) == {3}
    assert brought_with_the_opening([of_blue, replace(opened[0], details={})]) == set()
