# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks of open transactions. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

_NAMED = 5


@dataclass(frozen=True)
class LockHolder:
    """A lock that a session holds, or waits for if it is not ``granted``.

    ``pid`` is ``None`` for a prepared transaction; role, application, address and ``since``, the start of its
    transaction, are ``None`` if our role may not see them.
    """

    pid: int | None
    granted: bool
    mode: str
    role: str | None
    application: str | None
    address: str | None
    since: str | None
    relation: str

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return asdict(self)

    @property
    def session(self) -> str:
        """Return whose it is, in words."""
        if self.pid is None:
            return "a prepared transaction"
        application = f" ({self.application})" if self.application else ""
        since = f" since {self.since}" if self.since else ""
        where = self.address or "a local socket"
        return f"pid {self.pid} as {self.role or 'an unknown role'}{application} from {where}{since}"

    @property
    def lock(self) -> str:
        """Return the lock in words."""
        return f"{self.mode} on {self.relation}" + ("" if self.granted else ", waited for")


def by_session(holders: Iterable[LockHolder]) -> str:
    """Return the sessions and their locks in words, the first five of them."""
    ordered = sorted(holders, key=lambda one: (one.pid or 0, one.lock))
    sessions = [
        f"{session}: {'; '.join(one.lock for one in locks)}"
        for session, locks in groupby(ordered, key=lambda one: one.session)
    ]
    more = f" and {len(sessions) - _NAMED} more" if len(sessions) > _NAMED else ""
    return "; ".join(sessions[:_NAMED]) + more
