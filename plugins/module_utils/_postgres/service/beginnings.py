# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the settings that other roles' sessions start with."""

from __future__ import annotations

from ..._domain.service.beginnings import Beginning, Stray, strays
from ..session import Session
from ..sql.service import beginnings as sql


def read_strays(session: Session) -> tuple[Stray, ...]:
    """Return the settings of other roles' new sessions on that side that they must not have."""
    return tuple(strays(Beginning(**row) for row in session.rows(sql.BEGINNINGS)))
