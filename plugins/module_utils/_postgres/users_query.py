# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A query of the user's whose first value says yes or no."""

from __future__ import annotations

from typing import Any

from .._domain.clock import Deadline
from .driver import Verbatim
from .session import Session


def is_true(session: Session, query: str) -> bool:
    """Return whether the query's first value is true."""
    return session.value(Verbatim(query)) is True


def first_value(session: Session, query: str, deadline: Deadline) -> Any:
    """Return the query's first value; it runs in a transaction that cannot write.

    :raises MigrationError: when it fails or does not end in time
    """
    session.set_deadline(deadline)
    with session.transaction("BEGIN READ ONLY"):
        return session.value(Verbatim(query))
