# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lanes, and what a plan does about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import create_autospec

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.copy.first_copy import COPYING, CopyFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import (
    LaneFacts,
    LaneSpec,
    Published,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Step
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.plan import PLANS, How, LaneState
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.verbs import LaneVerbs
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import FENCED, OPENED, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side

BLUE, GREEN = Side.BLUE, Side.GREEN
USERS, ORDERS = Published(TableName("public", "users")), Published(TableName("public", "orders"), ("id", "total"))
SPEC = LaneSpec("bluegreen_shop_forward_1", 1, Direction.FORWARD, (USERS, ORDERS))
BACK = replace(SPEC, name="bluegreen_shop_reverse_1", direction=Direction.REVERSE)
OPTIONS = {"streaming": "parallel", "origin": "none"}
OPEN, CLOSED = GateFacts(journal=True, installed=True), GateFacts(journal=True, installed=True, fenced=True)
BLUE_SERVES = Situation({BLUE: OPEN, GREEN: CLOSED}, ())
GREEN_SERVES = Situation(
    {BLUE: CLOSED, GREEN: OPEN},
    (Entry("shop", BLUE, 1, FENCED, "2026-01-01", GREEN), Entry("shop", GREEN, 1, OPENED, "2026-01-02", GREEN)),
)
ALONE = Situation(
    {BLUE: OPEN, GREEN: CLOSED},
    (Entry("shop", BLUE, 2, OPENED, "2026-01-02", BLUE, details={"emergency": True}),),
)
HEALTHY = LaneFacts(
    published=SPEC.tables,
    slot=True,
    slot_status="reserved",
    subscription=True,
    enabled=True,
    working=True,
    states={one.table: "r" for one in SPEC.tables},
    options=OPTIONS,
)
WORKER = CopyFacts(COPYING, 1, alive=True, tables=2, bytes=0, streams=1, seconds=0.0, copy_seconds=0.0)
LIVE = How(armed_only=False, copy="native", situation=BLUE_SERVES)
PARKED = replace(LIVE, armed_only=True, copy="none")


def lane(facts: LaneFacts = HEALTHY, spec: LaneSpec = SPEC, **more: Any) -> LaneState:
    """Return a lane that should have our options."""
    return LaneState(spec, facts, options=OPTIONS, **more)


Deed = tuple[str, tuple[Any, ...]]


def deeds(steps_of: Callable[[LaneVerbs], list[Step]]) -> list[Deed]:
    """Return the verbs that the steps call, in order, each with its arguments."""
    verbs = create_autospec(LaneVerbs, instance=True)
    for step in steps_of(verbs):
        step.action()
    return [(name, arguments) for name, arguments, _keywords in verbs.method_calls]


def planned(state: LaneState, how: How = LIVE, wish: str = "present") -> tuple[list[Deed], LaneFacts]:
    """Return the actions, and the resulting state."""
    reached: list[LaneFacts] = []

    def steps_of(verbs: LaneVerbs) -> list[Step]:
        steps, facts = PLANS[wish](state, how, verbs)
        reached.append(facts)
        return steps

    return deeds(steps_of), reached[0]


def actions(state: LaneState, how: How = LIVE, wish: str = "present") -> list[str]:
    """Return what is done, in order."""
    return [name for name, _arguments in planned(state, how, wish)[0]]


def refused(state: LaneState, how: How = LIVE) -> MigrationError:
    """Return the refusal of a wish that would lose or double rows."""
    with pytest.raises(MigrationError) as error:
        planned(state, how)
    return error.value
