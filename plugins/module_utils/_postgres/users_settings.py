# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's statements in a session of ours: they run with the settings that they would have in psql."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, closing

from .._domain.session_settings import (
    FOR_EXPRESSIONS,
    FOR_STATEMENTS,
    LINKS,
    OURS,
    USERS,
    deviations,
    known_to,
    mend_links,
    rows_would_change,
)
from .session import Session
from .sql import session_settings as sql


def users_session(session: Session) -> AbstractContextManager[Session]:
    """Return a session at the same place that starts with the settings of every client of our role."""
    return closing(Session(session.endpoint, "bluegreen users settings", settings=USERS))


def read_users_settings(session: Session, names: Iterable[str] = FOR_STATEMENTS) -> dict[str, str]:
    """Return the settings that every client of our role starts with on the session's side, and that ours override."""
    with users_session(session) as plain:
        known = known_to(plain.major, names)
        return {row["name"]: row["value"] for row in plain.rows(sql.IN_FORCE, {"names": known})}


def read_changes_of_rows(session: Session) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return which settings of our role would change rows on their way through a link, and what all of them are."""
    found = read_users_settings(session, LINKS)
    return tuple(deviations(LINKS, found)), found


def mend_of(session: Session, names: Iterable[str]) -> str:
    """Return the statements that mend them for our role on the session's side."""
    row = session.rows(sql.WHO_AND_WHERE)[0]
    return mend_links(names, row["role"], row["database"])


def require_rows_as_they_are(session: Session) -> None:
    """Refuse to let rows flow to a side where a setting of our role would change them.

    :raises MigrationError: BG244
    """
    strange, found = read_changes_of_rows(session)
    if strange:
        raise rows_would_change(session.side, strange, found, mend_of(session, strange))


def let_expressions_find_theirs(session: Session) -> None:
    """Let values in the user's expressions mean in this session what they mean to every client of our role."""
    session.run(sql.SET_FROM_HERE_ON, {"settings": users(read_users_settings(session, FOR_EXPRESSIONS))})


def users(settings: Mapping[str, str]) -> str:
    """Return these settings as statements take them."""
    return json.dumps(settings)


def ours(settings: Mapping[str, str]) -> str:
    """Return our sessions' values for these settings, as statements take them."""
    return json.dumps({name: OURS[name] for name in settings})
