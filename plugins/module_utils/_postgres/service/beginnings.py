# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what others' sessions begin with."""

from __future__ import annotations

from ..._domain.service.beginnings import Beginning, Stray, strays
from ..session import Session
from ..sql.service import beginnings as sql


def read_strays(session: Session) -> tuple[Stray, ...]:
    """Return what others' sessions on that side begin with and must not."""
    return tuple(strays(Beginning(**row) for row in session.rows(sql.BEGINNINGS)))
