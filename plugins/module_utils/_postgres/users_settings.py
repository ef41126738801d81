# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's statements in a session of ours: they run with the settings that they would have in psql."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, closing

from .._domain.session_settings import FOR_EXPRESSIONS, FOR_STATEMENTS, OURS, USERS
from .session import Session
from .sql import session_settings as sql


def users_session(session: Session) -> AbstractContextManager[Session]:
    """Return a session at the same place that starts with the settings of every client of our role."""
    return closing(Session(session.endpoint, "bluegreen users settings", settings=USERS))


def read_users_settings(session: Session, names: Iterable[str] = FOR_STATEMENTS) -> dict[str, str]:
    """Return the settings that every client of our role starts with on the session's side, and that ours override."""
    with users_session(session) as plain:
        return {row["name"]: row["value"] for row in plain.rows(sql.IN_FORCE, {"names": list(names)})}


def let_expressions_find_theirs(session: Session) -> None:
    """Let values in the user's expressions mean in this session what they mean to every client of our role."""
    session.run(sql.SET_FROM_HERE_ON, {"settings": users(read_users_settings(session, FOR_EXPRESSIONS))})


def users(settings: Mapping[str, str]) -> str:
    """Return these settings as statements take them."""
    return json.dumps(settings)


def ours(settings: Mapping[str, str]) -> str:
    """Return our sessions' values for these settings, as statements take them."""
    return json.dumps({name: OURS[name] for name in settings})
