# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short run of `make schemas`: one random schema of each pair of versions goes the whole way."""

from __future__ import annotations

from random import Random

import pytest

from tests.fixtures.chosen import chosen
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.integration.conftest import UP_TO_SYNC, MigrationFactory
from tests.schemas.anywhere import give_rights, writes_anywhere
from tests.schemas.application import write
from tests.schemas.every_kind import zoo
from tests.schemas.oracle import rows_of, schema_of, unlike, unlike_schemas
from tests.schemas.trips import take_drawn
from tests.schemas.words import for_roles, quoted


@pytest.mark.parametrize(
    ("seed", "pair"), chosen([("slice/1", (17, 18)), ("slice/5", (14, 17))], ("slice/5", (14, 17)))
)
def test_a_random_schema_goes_there_and_back(
    seed: str, pair: tuple[int, int], database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    journey = take_drawn(seed, pair, database, run_module)
    assert journey.written > 30
    assert len(journey.planted) > 10


@pytest.mark.soak
def test_a_zoo_of_every_kind_goes_there_and_back_by_playbooks(new_migration: MigrationFactory) -> None:
    migration = new_migration(bluegreen_schema_migrations="", bluegreen_comparison_max_age_hours=1)
    blue, green = migration.blue, migration.green
    for major in range(14, blue.server.major + 1):
        blue.query(for_roles(zoo(major), blue), role="owner")
    for side in (blue, green):
        side.query(f"ALTER ROLE {quoted(side.roles['migrator'].name)} BYPASSRLS")
    give_rights(blue)
    chance, program = Random("playbooks"), f"{green.server.pg_bin}/pg_dump"
    before = schema_of(blue, program)
    migration.advance(*UP_TO_SYNC)
    wrong: list[str] = []
    for side, playbook in ((blue, "cutover"), (green, "rollback"), (blue, "cutover")):
        wrong += write(side, writes_anywhere(side, chance, 20))[1]
        green.query("ANALYZE")
        migration.advance("verify", playbook)
        wrong += unlike(rows_of(blue), rows_of(green))
    wrong += write(green, writes_anywhere(green, chance, 20))[1]
    migration.advance("verify", "cleanup")
    wrong += unlike(rows_of(blue), rows_of(green)) + unlike_schemas(before, schema_of(green, program))
    assert wrong == []
