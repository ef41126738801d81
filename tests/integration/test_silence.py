# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session that has nothing to say for too long is ended by its server, with the locks that it holds."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import ConnectionLost
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import driver
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.rest import Rest
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import DatabaseError, Session
from demo.installations import VERSIONS
from tests.fixtures.chosen import chosen
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database, DatabaseFactory

_SECONDS = 1.0


def _locks(side: Database) -> int:
    found = side.query(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database"
        " WHERE datname = current_database())"
    )
    return int(found[0][0])


def _session(side: Database) -> Session:
    keywords = {name: str(value) for name, value in side.endpoint("migrator").items()}
    return Session(Endpoint(Side.BLUE, keywords, {}), "silent")


@pytest.mark.parametrize("major", chosen(VERSIONS, 11, 13, 14))
def test_a_silent_session_loses_its_locks_and_one_that_speaks_keeps_them(database: DatabaseFactory, major: int) -> None:
    side = database(major)
    with closing(_session(side)) as session:
        session.end_when_silent(_SECONDS)
        session.run("SELECT pg_catalog.pg_advisory_lock(42)")
        with session.transaction():
            session.run("CREATE SCHEMA kept")
        with pytest.raises(DatabaseError):
            session.run("SELECT nothing")
        for _turn in range(4):
            time.sleep(_SECONDS / 2)
            assert session.value("SELECT 1") == 1
        assert _locks(side) == 1
        time.sleep(2 * _SECONDS)
        assert _locks(side) == 0
        with pytest.raises(ConnectionLost):
            session.value("SELECT 1")
    assert side.query("SELECT 1 FROM pg_namespace WHERE nspname = 'kept'")


@pytest.mark.parametrize("major", chosen([one for one in VERSIONS if one < 14], 13))
def test_a_commit_counts_though_the_session_is_lost_before_its_rest(
    database: DatabaseFactory, major: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = database(major)
    begin = Rest.begin

    def killed_first(rest: Rest, connection: driver.Connection) -> None:
        if not driver.is_in_transaction(connection):
            pid = connection.get_backend_pid()
            side.query("SELECT pg_terminate_backend(%s)", pid)
            wait_for(lambda: side.query("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", pid) == [(0,)])
        begin(rest, connection)

    with closing(_session(side)) as session:
        session.end_when_silent(60.0)
        with monkeypatch.context() as during:
            during.setattr(Rest, "begin", killed_first)
            with session.transaction():
                session.run("CREATE SCHEMA kept")
        with pytest.raises(ConnectionLost) as lost:
            session.run("CREATE SCHEMA never")
        assert "was not sent" in str(lost.value)
    assert side.query("SELECT nspname FROM pg_namespace WHERE nspname IN ('kept', 'never')") == [("kept",)]
