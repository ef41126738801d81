# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who wrote where and when, according to the servers themselves: were both sides ever writable at the same time?"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.chaos.steps import other
from tests.live.migration import LiveMigration

SETTINGS = {"track_commit_timestamp": "on", "wal_retrieve_retry_interval": "'500ms'"}
INDEX = "CREATE INDEX heartbeats_operation ON heartbeats (operation_id text_pattern_ops)"
# Writes of an application on this side: rows that came through a link have an origin. Both servers share the machine's
# clock.
_LOCAL_COMMITS = """
SELECT min(c.timestamp), max(c.timestamp), count(*)
FROM heartbeats AS h CROSS JOIN LATERAL pg_xact_commit_timestamp_origin(h.xmin) AS c
WHERE h.operation_id LIKE ANY (%(writers)s) AND c.roident = 0
"""
_FIRST_THAT_TELLS_ORIGINS = 14_0000
_LOCAL_ROWS = """
SELECT h.operation_id
FROM heartbeats AS h CROSS JOIN LATERAL pg_xact_commit_timestamp_origin(h.xmin) AS c
WHERE h.operation_id LIKE ANY (%(writers)s) AND c.roident = 0
"""
# An older server tells no origin: what was not committed first on the other side was committed here.
_COMMITS_OF_NOBODY_ELSE = """
SELECT min(pg_xact_commit_timestamp(h.xmin)), max(pg_xact_commit_timestamp(h.xmin)), count(*)
FROM heartbeats AS h
WHERE h.operation_id LIKE ANY (%(writers)s) AND h.operation_id NOT IN (SELECT unnest(%(others)s::text[]))
"""


@dataclass(frozen=True)
class LocalCommits:
    """The first and the last commit of a side's own applications, and how many there were."""

    first: datetime | None
    last: datetime | None
    count: int


def local_commits(migration: LiveMigration, side: str, writers: list[str]) -> LocalCommits:
    """Read the heartbeats that these writers committed on this side."""
    asked = {"writers": [f"{writer}-%" for writer in writers]}
    with closing(migration.connect(side)) as opened, opened.cursor() as cursor:
        if opened.server_version >= _FIRST_THAT_TELLS_ORIGINS:
            cursor.execute(_LOCAL_COMMITS, asked)
        else:
            cursor.execute(_COMMITS_OF_NOBODY_ELSE, {**asked, "others": _local_rows(migration, other(side), asked)})
        row = cursor.fetchone()
    assert row is not None
    return LocalCommits(*row)


def _local_rows(migration: LiveMigration, side: str, asked: dict[str, list[str]]) -> list[str]:
    with closing(migration.connect(side)) as opened, opened.cursor() as cursor:
        cursor.execute(_LOCAL_ROWS, asked)
        return [name for (name,) in cursor.fetchall()]


def both_writable(old: LocalCommits, new: LocalCommits) -> timedelta:
    """Return how long both sides took writes, if service moves from the old to the new side at most once."""
    if old.last is None or new.first is None:
        return timedelta()
    return max(old.last - new.first, timedelta())
