# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading everything that go/no-go is decided on."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.link import LaneFacts, LaneSpec, both_at_once
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch import Readiness, Route
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import marker, switch
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lanes import read_lanes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.fleet import Fleet

from .switch_request import SwitchRequest
from .waiting import send_markers, wait_for_markers

_PURPOSE = "readiness"
_OBSERVE_SECONDS = 5.0


def read_routes(fleet: Fleet) -> tuple[Route, ...]:
    """Return where every route leads."""
    facts = fleet.observe(Deadline(_OBSERVE_SECONDS, "Reading the routes"))
    return tuple(Route(one.name, one.side, one.held, one.follows, one.problems) for one in facts)


def read_readiness(request: SwitchRequest) -> Readiness:
    """Read links, lag, transactions. A marker is sent where writing is allowed and the link is well."""
    old = request.sides.session(request.target.other)
    forth = read_lanes(request.sides, request.forth, request.exclude_tables)
    lane_problems = _problems(forth)
    lags = [facts.lag for _spec, facts in forth]
    may_send = request.ports.may_write and not lane_problems
    return Readiness(
        lane_problems=lane_problems,
        way_back_problems=way_back_problems(request.sides, request.back, request.exclude_tables),
        drain_seconds=_drain(request, [spec for spec, _facts in forth]) if may_send else None,
        lag_bytes=None if None in lags else sum(lag for lag in lags if lag is not None),
        transactions=switch.read_transactions(old),
        prepared=switch.read_prepared(old),
        absent_standbys=tuple(
            name for name in switch.absent_standbys(old) if name not in request.accept_absent_standbys
        ),
    )


def way_back_problems(sides: Sides, back: Direction, excluded: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return what is wrong with the link that brings rows back, by lane.

    Below 16 it cannot live yet: publication and subscription must lie ready, without a slot.
    """
    lanes = read_lanes(sides, back, excluded)
    if both_at_once(sides.blue.major, sides.green.major):
        return _problems(lanes)
    return {spec.name: reasons for spec, facts in lanes for reasons in [_unarmed(spec, facts)] if reasons}


def _problems(lanes: list[tuple[LaneSpec, LaneFacts]]) -> dict[str, tuple[str, ...]]:
    return {spec.name: tuple(facts.problems(spec)) for spec, facts in lanes if facts.problems(spec)}


def _unarmed(spec: LaneSpec, facts: LaneFacts) -> tuple[str, ...]:
    reasons = []
    if facts.published is None or set(facts.published) != set(spec.tables):
        reasons.append("has no publication of all tables")
    if not facts.subscription or not {one.table for one in spec.tables} <= set(facts.states):
        reasons.append("has no subscription to all tables")
    return tuple(reasons)


def _drain(request: SwitchRequest, specs: list[LaneSpec]) -> float:
    """Return the seconds that a marker took, or the limit and a bit when it did not arrive within it."""
    publisher = request.sides.session(request.forth.publisher)
    deadline = Deadline(request.max_lag, "The marker of go/no-go")
    started = time.monotonic()
    tokens = send_markers(publisher, specs, _PURPOSE)
    try:
        wait_for_markers(request.sides, request.forth, specs, tokens, deadline)
    except MigrationError as error:
        if error.code != "BG312":
            raise
        return request.max_lag + 0.001
    finally:
        for spec in specs:
            marker.remove_marker(publisher, spec.lane, _PURPOSE)
    return time.monotonic() - started
