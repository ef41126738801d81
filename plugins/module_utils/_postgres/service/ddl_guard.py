# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema guard of a side: installed, changed and removed."""

from __future__ import annotations

from ..ours import making
from ..session import Session
from ..sql.service import ddl_guard as sql


def put_up_guard(session: Session, migration: str, mode: str) -> None:
    """Refuse schema changes while this side is in service (``block``), or warn of them and record them (``warn``)."""
    with making(session):
        _drop_triggers(session)
        session.run(sql.CREATE_FUNCTION)
        session.run(sql.DESCRIBE, {"told": f"{mode} {session.side} {migration}"})
        session.run(sql.CREATE)


def take_guard_away(session: Session) -> None:
    """Remove the guard, so the schema can be changed again."""
    with session.transaction():
        _drop_triggers(session)
        session.run(sql.DROP_FUNCTION)


def _drop_triggers(session: Session) -> None:
    for row in session.rows(sql.PARTS, {}):
        session.run(sql.DROP, None, trigger=row["name"])
