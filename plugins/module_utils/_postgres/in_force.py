# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a session got the settings that it asked for at its start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .._domain.capabilities import Capability
from .._domain.endpoint import Endpoint
from .._domain.errors import DatabaseError
from .._domain.session_settings import (
    ORIGIN,
    OURS,
    REPLICATION_ROLE,
    Origin,
    deviations,
    gates_would_not_be_heeded,
    known_to,
    not_in_force,
    pooler_in_between,
)
from .._domain.sides import Side
from .sql import session_settings as sql

_PERMISSION_DENIED = "42501"
_NOT_ON_THIS_PLATFORM = "22023"


class Session(Protocol):
    """What this file needs of a session; the session itself calls it at its start."""

    side: Side
    endpoint: Endpoint

    @property
    def major(self) -> int:
        """Return the server's major version."""

    @property
    def backend_pid(self) -> int:
        """Return the process id that the server told at the start."""

    def rows(self, statement: str, arguments: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Execute one statement and return its rows."""

    def run(self, statement: str) -> None:
        """Execute one statement for its effect."""


def require_in_force(session: Session, settings: Mapping[str, str]) -> None:
    """Check the settings in one round trip, and make sure that gates apply to our own sessions.

    :raises MigrationError: BG023, BG024 or BG259
    """
    wanted = {name: settings[name] for name in known_to(session.major, settings)}
    if settings is OURS:
        wanted[REPLICATION_ROLE] = ORIGIN
    rows = session.rows(sql.IN_FORCE, {"names": list(wanted)})
    if any(row["pid"] != session.backend_pid for row in rows):
        [server] = session.rows(sql.ITS_OWN_ADDRESS)
        raise pooler_in_between(session.side, session.endpoint.address, server["address"])
    found = {row["name"]: row["value"] for row in rows}
    strange = deviations(wanted, found)
    if REPLICATION_ROLE in strange:
        strange.remove(REPLICATION_ROLE)
        _heed_gates(session, found[REPLICATION_ROLE])
    if strange:
        raise not_in_force(session.side, strange, wanted, found, _origins(session, strange))


def end_what_nobody_waits_for(session: Session) -> None:
    """Let the server end a statement whose client has left, where it and its platform can detect that."""
    if not Capability.CONNECTION_CHECKS.of(session.major):
        return
    try:
        session.run(sql.END_WHAT_NOBODY_WAITS_FOR)
    except DatabaseError as error:
        if error.sqlstate != _NOT_ON_THIS_PLATFORM:
            raise


def _heed_gates(session: Session, value: str) -> None:
    try:
        session.run(sql.HEED_GATES)
    except DatabaseError as error:
        if error.sqlstate != _PERMISSION_DENIED:
            raise
        raise gates_would_not_be_heeded(session.side, value, _origins(session, [REPLICATION_ROLE])) from None


def _origins(session: Session, names: list[str]) -> list[Origin]:
    return [Origin(**row) for row in session.rows(sql.ORIGINS, {"names": names})]
