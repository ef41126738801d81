# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sessions block one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NAMED = 3


@dataclass(frozen=True)
class Holder:
    """A session that blocks one of ours; attributes that our role may not see are ``None``.

    ``waits_for``: what it holds. ``ours``: it is one of ours itself, such as the first copy's.
    """

    pid: int
    role: str | None
    application: str | None
    address: str | None
    state: str | None
    since: str | None
    query_since: str | None
    waits_for: str | None
    ours: bool = False

    def __str__(self) -> str:
        if self.pid == 0:
            return "a prepared transaction (pg_prepared_xacts)"
        whose = "our own session " if self.ours else ""
        return (
            f"{whose}pid {self.pid} ({self.role or 'unknown role'}, {self.application or 'no application_name'}, from "
            f"{self.address or 'a local socket'}, in a transaction since {self.since or 'unknown'}, last statement at "
            f"{self.query_since or 'unknown'}, {self.state or 'state unknown'})"
        )


def in_words(holders: Sequence[Holder]) -> str:
    """Return which session holds what, for a message."""
    if not holders:
        return "a lock; its holder is gone by now, or could not be determined"
    more = f" and {len(holders) - _NAMED} more" if len(holders) > _NAMED else ""
    what = holders[0].waits_for
    return f"a lock on {what or 'something'}, held by " + ", ".join(map(str, holders[:_NAMED])) + more


def way_out(holders: Sequence[Holder]) -> str:
    """Return what to do about sessions that block ours."""
    again = "then run the same command again"
    if holders and all(one.ours for one in holders):
        return f"Leave it alone: it is our own work, which ends by itself, and status shows how far it is; {again}"
    others = "that transaction" if not any(one.ours for one in holders) else "the transaction that is not our own"
    return f"Wait for the end of {others}, or end it (SELECT pg_terminate_backend(pid)), {again}"
