# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After an emergency under writers on both sides, reconcile leaves no acknowledged write behind: the ledger's truth."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from psycopg2 import sql

from demo.pgbouncer import PgBouncer
from demo.writers import WriterPool
from tests.fixtures.workplace import unavailable
from tests.integration.emergency.test_emergency import missing_on_blue
from tests.live.migration import LiveMigration


@pytest.mark.soak
@pytest.mark.parametrize("majors", [(17, 18), (14, 17)], ids=["17-18", "14-17"])
def test_no_acknowledged_write_of_either_side_is_missing(tmp_path: Path, majors: tuple[int, int]) -> None:
    if not PgBouncer.installed():
        unavailable("PgBouncer is not installed.")
    with LiveMigration("pgbouncer", majors=majors) as migration:
        let_our_role_write(migration, majors[0])
        migration.switch("green")
        on_green = WriterPool(migration.environment.dsn, tmp_path / "green", 2, 100.0)
        on_green.start()
        on_green.wait_until_writing()
        migration.run("canary")
        migration.run("replication_link", direction="reverse", state="disabled")
        time.sleep(1.0)
        migration.environment.green.server.stop("immediate")
        on_green.stop()
        missing = str(tmp_path / "missing.json")
        migration.run("emergency_rollback", accept_loss=True, file=missing, patience=0.0, routes=migration.routes)
        on_blue = WriterPool(migration.environment.dsn, tmp_path / "blue", 2, 100.0)
        on_blue.start()
        on_blue.wait_until_writing()
        migration.environment.green.server.start()
        migration.switch("blue")
        assert len(list(missing_on_blue(migration, tmp_path / "green"))) > 10, "it proves nothing otherwise"
        done = migration.run("reconcile", file=str(tmp_path / "reconciled.json"), rule="ours")
        time.sleep(0.5)
        on_blue.stop()
        assert (done["brought"] > 10, on_blue.results().fatal_errors) == (True, [])
        for ledger in ("green", "blue"):
            assert list(missing_on_blue(migration, tmp_path / ledger)) == [], ledger
        assert migration.run("reconcile", file=str(tmp_path / "again.json"))["changed"] is False


def let_our_role_write(migration: LiveMigration, major: int) -> None:
    """Give our role what docs/privileges.md says, where it is no superuser."""
    if major < 15:
        return
    role = sql.Identifier(migration.parameters["blue"]["user"])
    for grant in (
        "GRANT SET ON PARAMETER session_replication_role TO {}",
        "GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status() TO {}",
    ):
        migration.execute("blue", sql.SQL(grant).format(role))
