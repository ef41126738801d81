# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A health check: a query of the user's whose first value says whether all is well."""

from __future__ import annotations

from ..._domain.clock import Deadline
from ..comparison.side import ask as is_true
from ..session import Session


def ask(session: Session, query: str, deadline: Deadline) -> bool:
    """Return whether the query's first value is true; it runs in a transaction that cannot write.

    :raises MigrationError: when it fails or does not end in time
    """
    session.set_deadline(deadline)
    with session.transaction("BEGIN READ ONLY"):
        return is_true(session, query)
