# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases as domain types, and creating one like another."""

from __future__ import annotations

from dataclasses import asdict

from ..._domain.capabilities import Capability
from ..._domain.schema.green_database import DatabaseSettings
from ..session import Session
from ..sql.schema import green_database as sql


def read_settings(session: Session, name: str) -> DatabaseSettings | None:
    """Return the options that the database ``name`` of the session's server was created with, ``None`` if it does not
    exist."""
    row = session.row(sql.SETTINGS, {"name": name})
    return DatabaseSettings(**row) if row else None


def create_database(session: Session, name: str, settings: DatabaseSettings) -> None:
    """Create the database from a session in another database of the same server."""
    session.run(_creation(session, settings), asdict(settings), name=name, owner=settings.owner)


def text_of_creation(session: Session, name: str, settings: DatabaseSettings) -> str:
    """Return the statement by which :func:`create_database` would create it."""
    return session.text_of(_creation(session, settings), asdict(settings), name=name, owner=settings.owner)


def _creation(session: Session, settings: DatabaseSettings) -> str:
    if not Capability.LOCALE_PROVIDERS.of(session.major):
        return sql.CREATE
    return sql.CREATE + sql.PROVIDERS[settings.provider] + (sql.ICU_RULES if settings.icu_rules else "")


def give_database(session: Session, name: str, owner: str) -> None:
    """Make ``owner`` the owner of the database ``name``."""
    session.run(sql.GIVE, None, name=name, owner=owner)
