# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a database is while something fills it."""

from __future__ import annotations

from contextlib import closing
from typing import Callable

from .._domain.endpoint import Endpoint
from .._domain.progress import Amount
from .session import Session
from .sql import catalog as sql


def read_size(session: Session) -> int:
    """Return the bytes of the session's database."""
    return int(session.value(sql.DATABASE_SIZE))


def growth_of(filled: Endpoint, name: str, total: int | None) -> Callable[[], Amount]:
    """Return what measures a database beside the sessions that fill it; ``total`` is near: indexes differ in size.

    :param name: for the sessions that measure
    """

    def read() -> Amount:
        with closing(Session(filled, name)) as session:
            return Amount(read_size(session), total, about=True)

    return read
