# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passing values to a statement whose text never changes, so that a log of statements shows none of them."""

from __future__ import annotations

from collections.abc import Mapping

from .session import Session
from .sql import subscribe as sql


def hand_over(session: Session, values: Mapping[str, str]) -> None:
    """Store values in settings ``bluegreen.<name>``, for the session's open transaction."""
    for name, value in values.items():
        session.run(sql.HAND_OVER, {"name": name, "value": value})
