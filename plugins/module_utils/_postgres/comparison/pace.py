# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures whether a comparison takes CPU time that others need."""

from __future__ import annotations

from ..session import Session
from ..sql.comparison import pace as sql


def others_at_work(session: Session) -> bool:
    """Tell whether other sessions were at work on the server within the last second, or may have been."""
    return bool(session.value(sql.OTHERS_AT_WORK, {}))


def read_interruptions(session: Session) -> float:
    """Work briefly, and return how often per second another process interrupted us."""
    return float(session.value(sql.INTERRUPTIONS))
