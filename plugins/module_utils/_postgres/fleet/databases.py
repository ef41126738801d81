# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The databases of a server, read once."""

from __future__ import annotations

from ..session import Session
from ..sql.fleet import databases as sql


def read_databases(session: Session) -> list[str]:
    """Return the names of those that accept connections and are no templates."""
    return [str(row["datname"]) for row in session.rows(sql.DATABASES)]
