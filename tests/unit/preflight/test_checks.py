# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check of preflight: one fault in otherwise clean facts gives exactly its finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import CHECKS, examine
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import Wishes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.unread import Unread
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import both, codes, facts, table
from tests.unit.preflight.faults import FAULTS, TOGETHER, told


@pytest.mark.parametrize("name", [name for name in FAULTS if name.endswith("blue")])
def test_what_blue_alone_shows_is_found_without_green_and_nothing_else(name: str) -> None:
    without = examine(replace(FAULTS[name], green=Unread(Side.GREEN)))  # type: ignore[arg-type]
    found = [f"{one.code} {one.side}" for one in without]
    assert set(found) <= {name, "BG286 green"}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert examine(facts()) == []
    assert examine(both(table(), table(), application_roles=())) == []
    assert examine(facts(forecast=told(copy_seconds=3599.0))) == []
    assert examine(facts(forecast=told(copy_seconds=36000.0), wishes=Wishes(copy="native"))) == []


@pytest.mark.parametrize("expected", FAULTS)
def test_one_fault_gives_one_finding(expected: str) -> None:
    findings = examine(FAULTS[expected])
    assert [f"{finding.code} {finding.side}" for finding in findings] == [expected]
    assert findings[0].fix
    assert "{" not in findings[0].what + findings[0].fix


@pytest.mark.parametrize("fault", TOGETHER)
def test_faults_that_come_together(fault: str) -> None:
    spoiled, expected = TOGETHER[fault]
    assert codes(spoiled) == expected
    assert fault in expected


def test_every_check_has_a_fault_that_it_finds() -> None:
    planted = {expected.split()[0] for expected in (*FAULTS, *TOGETHER)}
    assert {check.code for check in CHECKS} == planted
    assert len(CHECKS) == len({check.code for check in CHECKS})
