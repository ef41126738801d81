# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The materialized views of one side, read and refreshed."""

from __future__ import annotations

from ..._domain.plans.views import Refresh, View, in_order
from ..._domain.relations import TableName
from ..._domain.session_settings import FOR_EXPRESSIONS
from ..ours import making
from ..session import Session
from ..sql.plans import views as sql
from ..sql.session_settings import SET_FOR_THIS_TRANSACTION
from ..users_settings import read_users_settings, users

# A policy hides rows from the owner as it does when he refreshes the view himself.
_ITS_OWNERS = ("search_path", "row_security")


def read_populated(session: Session) -> dict[TableName, bool]:
    """Return the side's materialized views: whether each is populated."""
    return {TableName(row["schema"], row["name"]): row["populated"] for row in session.rows(sql.POPULATED, {})}


def read_views(session: Session) -> tuple[View, ...]:
    """Return the side's materialized views, each after those that it reads."""
    return in_order(
        View(
            name=TableName(row.pop("schema"), row.pop("name")),
            reads=frozenset(TableName(*parts) for parts in row.pop("reads") or ()),
            code=tuple(row.pop("code")),
            **row,
        )
        for row in session.rows(sql.VIEWS, {})
    )


def read_refreshed(session: Session, migration: str) -> dict[TableName, Refresh]:
    """Return which views we have refreshed on this side, and when."""
    if not session.value(sql.EXISTS):
        return {}
    return {
        TableName(row["schema"], row["name"]): Refresh(row["epoch"], row["seconds"], row["age"])
        for row in session.rows(sql.RECORDED, {"migration": migration})
    }


def read_role(session: Session) -> str:
    """Return the name of our role."""
    return str(session.value(sql.ME))


def make_room(session: Session) -> None:
    """Create the table that records which views were refreshed."""
    with making(session):
        session.run(sql.CREATE)


def read_settings(session: Session) -> dict[str, str]:
    """Return the settings that a view's query is to find, as every client of our role has them."""
    return read_users_settings(session, (*FOR_EXPRESSIONS, *_ITS_OWNERS))


def refresh(session: Session, migration: str, view: View, epoch: int, settings: dict[str, str]) -> None:
    """Refresh a view, give it statistics and record that, in one transaction.

    PostgreSQL runs the query as the view's owner, who can neither leave that role nor keep anything behind in the
    session.

    :param settings: as :func:`read_settings` gives them
    """
    own = settings if view.path is None else {**settings, "search_path": view.path}
    with session.transaction():
        session.run(SET_FOR_THIS_TRANSACTION, {"settings": users(own)})
        if not view.may_maintain:
            session.run(sql.ACT_AS, {"owner": view.owner})
        session.run(sql.REFRESH_CONCURRENTLY if view.concurrently else sql.REFRESH, view=view.name.parts)
        session.run(sql.ANALYZE, view=view.name.parts)
        session.run(sql.ACT_AS, {"owner": "none"})
        values = {"schema": view.name.schema, "name": view.name.name, "view": view.oid, "epoch": epoch}
        session.run(sql.RECORD, {"migration": migration, **values})
