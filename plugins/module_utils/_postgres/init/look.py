# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first look at a database, as facts; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..._domain.init.found import LeftBehind, Owner
from ..._domain.preflight.grants import Due
from ..session import Session
from ..sql.init import look as sql


@dataclass(frozen=True)
class Server:
    """The database of a session, and its server."""

    name: str
    owner: str
    version: str
    wal_level: str
    role: str
    row_security: bool
    standbys: bool

    @property
    def due(self) -> frozenset[Due]:
        """Return which grants are due here."""
        found = {Due.WITH_ROW_SECURITY: self.row_security, Due.WITH_STANDBYS: self.standbys}
        return frozenset({Due.ALWAYS, *(due for due, is_due in found.items() if is_due)})


@dataclass(frozen=True)
class Contents:
    """What blue's database holds: its owners, the roles named in it, who writes, and which tables cannot follow."""

    owners: tuple[Owner, ...]
    named: frozenset[str]
    writers: tuple[str, ...]
    left_behind: tuple[LeftBehind, ...]


def read_server(session: Session) -> Server:
    """Return what the database and its server are."""
    [row] = session.rows(sql.DATABASE, {})
    return Server(**row)


def read_contents(session: Session, migrator: str) -> Contents:
    """Return what the database holds, in one read-only snapshot."""
    ours = {"migrator": migrator}
    with session.transaction(sql.BEGIN):
        owners = tuple(Owner(**row) for row in session.rows(sql.OWNERS, ours))
        named = _names(session.rows(sql.NAMED)) - {migrator}
        writers = tuple(row["name"] for row in session.rows(sql.WRITERS, ours))
        left_behind = tuple(LeftBehind(**row) for row in session.rows(sql.LEFT_BEHIND, {}))
    return Contents(owners, named | {owner.name for owner in owners}, writers, left_behind)


def read_roles(session: Session) -> frozenset[str]:
    """Return the roles that a server has."""
    return _names(session.rows(sql.ROLES_THERE))


def _names(rows: Iterable[dict[str, str]]) -> frozenset[str]:
    return frozenset(row["name"] for row in rows)
