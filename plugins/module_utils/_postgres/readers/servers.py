# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions on the servers that readers use, and what these say of themselves."""

from __future__ import annotations

from ..._domain.clock import Deadline
from ..._domain.endpoint import Endpoint
from ..._domain.errors import MigrationError
from ..._domain.readers.servers import COMPARED, Place, Server
from ..session import Session
from ..sides import Sides
from ..sql.readers import server as sql

_SECONDS = 10.0
_OF_A_PLACE = ("host", "hostaddr", "port", "target_session_attrs", "load_balance_hosts")


class ReadServers:
    """One session on each server, opened when it is first needed and again after it broke."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._sessions: dict[Place, Session] = {}

    def session(self, place: Place, deadline: Deadline) -> Session:
        """Return the session there; every statement ends with ``deadline``."""
        session = self._sessions.get(place)
        if session is None or session.closed:
            session = Session(self._endpoint(place), f"bluegreen {self._sides.migration} readers"[:63], deadline)
            self._sessions[place] = session
        session.wait_until(deadline)
        return session

    def close(self) -> None:
        """Close all of them."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def read(self, place: Place) -> Server:
        """Return what the server says of itself, or why that is of no use."""
        deadline = Deadline(_SECONDS, f"Reading {place.name}")
        try:
            session = self.session(place, deadline)
            [facts] = session.rows(sql.FACTS)
            found = {row["name"]: int(row["setting"]) for row in session.rows(sql.SETTINGS, {"names": list(COMPARED)})}
            problem = self._problem(place, bool(facts["recovering"]), facts["system"])
        except MigrationError as error:
            return Server(place, error.what)
        behind = None if facts["behind"] is None else round(float(facts["behind"]), 3)
        return Server(place, problem, behind, found)

    def _problem(self, place: Place, recovering: bool, system: str) -> str:
        if not place.is_standby:
            return ""
        [primary] = self._sides.session(place.side).rows(sql.FACTS)
        if primary["system"] != system:
            return f"it is no copy of {place.side}"
        return "" if recovering else "it is no standby, but a primary"

    def _endpoint(self, place: Place) -> Endpoint:
        side = self._sides.place(place.side)
        if not place.is_standby:
            return side
        keywords = {name: value for name, value in side.keywords.items() if name not in _OF_A_PLACE}
        there = {"host": place.host, **({"port": place.port} if place.port else {})}
        return Endpoint(place.side, {**keywords, **there}, {**keywords, **there})
