# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go/no-go: every reason not to switch now, all at once, each with its code. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..copy.backfill import Unfilled
from ..findings import BLOCKS, Finding
from ..plans.views import NOT_FRESH
from ..relations import LARGE_OBJECTS, TableName
from ..route import RouteFacts
from ..schema.full_search import UNFIT_FIX, UNFIT_INDEX, UNFIT_WORDS
from ..schema.identity import CHANGED_FIX, CHANGED_SINCE, CHANGED_WORDS
from ..schema.replica_identity import WRITES_FAIL_WORDS, WRITES_WOULD_FAIL, WRITES_WOULD_FAIL_FIX
from ..service.advice import END, NO_WAY_BACK, NO_WAY_BACK_WORDS, mending
from ..service.beginnings import Stray
from ..service.gate import OUT_OF_REACH
from ..service.situation import Situation
from ..service.stopped import what_remains
from ..session_settings import CHANGES_ROWS, CHANGES_ROWS_WORDS
from ..sides import Direction, Side
from ..versions import UNTRIED, why_untried
from .conditions import ConditionFacts, reasons_of_conditions
from .decision import AheadOfSlot, Transaction

LARGE_OBJECTS_STAY = "BG152"
AHEAD_OF_SLOT = "BG538"
UNFILLED_ROWS = "BG255"
UNKNOWN_ROWS = "BG256"
_COMPARE = "Run verify, with bluegreen_repair_differences if rows differ"
_DOUBTED_WORDS = (
    "a side has failed over, so that rows which links had brought may be missing, and no comparison since has found "
    "both sides equal"
)
_NAMED = 5


@dataclass(frozen=True)
class Limits:
    """Seconds that may pass: for a marker beforehand, for an open transaction, and for all steps of the switch."""

    lag: float
    transaction: float
    steps: float


@dataclass(frozen=True)
class Readiness:
    """What go/no-go depends on. ``lane_problems`` and ``way_back_problems`` are words by lane, empty when healthy.

    ``drain_seconds``: how long a marker took to the target just now, ``None`` if none was sent (check mode);
    ``predicted_seconds``: how long the drain would take, ``None`` if unknown. ``lag_bytes``: bytes not yet confirmed,
    ``None`` if unknown. ``canary_problem``: why no canary arrived on the way back, empty if one did or none was sent.
    ``absent_standbys``: slots that no standby streams from and that nobody accepted. ``sequence_problems``: what would
    prevent a sequence from continuing. ``conditions``: those of a cutover, ``None`` for a rollback. ``loss``: what only
    green has and whose loss nobody accepted; ``gone``: tables of blue's that green has lost for good; both only for a
    rollback. ``large_objects``: the side in service has some. ``strays``: by side, settings that other roles' new
    sessions have and must not have. ``changed``: tables that are not those that were copied, or last found equal, with
    words. ``missed``: lanes that did not find a row since. ``doubted``: lanes of which a failover may have lost rows
    since. ``unfit_indexes``: by the side that applies, indexes by which it would not find rows. ``failing``: by side,
    published tables whose UPDATE and DELETE fail. ``row_changing``: by the side that applies, settings of our role that
    change rows in transit, and the fix.
    ``unfilled``: backfills whose rows are not proven to be filled; only for a cutover. ``ahead_of_slot``: on the new
    side, where the way back's slot is yet to be made. ``majors``: both servers' versions, only for a cutover.
    ``not_populated``: materialized views that hold rows on the side in service only.
    """

    lane_problems: Mapping[str, tuple[str, ...]]
    way_back_problems: Mapping[str, tuple[str, ...]]
    drain_seconds: float | None
    lag_bytes: int | None
    transactions: tuple[Transaction, ...]
    prepared: tuple[str, ...]
    predicted_seconds: float | None = 0.0
    canary_problem: str = ""
    absent_standbys: tuple[str, ...] = ()
    sequence_problems: tuple[str, ...] = ()
    conditions: ConditionFacts | None = None
    loss: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    large_objects: bool = False
    strays: Mapping[Side, tuple[Stray, ...]] = field(default_factory=dict)
    changed: tuple[tuple[TableName, str], ...] = ()
    missed: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    unfit_indexes: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    failing: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    row_changing: Mapping[Side, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    majors: Mapping[Side, int] = field(default_factory=dict)
    unfilled: tuple[Unfilled, ...] = ()
    ahead_of_slot: AheadOfSlot = field(default_factory=AheadOfSlot)
    not_populated: tuple[str, ...] = ()


def reasons_against(
    situation: Situation, target: Side, readiness: Readiness, routes: tuple[RouteFacts, ...], limits: Limits
) -> list[Finding]:
    """Return every reason not to switch to ``target`` now, all at once."""
    old = target.other
    reasons = [*_version_reasons(readiness), *_gate_reasons(situation, target), *_route_reasons(routes, old)]
    if situation.opened_alone is not None:
        reasons.append(what_remains(situation.opened_alone, situation.left_open, BLOCKS))
    else:
        reasons += _way_reasons(readiness, target, situation.in_service)
        reasons += _lag_reasons(readiness, target, limits)
        reasons += _wrong_rows_reasons(readiness, target)
    reasons += _transaction_reasons(readiness, old, limits.transaction)
    reasons += _slot_reasons(readiness.ahead_of_slot, target, limits.transaction)
    reasons += _standby_reasons(readiness, old)
    reasons += _sequence_reasons(readiness, target)
    if readiness.conditions is not None:
        reasons += reasons_of_conditions(readiness.conditions, target)
    reasons += _large_object_reasons(readiness, old)
    reasons += _stray_reasons(readiness)
    reasons += _unfilled_reasons(readiness, target)
    reasons += _view_reasons(readiness, target)
    return reasons


def _reason(code: str, side: Side, what: str, fix: str, objects: tuple[str, ...] = ()) -> Finding:
    return Finding(code, BLOCKS, str(side), what, fix, objects)


def _version_reasons(readiness: Readiness) -> Iterator[Finding]:
    """A server may have been upgraded since preflight."""
    for side, major in readiness.majors.items():
        why = why_untried(side, major)
        if why is not None:
            yield _reason(UNTRIED, side, *why, (str(major),))


def _gate_reasons(situation: Situation, target: Side) -> list[Finding]:
    reasons = []
    for side, facts in sorted(situation.gates.items()):
        if not facts.installed:
            reasons.append(_reason("BG515", side, "there is no gate", "Run setup"))
        elif facts.ungated:
            names = tuple(str(name) for name in facts.ungated)
            reasons.append(_reason("BG515", side, "tables without the gate's trigger", "Run setup again", names))
        if facts.out_of_reach:
            names = tuple(str(name) for name in facts.out_of_reach)
            what = "our role may not gate what others may write to"
            fix = "Grant the owner's role to our role, or revoke write privileges from everybody else; or accept it"
            reasons.append(_reason(OUT_OF_REACH, side, what, fix, names))
    contradiction = situation.contradiction()
    if contradiction:
        reasons.append(
            _reason("BG503", target.other, contradiction, "Do not switch; find out which side has the newest writes")
        )
    if situation.in_service is None:
        reasons.append(_reason("BG502", target, "it is not clear which side is in service", "Run status"))
    elif not situation.gates[target].fenced:
        reasons.append(_reason("BG504", target, "it accepts writes although it is not in service", "Run setup again"))
    return reasons


def _route_reasons(routes: tuple[RouteFacts, ...], old: Side) -> list[Finding]:
    reasons = []
    for route in routes:
        problems = [problem for problem in route.problems if problem.severity == BLOCKS]
        reasons += problems
        said_already = route.side is None and problems
        if not route.follows and route.side is not old and not said_already:
            leads = f"leads to {route.side}" if route.side else "leads to an unknown place"
            reasons.append(
                _reason("BG517", old, f"{route.name} {leads}, not to the side in service", "Correct the route first")
            )
    return reasons


def _unfilled_reasons(readiness: Readiness, target: Side) -> Iterator[Finding]:
    for one in readiness.unfilled:
        again = "Run the backfill again; if rows keep coming, let a trigger that fires for replication fill them"
        if one.unknown:
            fix = "Give the table an index with that condition (CREATE INDEX … WHERE …), or accept it by that name"
            yield _reason(UNKNOWN_ROWS, target, f"the backfill of {one.title}: {one.why}", fix, (one.title,))
        else:
            fix = f"{again}; or accept it by that name, and fill them after the cutover"
            yield _reason(UNFILLED_ROWS, target, f"the backfill of {one.title}: {one.why}", fix, (one.title,))


def _view_reasons(readiness: Readiness, target: Side) -> Iterator[Finding]:
    if readiness.not_populated:
        what = "materialized views are not populated there: after the switch every query of one would fail"
        fix = "Run sync, which refreshes them; or accept each by its name"
        yield _reason(NOT_FRESH, target, what, fix, readiness.not_populated)


def _way_reasons(readiness: Readiness, target: Side, serves: Side | None) -> Iterator[Finding]:
    """Yield what is wrong with the links, or only that they cannot carry all rows back."""
    if readiness.gone:
        fix = f"Leave green in service and fix the problem there; {END}"
        yield _reason(NO_WAY_BACK, target.other, NO_WAY_BACK_WORDS, fix, readiness.gone)
        return
    yield from _lane_reasons(readiness, target, serves)
    yield from _loss_reasons(readiness, target.other)


def _lane_reasons(readiness: Readiness, target: Side, serves: Side | None) -> Iterator[Finding]:
    forth, back = (mending(Direction.into(side), serves) for side in (target, target.other))
    for lane, problems in readiness.lane_problems.items():
        yield _reason("BG510", target, f"{lane} {', '.join(problems)}", f"Run {forth} and wait until it works")
    for lane, problems in readiness.way_back_problems.items():
        yield _reason("BG511", target.other, f"the way back: {lane} {', '.join(problems)}", f"Run {back}")
    if readiness.canary_problem:
        fix = "Run sync, which sends one as well; look at what holds the apply worker there"
        yield _reason("BG522", target.other, f"no canary came back: {readiness.canary_problem}", fix)


def _lag_reasons(readiness: Readiness, target: Side, limits: Limits) -> Iterator[Finding]:
    quieter = "Wait for a quieter moment; status shows the lag of each lane"
    if readiness.drain_seconds is not None and readiness.drain_seconds > limits.lag:
        yield _reason("BG512", target, f"a marker took more than {limits.lag:g} s to arrive", quieter)
    elif readiness.drain_seconds is None and readiness.lag_bytes is None:
        yield _reason("BG512", target, "its lag is unknown", quieter)
    elif readiness.predicted_seconds is None or readiness.predicted_seconds > limits.steps:
        known = readiness.predicted_seconds
        expected = "for an unknown time, since nothing is confirmed" if known is None else f"about {known:.1f} s"
        what = f"draining would take {expected}, and the deadline leaves {limits.steps:g} s"
        yield _reason("BG519", target, what, quieter)


def _long_transactions(transactions: Iterable[Transaction], limit: float) -> Iterator[tuple[str, str]]:
    """Yield, for each that is open for longer than ``limit`` or may be, what it is and the fix."""
    for one in transactions:
        who = f"pid {one.pid} ({one.role}, {one.application or 'no application name'})"
        if one.seconds is None:
            fix = "Grant pg_read_all_stats (or pg_monitor) to our role"
            yield f"we may not see how long {who} has been in a transaction", fix
        elif one.seconds > limit:
            fix = "Wait for it or end it; bluegreen_max_transaction_seconds is the limit"
            yield f"{who} has been in a transaction for {one.seconds:.0f} s", fix


def _slot_reasons(ahead: AheadOfSlot, target: Side, limit: float) -> Iterator[Finding]:
    waits = "the slot of the way back waits for every transaction of that server, of whatever database"
    for what, fix in _long_transactions(ahead.transactions, limit):
        yield _reason(AHEAD_OF_SLOT, target, f"{what}; {waits}", fix)
    if ahead.prepared:
        what = f"prepared transactions are open; {waits}"
        yield _reason(AHEAD_OF_SLOT, target, what, "COMMIT or ROLLBACK PREPARED them", ahead.prepared)


def _transaction_reasons(readiness: Readiness, old: Side, limit: float) -> list[Finding]:
    reasons = [_reason("BG513", old, what, fix) for what, fix in _long_transactions(readiness.transactions, limit)]
    if readiness.prepared:
        reasons.append(
            _reason(
                "BG514", old, "prepared transactions are open", "COMMIT or ROLLBACK PREPARED them", readiness.prepared
            )
        )
    return reasons


def _standby_reasons(readiness: Readiness, old: Side) -> list[Finding]:
    if not readiness.absent_standbys:
        return []
    what = "standbys are disconnected: promoted later, they would take writes, since they would lack the fence"
    fix = "Bring them back, drop their slots, or name the slots in bluegreen_accept_absent_standbys"
    return [_reason("BG516", old, what, fix, readiness.absent_standbys)]


def _sequence_reasons(readiness: Readiness, target: Side) -> list[Finding]:
    if not readiness.sequence_problems:
        return []
    fix = "Make them alike on both sides, and grant UPDATE on them to our role"
    return [_reason("BG524", target, "sequences could not continue there", fix, readiness.sequence_problems)]


def _wrong_rows_reasons(readiness: Readiness, target: Side) -> Iterator[Finding]:
    """Yield why rows of the target may be others than they should be, although its links are well."""
    if readiness.changed:
        tables = tuple(dict.fromkeys(str(name) for name, _words in readiness.changed))
        told = "; ".join(words for _name, words in readiness.changed[:_NAMED])
        yield _reason(CHANGED_SINCE, target, f"{CHANGED_WORDS} ({told})", CHANGED_FIX, tables)
    if readiness.missed:
        what = "links did not find rows that they were to change, and no comparison since has found both sides equal"
        yield _reason("BG536", target, what, _COMPARE, readiness.missed)
    if readiness.doubted:
        yield _reason("BG709", target, _DOUBTED_WORDS, _COMPARE, readiness.doubted)
    for side, names in readiness.unfit_indexes.items():
        yield _reason(UNFIT_INDEX, side, UNFIT_WORDS, UNFIT_FIX, names)
    for side, names in readiness.failing.items():
        yield _reason(WRITES_WOULD_FAIL, side, WRITES_FAIL_WORDS, WRITES_WOULD_FAIL_FIX, names)
    for side, (settings, mend) in readiness.row_changing.items():
        yield _reason(CHANGES_ROWS, side, CHANGES_ROWS_WORDS, mend, settings)


def _loss_reasons(readiness: Readiness, old: Side) -> Iterator[Finding]:
    if readiness.loss:
        what = "what only green has cannot flow back"
        fix = "Name each in bluegreen_accept_loss_of; it is exported to a file first"
        yield _reason("BG534", old, what, fix, readiness.loss)


def _large_object_reasons(readiness: Readiness, old: Side) -> list[Finding]:
    if not readiness.large_objects:
        return []
    what = "it has large objects, which no link carries"
    return [
        _reason(LARGE_OBJECTS_STAY, old, what, "Remove them, or accept it and copy them yourself", (LARGE_OBJECTS,))
    ]


def _stray_reasons(readiness: Readiness) -> Iterator[Finding]:
    for side, strays in readiness.strays.items():
        for stray in strays:
            yield _reason(
                stray.code, side, stray.what, " ".join(dict.fromkeys(stray.mends.values())), tuple(stray.mends)
            )
