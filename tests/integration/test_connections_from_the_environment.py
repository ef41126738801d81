# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A side that a task does not say comes from the environment, whole and without a trace."""

from __future__ import annotations

import json

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import conninfo
from tests.fixtures.migrations import Pair, PairFactory

_SIDES = ("blue", "green")


def _only_the_environment(made: Pair, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Move both connections from the task to the environment, and return what the task still says."""
    for side in _SIDES:
        endpoint = getattr(made, side).endpoint("migrator")
        monkeypatch.setenv(f"BLUEGREEN_{side.upper()}_DSN", conninfo({key: str(endpoint[key]) for key in endpoint}))
    return {"migration": made.migration}


def test_both_sides_come_from_the_environment_and_no_password_is_shown(
    pair: PairFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pair(17, 18)
    result = made.runner("migration_info", _only_the_environment(made, monkeypatch))
    assert result["in_service"] == "blue"
    shown = json.dumps(result)
    assert not [side for side in _SIDES if getattr(made, side).roles["migrator"].password in shown]


def test_a_side_that_a_task_says_takes_nothing_from_the_environment(
    pair: PairFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pair(17, 18)
    arguments = _only_the_environment(made, monkeypatch)
    endpoint = made.blue.endpoint("migrator")
    del endpoint["password"]
    refused = made.runner("migration_info", {**arguments, "blue": endpoint})
    assert refused["code"] == "BG004"
    assert "password" in refused["msg"]


def test_a_malformed_text_in_the_environment_is_not_shown(pair: PairFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    made = pair(17, 18)
    arguments = _only_the_environment(made, monkeypatch)
    for text in ("postgresql://me:Tell-Nobody-7@[::1/shop", "password = 'Tell-Nobody-7", "Tell-Nobody-7", ""):
        monkeypatch.setenv("BLUEGREEN_GREEN_DSN", text)
        refused = made.runner("migration_info", arguments)
        assert refused["failed"]
        assert refused["code"].startswith("BG")
        assert "Tell-Nobody-7" not in json.dumps(refused)
