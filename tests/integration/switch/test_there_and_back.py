# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutover, writes on green, rollback, cutover again under writers: nothing is lost, no value drawn twice."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import pairs
from demo.ledger_check import hold_against
from demo.writers import WriterPool
from tests.fixtures.chosen import chosen
from tests.live.migration import LiveMigration

_SHORT, _LONG = 1.0, 600.0
_SEQUENCES = ("order_number_seq", "users_id_seq")


# The pair that lies furthest apart is run each time; `make pairs` tells the whole story of each pair, by playbooks.
@pytest.mark.parametrize(("blue", "green"), chosen(pairs(), (11, 18)))
def test_every_pair_goes_there_back_and_there_again(blue: int, green: int, tmp_path: Path) -> None:
    _go((blue, green), _SHORT, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(15, 18), (17, 18)])
def test_green_is_in_service_for_long_before_the_rollback(blue: int, green: int, tmp_path: Path) -> None:
    _go((blue, green), _LONG, tmp_path)


def _go(majors: tuple[int, int], seconds: float, tmp_path: Path) -> None:
    drawn: list[tuple[str, int]] = []
    with LiveMigration("multihost", majors=majors) as migration:
        writers = WriterPool(migration.environment.dsn, tmp_path, 2, 100.0)
        writers.start()
        writers.wait_until_writing()
        for target, pause in (("green", seconds), ("blue", 1.0), ("green", 1.0)):
            drawn += draw(migration, "blue" if target == "green" else "green")
            assert migration.switch(target)["in_service"] == target
            drawn += draw(migration, target)
            time.sleep(pause)
        writers.stop()
        assert writers.results().fatal_errors == []
        with closing(migration.connect("green")) as opened:
            opened.autocommit = False
            verdict = hold_against(opened, tmp_path)
    assert verdict.clean, verdict
    assert verdict.acknowledged > 100
    assert len(set(drawn)) == len(drawn), "a value of a sequence was drawn twice"


def draw(migration: LiveMigration, side: str) -> list[tuple[str, int]]:
    """Draw a value of each sequence on the side in service."""
    return [(name, migration.execute(side, f"SELECT nextval('{name}')")[0][0]) for name in _SEQUENCES]
