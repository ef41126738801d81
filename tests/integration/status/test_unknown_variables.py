# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A misspelt variable is named at the beginning, wherever it was set."""

from __future__ import annotations

from tests.integration.conftest import Migration

_SAID = "{} is set, and no playbook or role of this collection reads it; the nearest that exists is {}"


def _told(output: str) -> str:
    """Return the output as one line: Ansible wraps its warnings."""
    return " ".join(output.split())


def test_misspelt_variables_are_named_with_the_nearest(migration: Migration) -> None:
    migration.variables["bluegreen_confirmd"] = {}
    run = migration.play("status", bluegreen_acept=[], their_own="x")
    assert run.status == 0, run.output
    told = _told(run.output)
    assert told.count(_SAID.format("bluegreen_acept", "bluegreen_accept")) == 1, told
    assert told.count(_SAID.format("bluegreen_confirmd", "bluegreen_confirmed")) == 1
    assert told.count("no playbook or role of this collection reads it") == 2, "what is known is not named"
    assert "reads it" not in migration.play("status", bluegreen_unknown_variables="ignore").output


def test_a_misspelt_variable_stops_the_playbook_where_it_should(migration: Migration) -> None:
    run = migration.play("prepare", bluegreen_acept=[], bluegreen_unknown_variables="fail")
    assert run.status == 2
    assert run.output.count(f"BG750: {_SAID.format('bluegreen_acept', 'bluegreen_accept')}") == 1
    assert not migration.reports.exists()
