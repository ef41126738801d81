# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of an emergency: which side would be in service, and what may be missing."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.emergency.state import EmergencyState
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.route import RouteFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

CLOSED = Situation({Side.BLUE: GateFacts(fenced=True)}, ())
STATE = EmergencyState(CLOSED, (RouteFacts("pgbouncer", None, held=None, follows=False, problems=()),))


def test_who_serves_is_projected_or_read_or_unknown() -> None:
    assert (STATE.in_service, STATE.as_result()["in_service"], STATE.as_diff()) == (None, None, "in service: None\n")
    after = replace(STATE, projected=Side.BLUE)
    assert (after.as_result()["in_service"], after.as_diff()) == ("blue", "in service: blue\n")
    opened = replace(STATE, situation=Situation({Side.BLUE: GateFacts(), Side.GREEN: GateFacts(fenced=True)}, ()))
    assert opened.in_service is Side.BLUE


def test_writers_of_a_green_that_has_not_answered_are_not_held() -> None:
    assert not STATE.holds


def test_a_route_that_leads_nowhere_known_is_not_told_to_lead_anywhere() -> None:
    led = replace(STATE, routes=(replace(STATE.routes[0], side=Side.BLUE),))
    assert STATE.as_result()["routes"] == {"pgbouncer": None}
    assert led.as_result()["routes"] == {"pgbouncer": "blue"}
    assert STATE.as_result()["may_be_missing"] == STATE.as_result()["not_known"] == STATE.as_result()["how_known"] == []
