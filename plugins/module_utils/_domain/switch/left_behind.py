# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that are still connected to the side out of service: they can read there, but only outdated rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..findings import WARNS, Finding
from ..sides import Side

# Poolers need a moment to close their connections; sessions after that have stayed, or have returned.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Clients:
    """Sessions of one role, application and address; we ended ``ended`` of them.

    ``application`` and ``address`` are ``None`` if our role may not see them.
    """

    role: str
    application: str | None
    address: str | None
    sessions: int
    ended: int = 0

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return asdict(self)

    def as_line(self) -> str:
        """Return it as words."""
        application = "an unknown application" if self.application is None else self.application or "no name"
        return f"{self.sessions} of {self.role} ({application}) from {self.address or 'an unknown address'}"


def together(first: Iterable[Clients], later: Iterable[Clients]) -> list[Clients]:
    """Return both readings as one, the most sessions first; sessions that the first did not end are in the later
    one."""
    found = {(one.role, one.application, one.address): one for one in first}
    for one in later:
        key = (one.role, one.application, one.address)
        ended = found[key].ended if key in found else 0
        found[key] = replace(one, sessions=ended + one.sessions, ended=ended + one.ended)
    return sorted(found.values(), key=lambda one: -one.sessions)


def findings_about(clients: Iterable[Clients], old: Side, seconds: float | None) -> list[Finding]:
    """Return a finding for clients that are still on ``old`` although it has been out of service for long enough.

    :param seconds: since a switch fenced ``old``, ``None`` if unknown
    """
    groups = tuple(one.as_line() for one in clients)
    if not groups or (seconds is not None and seconds < PATIENCE_SECONDS):
        return []
    since = f"{seconds:.0f} s after the switch" if seconds is not None else "since an unknown time"
    return [
        Finding(
            "BG615",
            WARNS,
            str(old),
            f"Clients are connected to the side out of service, {since}",
            "Correct their connection strings or routes, or stop them; the next switch ends their sessions again",
            groups,
        )
    ]
