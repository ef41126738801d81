# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots to archive, and databases in which an archive's restore is tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..._domain.capabilities import Capability
from ..._domain.errors import DatabaseError
from ..._domain.schema.green_database import DatabaseSettings
from ..schema.green_database import create_database
from ..session import Session
from ..sql.retirement import archive as sql

_NOT_ALLOWED = "42501"


@dataclass(frozen=True)
class Snapshot:
    """An exported snapshot: the name that pg_dump takes, its LSN, and the server's time (UTC)."""

    name: str
    lsn: str
    taken_at: str


@contextmanager
def exported_snapshot(session: Session) -> Iterator[Snapshot]:
    """Export a snapshot that lives as long as the block; the session reads in it."""
    session.run(sql.WITHOUT_LIMITS)
    with session.transaction(sql.BEGIN_SNAPSHOT):
        row = session.row(sql.EXPORT_SNAPSHOT)
        if row is None:
            raise LookupError("the server exported no snapshot")
        yield Snapshot(**row)


def read_subscriptions(session: Session) -> list[str]:
    """Return the subscriptions that may still bring rows to the session's database."""
    return [row["name"] for row in session.rows(sql.SUBSCRIPTIONS)]


def read_roles(session: Session) -> list[str]:
    """Return the names of the server's roles without predefined ones."""
    return [row["name"] for row in session.rows(sql.ROLES, {})]


def end_sessions_named(session: Session, application_name: str) -> None:
    """End the sessions of that name that a killed run of ours left in the session's database."""
    session.run(sql.END_SESSIONS_NAMED, {"name": application_name})


def create_roles(session: Session, names: Iterable[str]) -> None:
    """Create the roles that the server lacks, since policies name roles; none of them can log in."""
    there = set(read_roles(session))
    for name in names:
        if name not in there:
            session.run(sql.CREATE_ROLE, None, role=name)


def create_trial_database(session: Session, name: str, settings: DatabaseSettings) -> None:
    """Create a database of our own role like the archived one; in the locale C where the server lacks its locale."""
    settings = replace(settings, owner=str(session.value(sql.WHO)))
    try:
        create_database(session, name, settings)
    except DatabaseError as error:
        if error.sqlstate is None or error.sqlstate == _NOT_ALLOWED:
            raise
        plain = replace(settings, provider="c", collate="C", ctype="C", locale=None, icu_rules=None)
        create_database(session, name, plain)


def drop_trial_database(session: Session, name: str) -> None:
    """Drop the trial database, and end sessions that a killed run left."""
    if not Capability.DROP_WITH_FORCE.of(session.major):
        session.run(sql.END_SESSIONS_OF, {"name": name})
    session.run(sql.DROP_DATABASE, None, database=name)
