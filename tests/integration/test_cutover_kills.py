# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded part of the kill tests: before, inside and after the fence, both ways, with PgBouncer and without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.pgbouncer import PgBouncer
from demo.routes import ROUTES
from tests.chaos.evidence import INDEX, SETTINGS, both_writable, local_commits
from tests.chaos.faults import FAULTS
from tests.chaos.saboteurs import Writers
from tests.chaos.steps import FENCE, OPEN, other, unknown_steps
from tests.chaos.trial import Place, run_trial
from tests.fixtures.workplace import unavailable
from tests.live.migration import LiveMigration
from tests.live.stop import Moment

# There and back by turns, so that each route meets each of them on its way to green and on its way to blue.
_KILLS = (
    (FENCE, Moment.BEFORE),
    (FENCE, Moment.BEFORE),
    ("drain into {new}", Moment.INSIDE),
    ("drain into {new}", Moment.INSIDE),
    (OPEN, Moment.BEFORE),
    (OPEN, Moment.BEFORE),
)


@pytest.fixture(scope="module", params=ROUTES)
def migration(request: pytest.FixtureRequest) -> Iterator[LiveMigration]:
    if request.param == "pgbouncer" and not PgBouncer.installed():
        unavailable("PgBouncer is not installed.")
    with LiveMigration(request.param, lambda one: one.execute("blue", INDEX), SETTINGS) as ready:
        yield ready


def _open_by_hand(migration: LiveMigration, side: str) -> None:
    migration.execute(side, "DROP TABLE bluegreen.fenced")


def test_a_killed_switch_leaves_one_side_in_service_and_loses_nothing(migration: LiveMigration, tmp_path: Path) -> None:
    target = "green"
    for number, (step, moment) in enumerate(_KILLS):
        place = Place(FAULTS["kill"], step, moment, 1, target)
        ending = run_trial(migration, place, tmp_path / f"ledger-{number}")
        assert ending.clean, f"{place} to {target}: {ending}"
        target = other(target)


@pytest.mark.parametrize("migration", ["multihost"], indirect=True)
def test_the_harness_knows_each_step_and_sees_two_writable_sides(migration: LiveMigration, tmp_path: Path) -> None:
    assert not unknown_steps(migration.switch("green"), "green")
    writers = Writers(migration, tmp_path / "ledger")
    writers.start()
    try:
        time.sleep(0.3)
        assert not both_writable(*(local_commits(migration, side, writers.names()) for side in ("blue", "green")))
        _open_by_hand(migration, "blue")
        time.sleep(0.3)
    finally:
        writers.stop()
    assert both_writable(*(local_commits(migration, side, writers.names()) for side in ("blue", "green")))
