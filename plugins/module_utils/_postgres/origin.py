# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes that no link of ours sends to the other side: they carry a replication origin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .session import Session
from .sql import origin as sql


@contextmanager
def not_sent_back(session: Session, name: str) -> Iterator[None]:
    """Give the session's writes an origin of that name, so that none of our links sends them back.

    Does nothing where no slot could send them.
    """
    if not session.value(sql.HAS_SLOTS):
        yield
        return
    with session.transaction(sql.BEGIN):
        session.run(sql.CREATE_ORIGIN, {"name": name})
    session.run(sql.USE_ORIGIN, {"name": name})
    try:
        yield
    finally:
        if not session.closed:
            session.run(sql.LEAVE_ORIGIN)
            with session.transaction(sql.BEGIN):
                session.run(sql.DROP_ORIGIN, {"name": name})


def try_origin(session: Session, name: str) -> None:
    """Check within the open transaction, which is rolled back, that our role may do that.

    :raises DatabaseError: BG008 when it may not
    """
    if session.value(sql.HAS_SLOTS):
        session.run(sql.CREATE_ORIGIN, {"name": name})
