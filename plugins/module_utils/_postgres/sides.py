# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sides of one migration; each is connected to when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._domain.clock import Deadline
from .._domain.endpoint import Endpoint
from .._domain.errors import MigrationError
from .._domain.sides import Side
from .driver import parse_dsn
from .ours import require_ours
from .session import Session


class Sides:
    """Endpoints and sessions of blue and green."""

    def __init__(self, migration: str, blue: Endpoint, green: Endpoint) -> None:
        self.migration = migration
        self.endpoints = {Side.BLUE: blue, Side.GREEN: green}
        self._sessions: dict[Side, Session] = {}
        self._unjudged = set(Side)

    @classmethod
    def from_parameters(cls, migration: str, blue: Mapping[str, Any], green: Mapping[str, Any]) -> Sides:
        """Build it from the dicts of a module's parameters.

        :raises MigrationError: BG002 when one of them names no place, or its dsn is not valid
        """
        return cls(migration, _endpoint(Side.BLUE, blue), _endpoint(Side.GREEN, green))

    def fresh(self) -> Sides:
        """Return the same endpoints without a connection, for a process of its own."""
        return Sides(self.migration, self.endpoints[Side.BLUE], self.endpoints[Side.GREEN])

    def seeing(self, side: Side, session: Session) -> Sides:
        """Return the same sides with ``session`` as the one on ``side``, to see what its transaction has not
        committed."""
        other = Sides(self.migration, self.endpoints[Side.BLUE], self.endpoints[Side.GREEN])
        other._sessions = {side: session, side.other: self.session(side.other)}
        other._unjudged = set()
        return other

    def session(self, side: Side) -> Session:
        """Return the session on ``side``, opened at the first call and again after it broke."""
        session = self._sessions.get(side)
        if session is None or session.closed:
            session = self.connect(side, "session")
            self._sessions[side] = session
        return session

    def connect(self, side: Side, purpose: str, deadline: Deadline | None = None) -> Session:
        """Return a further session on ``side``; its purpose shows in pg_stat_activity.

        :raises MigrationError: BG138 when objects under our names there are not ours, which the first session checks
        """
        session = Session(self.endpoints[side], f"bluegreen {self.migration} {purpose}"[:63], deadline)
        if side in self._unjudged:
            try:
                require_ours(session)
            except BaseException:
                session.close()
                raise
            self._unjudged.remove(side)
        return session

    def place(self, side: Side) -> Endpoint:
        """Return how to reach ``side``: of several hosts the one that answered as primary, all while nobody asked."""
        session = self._sessions.get(side)
        return self.endpoints[side] if session is None else session.there

    def leave_strangers_alone(self) -> None:
        """Connect even where our names are taken, for preflight, which reports that and uses nothing under them."""
        self._unjudged.clear()

    @property
    def secrets(self) -> list[str]:
        """Return the values that must never be printed or stored."""
        return [secret for endpoint in self.endpoints.values() for secret in endpoint.secrets]

    @property
    def blue(self) -> Session:
        """Return the session on blue."""
        return self.session(Side.BLUE)

    @property
    def green(self) -> Session:
        """Return the session on green."""
        return self.session(Side.GREEN)

    def close(self) -> None:
        """Close every session."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()


def _endpoint(side: Side, parameters: Mapping[str, Any]) -> Endpoint:
    try:
        parsed = parse_dsn(parameters["dsn"]) if parameters.get("dsn") else {}
    except ValueError as error:
        raise MigrationError(
            "BG002",
            f"The dsn of {side} is {error}",
            "Nothing was changed",
            f"Write bluegreen_{side} as a dict of libpq keywords, or correct its dsn",
        ) from None
    return Endpoint.from_parameters(side, parameters, parsed)
