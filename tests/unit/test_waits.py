# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocking sessions are named, as far as our role may see them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.waits import Holder, in_words, way_out

ADA = Holder(7, "ada", "psql", "10.0.0.1", "idle in transaction", "10:00", "10:01", "public.users")


def test_nobody_is_accused_where_nobody_is_left() -> None:
    assert in_words([]) == "a lock; its holder is gone by now, or could not be determined"


def test_whoever_holds_it_is_named_with_what_can_be_seen_of_him() -> None:
    assert in_words([ADA]) == (
        "a lock on public.users, held by pid 7 (ada, psql, from 10.0.0.1, in a transaction since 10:00, last statement "
        "at 10:01, idle in transaction)"
    )
    hidden = replace(ADA, role=None, application=None, address=None, state=None, since=None, query_since=None)
    assert str(hidden) == (
        "pid 7 (unknown role, no application_name, from a local socket, in a transaction since unknown, last statement "
        "at unknown, state unknown)"
    )
    assert in_words([replace(ADA, pid=0, waits_for=None)]) == (
        "a lock on something, held by a prepared transaction (pg_prepared_xacts)"
    )


def test_what_is_held_is_told_by_the_first_who_holds_it() -> None:
    assert in_words([ADA, replace(ADA, waits_for="public.orders")]).startswith("a lock on public.users, held by")


@pytest.mark.parametrize(("count", "named", "more"), [(3, 3, ""), (4, 3, " and 1 more"), (7, 3, " and 4 more")])
def test_three_are_named_and_the_others_counted(count: int, named: int, more: str) -> None:
    text = in_words([replace(ADA, pid=number) for number in range(10, 10 + count)])
    assert text.startswith("a lock on public.users, held by pid 10")
    assert text.endswith(f"idle in transaction){more}")
    assert text.count("pid ") == named


def test_nobody_is_told_to_end_what_is_ours() -> None:
    ours = replace(ADA, ours=True)
    assert in_words([ours]).startswith("a lock on public.users, held by our own session pid 7")
    assert "Leave it alone" in way_out([ours])
    assert "pg_terminate_backend" not in way_out([ours])
    assert way_out([ADA]).startswith("Wait for the end of that transaction, or end it")
    assert way_out([]) == way_out([ADA])
    assert way_out([ours, ADA]).startswith("Wait for the end of the transaction that is not our own, or end it")
