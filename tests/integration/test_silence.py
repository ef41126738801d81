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
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import DatabaseError, Session
from demo.installations import VERSIONS
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, DatabaseFactory

_SECONDS = 1.0


def _locks(side: Database) -> int:
    found = side.query(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database"
        " WHERE datname = current_database())"
    )
    return int(found[0][0])


@pytest.mark.parametrize("major", chosen(VERSIONS, 11, 13, 14))
def test_a_silent_session_loses_its_locks_and_one_that_speaks_keeps_them(database: DatabaseFactory, major: int) -> None:
    side = database(major)
    keywords = {name: str(value) for name, value in side.endpoint("migrator").items()}
    with closing(Session(Endpoint(Side.BLUE, keywords, {}), "silent")) as session:
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
