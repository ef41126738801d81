# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers through a whole migration: there before the writers, back after them, never left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from tests.fixtures.bouncers import BouncerFactory, PgBouncer
from tests.fixtures.servers import ServerFactory
from tests.fixtures.standbys import Standby, StandbyFactory
from tests.integration.conftest import UP_TO_SYNC, Migration, MigrationFactory
from tests.integration.readers.rigs import ENTRY, include_readers, shown_port

_QUICK = {
    "bluegreen_read_max_lag_seconds": 4, "bluegreen_read_settle": 0.5, "bluegreen_read_watch": 0.5,
    "bluegreen_read_timeout": 20,
}  # fmt: skip


@dataclass
class Read:
    """A migration with a standby on each side, and readers on blue's."""

    migration: Migration
    bouncer: PgBouncer
    standbys: dict[Side, Standby]

    def side(self) -> Side:
        """Return the side whose standby PgBouncer leads readers to."""
        port = shown_port(self.bouncer)
        return next(side for side, one in self.standbys.items() if one.server.port == port)


@pytest.fixture(name="read")
def give_read(
    new_migration: MigrationFactory, own_server: ServerFactory, pgbouncer: BouncerFactory, new_standby: StandbyFactory
) -> Read:
    """Give it, with no file prepared and no playbook run."""
    made = new_migration(on=own_server(17), green_on=own_server(18), **_QUICK)
    standbys = {side: new_standby(getattr(made, side).server) for side in Side}
    bouncer = pgbouncer({"shop": made.blue})
    place = f"host={LOOPBACK} port={standbys[Side.BLUE].server.port} dbname={made.blue.name}"
    route = include_readers(bouncer, bouncer.folder / "readers.ini", place)
    writers: dict[str, Any] = {
        **route,
        "databases": ["shop"],
        "live_file": str(bouncer.databases_file),
        "blue_file": str(bouncer.folder / "databases.blue.ini"),
        "green_file": str(bouncer.folder / "databases.green.ini"),
    }
    made.variables["bluegreen_routes"] = [writers]
    made.variables["bluegreen_read_routes"] = [route]
    made.variables["bluegreen_standbys"] = {
        str(side): [{"host": LOOPBACK, "port": one.server.port}] for side, one in standbys.items()
    }
    return Read(made, bouncer, standbys)


@pytest.mark.soak
def test_readers_go_first(read: Read) -> None:
    migration = read.migration
    early = migration.play("reads")
    assert (early.status, "prepare comes first" in early.output) == (2, True), early.output
    migration.advance(*UP_TO_SYNC, "traffic")

    tried = migration.play("reads", "--check", "--diff")
    assert (tried.status, read.side()) == (0, Side.BLUE), tried.output
    assert migration.changed_by("reads") > 0
    assert read.side() is Side.GREEN
    assert migration.changed_by("reads") == 0

    shown = migration.play("status").output
    assert f"readers of pgbouncer {LOOPBACK}:{read.bouncer.port}: green" in shown, shown
    migration.advance("cutover")
    assert read.side() is Side.GREEN


@pytest.mark.soak
def test_readers_come_back_last_and_are_not_left_behind(read: Read) -> None:
    migration = read.migration
    migration.advance(*UP_TO_SYNC, "traffic", "reads", "cutover", "rollback")
    assert read.side() is Side.BLUE
    assert migration.changed_by("rollback") == 0

    migration.advance("reads")
    kept = migration.play("cleanup")
    assert (kept.status, "BG769: Readers are not all on blue" in kept.output) == (2, True), kept.output
    assert read.side() is Side.GREEN
    migration.play("reads", bluegreen_reads_target="blue")
    assert read.side() is Side.BLUE
    migration.advance("cleanup")


@pytest.mark.soak
def test_an_abort_brings_readers_back_before_it_ends_their_rows(read: Read) -> None:
    migration = read.migration
    migration.advance(*UP_TO_SYNC, "traffic", "reads")
    assert read.side() is Side.GREEN

    migration.advance("rollback", "rollback")

    assert read.side() is Side.BLUE


@pytest.mark.soak
def test_what_is_left_out_and_what_is_missing_is_named(read: Read) -> None:
    migration, green = read.migration, read.standbys[Side.GREEN].server
    text = read.bouncer.databases_file.read_text(encoding="utf-8")
    forgotten = f"reports = host={LOOPBACK} port={green.port} dbname={migration.green.name}\n"
    read.bouncer.databases_file.write_text(text + forgotten, encoding="utf-8")
    read.bouncer.console("RELOAD")
    migration.advance(*UP_TO_SYNC)
    told = migration.play("traffic").output
    assert "BG751" in told, told
    assert "(reports)" in told, told
    assert ENTRY not in told.partition("BG751")[2].splitlines()[0]

    migration.advance("reads")
    green.embedded.stop()
    refused = migration.play("cutover", "--check")
    assert refused.status == 2
    assert f"BG768 green: readers cannot use {LOOPBACK}:{green.port}" in refused.output, refused.output

    migration.green.server.embedded.stop()
    left = migration.play("reads", bluegreen_reads_target="blue")
    assert (left.status, read.side()) == (0, Side.BLUE), left.output
