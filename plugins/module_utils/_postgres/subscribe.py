# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handing values over to a statement that is the same for all of them, so that a log of statements shows none."""

from __future__ import annotations

from collections.abc import Mapping

from .session import Session
from .sql import subscribe as sql


def hand_over(session: Session, values: Mapping[str, str]) -> None:
    """Leave values in settings ``bluegreen.<name>``, for the transaction that is open on the session."""
    for name, value in values.items():
        session.run(sql.HAND_OVER, {"name": name, "value": value})
