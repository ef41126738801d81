# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrations of one run that share a server each see what all of them need."""

from __future__ import annotations

from tests.fixtures.servers import ServerFactory
from tests.integration.conftest import MigrationFactory, play


def test_what_one_has_room_for_is_refused_to_two_of_the_same_run(
    new_migration: MigrationFactory, own_server: ServerFactory
) -> None:
    server = own_server(17, max_replication_slots="1")
    first, second = new_migration(on=server), new_migration(on=server)
    alone = play(first.folder, [first], "prepare", "--check")
    assert alone.status == 0, alone.output
    together = play(first.folder, [first, second], "prepare", "--check")
    for one in (first, second):
        assert together.count("failed", one.host) == 1
        refused = [line for line in together.output.splitlines() if line.startswith(one.host) and "BG106" in line]
        needed = "max_replication_slots is 1, 2 are needed (1 for other migrations + 1 link)"
        assert any(needed in line for line in refused)
