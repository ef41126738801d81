# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook in every situation, on real servers: the side in service is unchanged, and its writers notice
nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.playbooks import (
    NOTHING,
    PLAYBOOKS,
    REFUSE,
    TABLE,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.standing import Standing
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.in_service import Writer, journal_of, look_of
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.retired import clean_up, switch
from tests.fixtures.servers import ServerFactory
from tests.integration.conftest import MigrationFactory
from tests.integration.status.scenes import SCENES, Makers, Scene, leave_disputed, leave_half_done, leave_unclear

_LONG = {"rehearse"}  # has tests of its own, and takes a minute


@pytest.mark.soak
@pytest.mark.parametrize("standing", list(Standing), ids=lambda value: value.name.lower())
def test_whatever_is_run_next_harms_nothing(
    standing: Standing,
    new_migration: MigrationFactory,
    database: DatabaseFactory,
    own_server: ServerFactory,
    record_property: Callable[[str, object], None],
) -> None:
    """Every cell is run, also after a wrong one; --junitxml=FILE counts them. Playbooks that change the situation come
    last."""
    scene = SCENES[standing](Makers(new_migration, database, own_server))
    wrong = {}
    for playbook in PLAYBOOKS:
        cell = TABLE[standing][playbook]
        if playbook not in scene.moves and (playbook not in _LONG or cell.does == REFUSE):
            record_property("cell", f"{playbook} {cell.does} {cell.code}")
            try:
                _try(scene, standing, playbook)
            except AssertionError as error:
                wrong[playbook] = str(error)
    if scene.moves:
        record_property("cell", f"{scene.moves[-1]} moves on")
        try:
            _move_on(scene, scene.moves[-1])
        except AssertionError as error:
            wrong[scene.moves[-1]] = str(error)
    assert not wrong, "\n".join(f"== {playbook}: {error}" for playbook, error in wrong.items())


def _try(scene: Scene, standing: Standing, playbook: str) -> None:
    """Run one playbook under writers: it answers as its cell says, and the side in service is unchanged."""
    cell, service = TABLE[standing][playbook], scene.service
    if service is None:
        run = scene.migration.play(playbook)
    else:
        before, told = look_of(service), journal_of(service)
        with Writer(service) as writer:
            run = scene.migration.play(playbook)
        assert (writer.refused, writer.missing()) == ([], set()), run.output
        assert look_of(service) == before, run.output
        if cell.does != REFUSE or cell.code != "BG550":
            assert cell.does not in (REFUSE, NOTHING) or journal_of(service) == told, run.output
    if cell.does == REFUSE:
        assert run.status == 2, run.output
        assert f"{cell.code}: " in run.output, run.output
    elif standing is Standing.LOST:
        # What the one side knows is shown; the unknown rest fails the run.
        assert run.status == 2, run.output
        assert "BG550: " in run.output, run.output
    else:
        assert run.status == 0, run.output
        assert ("has nothing to do here" in run.output) is (cell.does == NOTHING), run.output


def _move_on(scene: Scene, playbook: str) -> None:
    """Let a playbook do work that leads to another situation; writers on a side that it takes out of service are
    refused."""
    leaves = {"cutover": scene.migration.blue, "rollback": scene.migration.green}.get(playbook)
    if scene.service in (None, leaves):
        run = scene.migration.play(playbook)
    else:
        with Writer(scene.service) as writer:
            run = scene.migration.play(playbook)
        assert (writer.refused, writer.missing()) == ([], set()), run.output
    assert run.status == 0, run.output


def test_the_table_is_asked_on_real_servers(pair: PairFactory, database: DatabaseFactory) -> None:
    """A slice of the above: each playbook asks in the situations that modules make quickly."""
    made = pair()
    _answers(made, Standing.NOTHING)
    made.succeed("migration_journal", phase="prepare", steps=[{"title": "a look"}])
    _answers(made, Standing.PREPARED)
    made.succeed("write_gate")
    _answers(made, Standing.SET_UP)
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    _answers(made, Standing.REPLICATING)
    made.succeed("replication_link", direction="reverse")
    _answers(made, Standing.SYNCED)
    _answers(replace(made, migration="renamed"), Standing.CLAIMED)
    _answers(replace(made, green=database(18, "another")), Standing.OTHER_PAIR)
    _answers(replace(made, blue=made.green, green=made.blue), Standing.EXCHANGED)
    made.succeed("cutover", target="green", deadline=60, max_lag_seconds=60)
    _answers(made, Standing.GREEN_SERVES)
    clean_up(made)
    _answers(made, Standing.CLEANED_UP)
    _answers(replace(made, migration="renamed"), Standing.NOT_OURS)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("leave", "standing"),
    [
        (leave_half_done, Standing.HALF_DONE),
        (leave_unclear, Standing.UNCLEAR),
        (leave_disputed, Standing.DISPUTED),
    ],
)
def test_the_table_is_asked_where_a_switch_went_wrong(
    pair: PairFactory, leave: Callable[[Pair], None], standing: Standing
) -> None:
    made = pair()
    switch(made)
    leave(made)
    _answers(made, standing)


def _answers(made: Pair, standing: Standing) -> None:
    """Ask once for each kind of cell in the row, after a refused playbook has tried to record that."""
    made.run("migration_journal", phase="cleanup", state="failed", details={"error": "refused"})
    for cell, playbook in {cell: playbook for playbook, cell in TABLE[standing].items()}.items():
        result = made.run("phase_info", phase=playbook)
        assert result.get("code", "") == cell.code, (standing, playbook, result)
        assert cell.does == REFUSE or (result["does"], result["standing"]) == (cell.does, standing.name.lower())
