# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worst day: a blue without its fence, and two runs with opposite targets; neither opens anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import free_port
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop


@pytest.fixture
def moved(pair: PairFactory) -> Pair:
    """Give a pair whose green is in service."""
    made = pair()
    made.replicate()
    made.succeed("cutover", target="green")
    return made


def test_a_blue_that_lacks_the_fence_and_its_row_is_refused_before_anything_is_opened(moved: Pair) -> None:
    """The state of a standby of blue that was promoted as of a moment before the switch."""
    moved.blue.query("DELETE FROM bluegreen.journal WHERE event = 'fenced'")
    moved.blue.query("DROP TABLE bluegreen.fenced")
    stands = moved.succeed("migration_info")
    assert stands["in_service"] is None
    assert "blue knows nothing of switch 1" in stands["contradiction"]
    for target in ("blue", "green"):
        refused = moved.run("cutover", target=target)
        assert refused["code"] == "BG500"
        assert {"BG502", "BG503"} <= {reason["code"] for reason in refused["details"]["reasons"]}


def test_a_name_that_belongs_to_another_pair_or_has_ended_is_refused(
    pair: PairFactory, database: DatabaseFactory
) -> None:
    made = pair()
    made.replicate()
    made.succeed("canary")
    tells_what_green_has_when_blue_is_lost(made)
    other = replace(made, green=database(18, "another"))
    assert other.run("write_gate")["code"] == "BG704"
    assert other.run("replication_link", direction="forward")["code"] == "BG704"
    assert other.run("cutover", target="green")["code"] == "BG704"
    assert made.changes("write_gate") is False
    made.succeed("migration_journal", phase="cleanup", steps=[{"title": "the end"}])
    assert made.run("write_gate")["code"] == "BG704"
    assert "ended with cleanup" in made.run("write_gate")["msg"]


def tells_what_green_has_when_blue_is_lost(made: Pair) -> None:
    """Status and cutover say up to when green has everything, and that it is not opened."""
    ends = {**made.ends(), "blue": {**made.blue.endpoint("migrator"), "port": free_port()}}
    stands = made.runner("migration_info", ends)
    assert (stands["in_service"], stands["lost"]["side"]) == (None, "blue")
    assert any("has brought everything that blue had committed before" in line for line in stands["lost"]["lines"])
    refused = made.runner("cutover", {**ends, "target": "green"})
    assert refused["code"] == "BG550"
    assert "Green is not opened" in refused["msg"]
    assert made.write(made.green) == "25006"


@pytest.mark.soak
def test_a_cutover_during_a_rollback_is_refused_and_the_rollback_goes_on(moved: Pair) -> None:
    place = Stop("carry the sequences over", Moment.BEFORE, Act.ASK)
    rollback = ModuleProcess("cutover", {**moved.ends(), "target": "blue", "deadline": 120.0}, place)
    assert rollback.await_hit() is not None
    cutover = ModuleProcess("cutover", {**moved.ends(), "target": "green"})
    results = [cutover.wait()]
    rollback.go_on()
    finished = rollback.wait()
    assert finished["in_service"] == "blue"
    assert results[0].get("in_service") == "green" or results[0]["code"] in ("BG500", "BG501")
    assert not results[0].get("changed")
    assert moved.succeed("migration_info")["in_service"] == "blue"
