# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Green is back after an emergency: whichever playbooks run in whichever order, no row of blue's is overwritten."""

from __future__ import annotations

import random

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.playbooks import PLAYBOOKS
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.in_service import Writer
from tests.fixtures.servers import ServerFactory
from tests.integration.conftest import MigrationFactory
from tests.integration.status.scenes import Makers, after_emergency

_STEPS = 6
_AGED = """
UPDATE users SET name = 'older on green';
INSERT INTO users (name) SELECT 'green only' FROM generate_series(1, 50)"""


def _walks(seed: str) -> list[tuple[str, ...]]:
    """Deal every playbook at least once, in a random order, to walks of six."""
    chance = random.Random(seed)
    dealt = [*chance.sample(PLAYBOOKS, len(PLAYBOOKS)), *chance.sample(PLAYBOOKS, -len(PLAYBOOKS) % _STEPS)]
    return [tuple(dealt[at : at + _STEPS]) for at in range(0, len(dealt), _STEPS)]


def _rows(blue: Database) -> list[tuple[object, ...]]:
    """Return the rows that the writer leaves alone."""
    users = blue.query("SELECT t::text FROM users t WHERE name NOT LIKE 'written %%' ORDER BY 1")
    return [*users, *blue.query('SELECT t::text FROM "Weird ""Order"" rows" t ORDER BY 1')]


@pytest.mark.soak
@pytest.mark.parametrize("walk", _walks("green is back"), ids="-".join)
def test_no_row_of_blues_is_overwritten(
    walk: tuple[str, ...], new_migration: MigrationFactory, database: DatabaseFactory, own_server: ServerFactory
) -> None:
    made = after_emergency(Makers(new_migration, database, own_server))
    made.variables.update(
        bluegreen_archive_dir=str(made.folder / "archives"),
        bluegreen_decommission_mode="revoke",
        bluegreen_decommission_confirm=made.green.name,
        bluegreen_decommission_after_days=0,
    )
    made.green.query(_AGED)
    made.blue.query("UPDATE users SET name = 'newer on blue'")
    before, told = _rows(made.blue), []
    with Writer(made.blue) as writer:
        for playbook in walk:
            run = made.play(playbook)
            told.append((playbook, run.status))
            assert _rows(made.blue) == before, (told, run.output)
    assert (writer.refused, writer.missing()) == ([], set()), told
    assert len(writer.acknowledged) > len(walk), "it proves nothing when nobody wrote"
