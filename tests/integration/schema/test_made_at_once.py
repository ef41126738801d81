# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of several migrations that create the same objects of ours in one database at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.comparison import state
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.copy import backfill
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.service import (
    ddl_guard,
    gate,
    journal,
    marker,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.databases import Database, DatabaseFactory

_AT_ONCE = 4
_ROUNDS = 6


def _make_everything(side: Database, begin: Barrier) -> None:
    endpoint = Endpoint(Side.GREEN, {key: str(value) for key, value in side.endpoint("superuser").items()}, {})
    with closing(Session(endpoint, "bluegreen test making")) as session:
        begin.wait()
        journal.create_journal(session)
        gate.create_gate(session)
        marker.create_markers(session)
        state.create_state(session)
        backfill.make_room(session)
        ddl_guard.put_up_guard(session, "m", "warn")


@pytest.mark.parametrize("major", [pytest.param(14, marks=pytest.mark.soak), pytest.param(18)])
def test_what_is_ours_is_made_by_one_at_a_time(database: DatabaseFactory, major: int) -> None:
    side = database(major)
    for _round in range(_ROUNDS):
        side.query("DROP SCHEMA IF EXISTS bluegreen CASCADE")
        begin = Barrier(_AT_ONCE)
        with ThreadPoolExecutor() as pool:
            for future in [pool.submit(_make_everything, side, begin) for _run in range(_AT_ONCE)]:
                future.result()
    assert side.query("SELECT pg_catalog.obj_description('bluegreen'::regnamespace) LIKE '%cleanup'") == [(True,)]
