# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue fails over between sync and cutover: the cutover refuses, sync heals, and the story goes on."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database
from tests.fixtures.servers import ServerFactory
from tests.fixtures.standbys import KEEPS_SLOTS, Standby, StandbyFactory
from tests.integration.conftest import UP_TO_SYNC, Migration, MigrationFactory

pytestmark = pytest.mark.soak
_SECONDS = 30.0
_KEPT = "SELECT count(*) FROM pg_replication_slots WHERE NOT temporary AND slot_type = 'logical' AND synced"
_NEW = "INSERT INTO users (name) VALUES ('{}')"


@pytest.fixture
def migration(new_migration: MigrationFactory, own_server: ServerFactory) -> Migration:
    made = new_migration(on=own_server(17))
    statement = sql.SQL("GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status() TO {}")
    for side in (made.blue, made.green):
        side.query(statement.format(sql.Identifier(side.roles["migrator"].name)))
    return made


def _standby_with_the_slot(blue: Database, new_standby: StandbyFactory) -> Standby:
    standby = new_standby(blue.server, slot="standby", **KEEPS_SLOTS)
    copy, deadline = replace(blue, server=standby.server), time.monotonic() + _SECONDS
    while copy.query(_KEPT) != [(1,)]:
        assert time.monotonic() < deadline, "the standby does not keep the slot"
        time.sleep(0.1)
    return standby


def test_a_failover_between_sync_and_cutover_is_healed_by_sync(
    migration: Migration, new_standby: StandbyFactory
) -> None:
    migration.advance(*UP_TO_SYNC)
    standby = _standby_with_the_slot(migration.blue, new_standby)
    old, new = migration.blue.server, standby.server
    migration.variables["bluegreen_blue"] |= {"host": "127.0.0.1,127.0.0.1", "port": f"{old.port},{new.port}"}
    assert migration.changed_by("sync") == 0, "naming the standby as well changes nothing"
    old.embedded.stop("immediate")
    standby.promote()
    blue = replace(migration.blue, server=new)
    blue.query(_NEW.format("after the failover"), role="app")

    refused = migration.play("cutover")
    assert refused.status == 2
    assert "since a failover it reads from a server that is not primary any more. Run replicate" in refused.output
    checked = migration.play("sync", "--check")
    assert checked.status == 0, checked.output
    assert checked.count("changed", migration.host) > 0
    assert migration.changed_by("sync") > 0
    assert migration.changed_by("sync") == 0
    assert migration.green.query("SELECT count(*) FROM users WHERE name = 'after the failover'") == [(1,)]

    migration.advance("cutover")
    migration.green.query(_NEW.format("on green"), role="app")
    migration.advance("rollback")
    assert blue.query("SELECT count(*) FROM users") == migration.green.query("SELECT count(*) FROM users")
    assert blue.query("SELECT count(*) FROM users WHERE name = 'on green'") == [(1,)]
    migration.advance("cleanup")
