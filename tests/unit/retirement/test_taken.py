# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What revokes have taken, even if one of their runs was killed at any step."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.taken import (
    Grant,
    Taken,
    account_of,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    DECOMMISSIONED,
    TAKEN,
    Entry,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.story import (
    DROP,
    REVOKE,
    UNDO_REVOKE,
    modes_of_decommission,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

PUBLIC, APP = Grant("0", "PUBLIC", grantable=False), Grant("17000", "app", grantable=True)


def row(event: str, epoch: int = 1, **details: object) -> Entry:
    return Entry("shop", Side.GREEN, epoch, event, "2026-05-01T00:00:00.000000Z", Side.BLUE, details=dict(details))


def taken(*grants: Grant, lent_to: tuple[str, ...] = ()) -> Entry:
    return row(TAKEN, **Taken(grants, lent_to).as_details())


def ended(mode: str) -> Entry:
    return row(DECOMMISSIONED, mode=mode)


def test_a_revoke_that_was_killed_and_done_again_has_taken_all_of_it() -> None:
    found = account_of([taken(PUBLIC, APP, lent_to=("9",)), taken(), ended(REVOKE)], Side.BLUE, 1)
    assert found is not None
    assert (set(found.taken.grants), found.taken.lent_to, found.given_back) == ({PUBLIC, APP}, ("9",), False)


def test_what_was_given_back_is_not_given_back_twice_and_may_be_taken_again() -> None:
    rows = [taken(PUBLIC, lent_to=("9",)), ended(REVOKE), ended(UNDO_REVOKE)]
    done, again = account_of(rows, Side.BLUE, 1), account_of([*rows, taken(APP)], Side.BLUE, 1)
    assert done is not None
    assert (done.taken, done.given_back) == (Taken(()), True)
    assert again is not None
    assert (again.taken, again.given_back) == (Taken((APP,)), False)
    assert account_of(rows, Side.BLUE, 2) is None, "another switch"
    later = account_of([row(TAKEN, epoch=2, **Taken((PUBLIC,)).as_details()), taken(APP)], Side.BLUE, 1)
    assert later is not None
    assert later.taken == Taken((APP,))
    assert account_of(rows, Side.GREEN, 1) is None


def test_a_side_is_what_it_was_before_the_revoke_and_never_undropped() -> None:
    assert modes_of_decommission([ended(REVOKE), ended(UNDO_REVOKE)], Side.BLUE, 1) == set()
    assert modes_of_decommission([ended(UNDO_REVOKE), ended(REVOKE)], Side.BLUE, 1) == {REVOKE}
    assert modes_of_decommission([ended(DROP), ended(UNDO_REVOKE)], Side.BLUE, 1) == {DROP}
