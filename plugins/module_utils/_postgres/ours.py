# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our names on a server: an object under one of them is ours by owner and definition, or it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .._domain.names import links_of, slots_of
from .._domain.ours import Stranger, not_ours
from .session import DatabaseError, Session
from .sql import ours as sql

_TAKEN = ("42P06", "23505")
_MISSING = "3F000"


def read_strangers(session: Session) -> tuple[Stranger, ...]:
    """Return whatever is not ours in our schema, the schema itself included, and among the guard's event triggers."""
    return _graver_first(session.rows(sql.STRANGERS))


def read_strange_links(session: Session, migration: str) -> tuple[Stranger, ...]:
    """Return the publications, subscriptions and slots under the migration's names that are not ours."""
    return _graver_first(session.rows(sql.STRANGE_LINKS, {"names": links_of(migration), "slots": slots_of(migration)}))


def _graver_first(rows: list[dict[str, Any]]) -> tuple[Stranger, ...]:
    return tuple(sorted((Stranger(**row) for row in rows), key=lambda one: (bool(one.privilege), bool(one.hung))))


def require_ours(session: Session) -> None:
    """Refuse a schema of our name that is not ours, or that others can change.

    :raises MigrationError: BG138 naming the owner
    """
    _require_none(session, read_strangers(session))


def require_own_links(session: Session, migration: str) -> None:
    """Refuse publications, subscriptions and slots under the migration's names that are not ours.

    :raises MigrationError: BG138 naming their owners
    """
    _require_none(session, read_strange_links(session, migration))


def _require_none(session: Session, strangers: tuple[Stranger, ...]) -> None:
    if strangers:
        raise not_ours(session.side, strangers, str(session.value(sql.ME)))


def create_schema(session: Session) -> None:
    """Create our schema where it is missing; nobody else may create anything in it, so the names in it are ours.

    :raises MigrationError: BG138 when the name is taken
    """
    if not session.value(sql.HAS_SCHEMA):
        try:
            session.run(sql.CREATE_SCHEMA)
        except DatabaseError as error:
            # Another run of ours, or a stranger: the next check shows which.
            if error.sqlstate not in _TAKEN:
                raise
    require_ours(session)


@contextmanager
def making(session: Session) -> Iterator[None]:
    """Create what is missing in our schema in one transaction, while no other run creates or drops anything there.

    :raises MigrationError: BG138 when the name is taken
    """
    with ExitStack() as transaction:
        create_schema(session)
        while not _holds_schema(transaction, session):
            create_schema(session)
        yield


def _holds_schema(transaction: ExitStack, session: Session) -> bool:
    try:
        transaction.enter_context(session.transaction(sql.BEGIN_AND_HOLD))
    except DatabaseError as error:
        # A run that only took a lock there has just dropped it.
        if error.sqlstate != _MISSING:
            raise
        return False
    return True
