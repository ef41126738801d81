# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sessions hold locks, and which wait for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch.in_flight import (
    LockHolder,
    by_session,
)

ADA = LockHolder(
    pid=7,
    granted=True,
    mode="RowExclusiveLock",
    role="ada",
    application="psql",
    address="10.0.0.1",
    since="10:00",
    relation="public.users",
)


def test_a_session_is_named_once_with_all_its_locks() -> None:
    waiting = replace(ADA, granted=False, relation="public.orders")
    assert by_session([ADA, waiting]) == (
        "pid 7 as ada (psql) from 10.0.0.1 since 10:00: RowExclusiveLock on public.orders, waited for; "
        "RowExclusiveLock on public.users"
    )


def test_what_our_role_may_not_see_is_left_out_or_unknown() -> None:
    hidden = replace(ADA, role=None, application=None, address=None, since=None)
    assert hidden.session == "pid 7 as an unknown role from a local socket"
    prepared = replace(ADA, pid=None)
    assert prepared.session == "a prepared transaction"
    assert by_session([replace(ADA, pid=1), prepared]).startswith("a prepared transaction: "), "it comes first"
    assert prepared.as_result()["pid"] is None


@pytest.mark.parametrize(("count", "more"), [(5, ""), (6, " and 1 more"), (8, " and 3 more")])
def test_five_sessions_are_named_and_the_others_counted(count: int, more: str) -> None:
    text = by_session(replace(ADA, pid=number) for number in range(count, 0, -1))
    assert text.startswith("pid 1 as ada")
    assert text.count("pid ") == 5
    assert text.endswith(f"on public.users{more}")
