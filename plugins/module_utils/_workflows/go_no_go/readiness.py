# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads everything that go/no-go depends on."""

from __future__ import annotations

import time

from ..._domain.clock import Deadline
from ..._domain.comparison.report import Verdict
from ..._domain.errors import MigrationError
from ..._domain.go_no_go.conditions import ConditionFacts, predicted_drain
from ..._domain.go_no_go.decision import AheadOfSlot
from ..._domain.go_no_go.picture import Picture, problems_of
from ..._domain.go_no_go.reasons import Readiness
from ..._domain.go_no_go.way_home import not_accepted
from ..._domain.lanes.link import LaneFacts, LaneSpec
from ..._domain.names import SCHEMA
from ..._domain.plans.views import not_populated
from ..._domain.relations import parse_table_name
from ..._domain.route import RouteFacts
from ..._domain.sequences import sequence_problems
from ..._domain.sides import Direction, Side
from ..._postgres import sequences
from ..._postgres.comparison.state import read_verdict
from ..._postgres.copy.backfill import read_unfilled
from ..._postgres.go_no_go import readiness
from ..._postgres.plans.views import read_populated
from ..._postgres.schema.identity import read_changed
from ..._postgres.service import marker
from ..._postgres.service.beginnings import read_strays
from ..._postgres.service.situation import read_words
from ..._routers.fleet import Fleet
from ..lanes.waiting import send_markers, wait_for_markers
from ..lanes.watch import LanesWatch
from .conditions import read_conditions
from .green_only import read_green_only
from .request import BACKFILL_SECONDS, SwitchRequest
from .wrong_rows import doubted_since, read_missed_since, read_row_changing, read_unfit_indexes

_PURPOSE = "readiness"
_OBSERVE_SECONDS = 5.0
_CANARY_SECONDS = 5.0
_BETWEEN_READINGS = 0.25  # seconds


def read_routes(fleet: Fleet, seconds: float = _OBSERVE_SECONDS) -> tuple[RouteFacts, ...]:
    """Return where every route leads."""
    return tuple(fleet.observe(Deadline(seconds, "Reading the routes")))


def read_readiness(request: SwitchRequest, picture: Picture, postponable: bool, takes_back: bool) -> Readiness:
    """Read what the picture does not tell; markers are sent where writing is allowed and the links are healthy.

    :param postponable: a postponement is no reason not to switch
    :param takes_back: the switch undoes what the last one changed in green's schema
    """
    old, new = request.sides.session(request.target.other), request.sides.session(request.target)
    to_green = request.target is Side.GREEN
    forth = picture.lanes(request.forth)
    specs = [spec for spec, _facts in forth]
    lane_problems = problems_of(forth)
    back_problems = picture.way_back_problems(request.back, as_it_stands=takes_back)
    flowing = {one.table for spec in specs for one in spec.tables if one.table.schema != SCHEMA}
    # A comparison names the roots of partitioned tables.
    compared = {str(table.root) for table in picture.catalogs.tables[Side.BLUE] if table.name in flowing}
    lags = [facts.lag for _spec, facts in forth]
    may_send = request.ports.may_write and not lane_problems
    drain = _drain(request, forth) if may_send else None
    arrived = drain is not None and drain <= request.max_lag
    predicted = drain if arrived else _predict(request, specs)
    canary_problem = _canary_problem(request, picture) if may_send and not back_problems else ""
    in_the_way = readiness.read_in_the_way(old)
    verdict = read_verdict(request.sides.green, request.sides.migration)
    return Readiness(
        lane_problems=lane_problems,
        way_back_problems=back_problems,
        drain_seconds=drain,
        predicted_seconds=predicted,
        lag_bytes=None if None in lags else sum(lag for lag in lags if lag is not None),
        canary_problem=canary_problem,
        transactions=readiness.read_transactions(old),
        prepared=in_the_way.prepared,
        absent_standbys=tuple(
            name for name in in_the_way.absent_standbys if name not in request.accept_absent_standbys
        ),
        sequence_problems=_sequence_problems(request),
        conditions=_conditions(request, picture, verdict, compared, postponable) if to_green else None,
        changed=read_changed(request.sides, flowing),
        missed=read_missed_since(request.sides, verdict, compared),
        doubted=doubted_since(picture, {spec.name for spec in specs}, verdict, compared),
        failing=picture.catalogs.failing(),
        unfit_indexes=read_unfit_indexes(request.sides, picture.catalogs.tables, flowing),
        row_changing=read_row_changing(request.sides),
        ahead_of_slot=AheadOfSlot() if request.both_at_once else readiness.read_ahead_of_slot(new),
        unfilled=read_unfilled(request.sides, Side.GREEN, BACKFILL_SECONDS) if to_green else (),
        strays={side: read_strays(request.sides.session(side)) for side in Side},
        majors={side: request.sides.session(side).major for side in Side} if to_green else {},
        large_objects=in_the_way.large_objects,
        loss=() if to_green else _loss(request, picture),
        gone=() if to_green else picture.gone(),
        not_populated=_not_populated(request),
    )


def _not_populated(request: SwitchRequest) -> tuple[str, ...]:
    old, new = request.sides.session(request.target.other), request.sides.session(request.target)
    excluded = {parse_table_name(name) for name in request.exclude_tables}
    return tuple(str(name) for name in not_populated(read_populated(old), read_populated(new)) if name not in excluded)


def _loss(request: SwitchRequest, picture: Picture) -> tuple[str, ...]:
    return not_accepted(read_green_only(request.sides, picture), request.accept_loss_of)


def _conditions(
    request: SwitchRequest, picture: Picture, verdict: Verdict | None, compared: set[str], postponable: bool
) -> ConditionFacts:
    # A postponement may have come while the markers travelled.
    words = read_words(request.sides) if request.ports.may_write else picture.situation.words
    return read_conditions(request.asked, request.ports, verdict, words, compared, postponable)


def _sequence_problems(request: SwitchRequest) -> tuple[str, ...]:
    """Compare both sides' sequences. Blue need not have those that only green has, since they do not flow back."""
    old, new = request.sides.session(request.target.other), request.sides.session(request.target)
    left_out = [parse_table_name(name) for name in request.exclude_tables]
    needed = readiness.read_sequences_that_matter(old, left_out) if request.target is Side.GREEN else set()
    successors = readiness.read_successors(new, left_out)
    return sequence_problems(sequences.read_sequences(old), request.sequence_headroom, successors, needed)


def _predict(request: SwitchRequest, specs: list[LaneSpec]) -> float | None:
    """Predict the time of the drain from the bytes confirmed meanwhile; used where no marker measures it."""
    publisher, slots = request.sides.session(request.forth.publisher), [spec.name for spec in specs]
    first, started = readiness.read_confirmed(publisher, slots), time.monotonic()
    time.sleep(_BETWEEN_READINGS)
    second = readiness.read_confirmed(publisher, slots)
    if first is None or second is None:
        return None
    return predicted_drain(first[0], second[0], second[1], time.monotonic() - started)


def _canary_problem(request: SwitchRequest, picture: Picture) -> str:
    """Send a row through the way back, if it is live, and return why it did not arrive; nothing if it did."""
    if not request.both_at_once:
        return ""
    try:
        _fly(request, request.back, picture.lanes(request.back), Deadline(_CANARY_SECONDS, "The canary of go/no-go"))
    except MigrationError as error:
        if error.code not in ("BG311", "BG312"):
            raise
        return error.what
    return ""


def _drain(request: SwitchRequest, lanes: list[tuple[LaneSpec, LaneFacts]]) -> float:
    """Return the seconds that a marker took; more than the limit if it did not arrive in time."""
    try:
        return _fly(request, request.forth, lanes, Deadline(request.max_lag, "The marker of go/no-go"))
    except MigrationError as error:
        if error.code != "BG312":
            raise
        return request.max_lag + 0.001


def _fly(
    request: SwitchRequest, direction: Direction, lanes: list[tuple[LaneSpec, LaneFacts]], deadline: Deadline
) -> float:
    """Send a marker through each lane, remove it again, and return the seconds it took."""
    specs = [spec for spec, _facts in lanes]
    watch = LanesWatch(request.sides, direction, {spec.name: facts.errors for spec, facts in lanes})
    publisher = request.sides.session(direction.publisher)
    started = time.monotonic()
    tokens = send_markers(publisher, specs, _PURPOSE)
    try:
        wait_for_markers(request.sides, direction, specs, tokens, deadline, watch)
        return time.monotonic() - started
    finally:
        marker.remove_markers(publisher, tokens)
