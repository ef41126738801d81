# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on real servers, one by one and all at once: exactly these are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.integration.preflight.faults import NEIGHBOURS, OBJECTS, PRIVILEGES, Fault, plant_all
from tests.integration.preflight.schema_faults import SCHEMAS

Look = Callable[..., dict[str, Any]]


@pytest.fixture
def look(run_module: ModuleRunner) -> Look:
    """Give `look(blue, green, **parameters)`: preflight in check mode, where it does not try the connections."""

    def run(blue: Database, green: Database, **parameters: Any) -> dict[str, Any]:
        arguments = {"migration": "shop", "blue": blue.endpoint(), "green": green.endpoint(), **parameters}
        arguments |= {"trial_restore": False, "backup_waived": "a test"}
        parameters.setdefault("application_roles", [blue.roles["app"].name])
        result = run_module("preflight_info", {**arguments, **parameters}, check=True)
        assert not result.get("failed"), result
        result["findings"] = [finding for finding in result["findings"] if finding["code"] != "BG123"]
        return result

    return run


def found(result: dict[str, Any]) -> list[str]:
    return [f"{finding['code']} {finding['side']}" for finding in result["findings"]]


@pytest.mark.parametrize("faults", [OBJECTS, NEIGHBOURS, SCHEMAS], ids=["objects", "neighbours", "schemas"])
def test_many_faults_at_once_are_all_found_and_nothing_else(
    faults: list[Fault], database: DatabaseFactory, look: Look
) -> None:
    blue, green = database(17), database(18)
    expected = plant_all(faults, blue, green)
    result = look(blue, green)
    assert sorted(found(result)) == sorted(expected), result["table"]
    for finding in result["findings"]:
        named = expected[f"{finding['code']} {finding['side']}"]
        assert named is None or named == set(finding["objects"])


def test_twenty_faults_are_twenty_findings(database: DatabaseFactory, look: Look) -> None:
    distinct: dict[str, Fault] = {}
    for fault in (*OBJECTS, *NEIGHBOURS):
        if len(fault.expected) == 1:
            distinct.setdefault(fault.expected[0], fault)
    twenty = list(distinct.values())[:20]
    blue, green = database(17), database(18)
    expected = plant_all(twenty, blue, green)
    result = look(blue, green)
    assert len(result["findings"]) == len(expected) == 20, result["table"]
    assert sorted(found(result)) == sorted(expected)


@pytest.mark.parametrize("fault", PRIVILEGES, ids=lambda fault: "-".join(fault.expected))
def test_a_missing_privilege_is_found_and_nothing_else(fault: Fault, database: DatabaseFactory, look: Look) -> None:
    blue, green = database(17), database(18)
    fault.plant(blue, green)
    result = look(blue, green)
    assert found(result) == list(fault.expected), result["table"]
    assert set(fault.objects) <= {name for finding in result["findings"] for name in finding["objects"]}
