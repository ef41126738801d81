# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch: what is to be done about a wish, and what speaks against doing it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .findings import BLOCKS, Finding
from .relations import TableName
from .sides import Side
from .situation import Situation


class Decision(Enum):
    """What a wish for a side in service comes to."""

    ALREADY = "already there"
    SWITCH = "switch"
    FINISH = "finish an interrupted switch"


@dataclass(frozen=True)
class Transaction:
    """A session's open transaction; ``seconds`` is ``None`` where we may not see it."""

    pid: int
    role: str
    application: str
    seconds: float | None


@dataclass(frozen=True)
class Route:
    """Where a router leads: ``side`` and ``held`` are ``None`` where that is unknown.

    ``follows``: its clients find the side in service by themselves.
    """

    name: str
    side: Side | None
    held: bool | None
    follows: bool
    problems: tuple[Finding, ...]

    def serves(self, side: Side) -> bool:
        """Tell whether its clients reach ``side``, now."""
        return self.follows or (self.side is side and self.held is False)


@dataclass(frozen=True)
class Readiness:
    """What go/no-go is decided on. ``lane_problems`` and ``way_back_problems`` are words by lane, empty when healthy.

    ``drain_seconds``: how long a marker took to the target just now, ``None`` where none was sent (check mode);
    ``lag_bytes``: bytes not yet confirmed, ``None`` unknown. ``absent_standbys``: slots that nobody streams from and
    that nobody accepted.
    """

    lane_problems: Mapping[str, tuple[str, ...]]
    way_back_problems: Mapping[str, tuple[str, ...]]
    drain_seconds: float | None
    lag_bytes: int | None
    transactions: tuple[Transaction, ...]
    prepared: tuple[str, ...]
    absent_standbys: tuple[str, ...] = ()


def decide(situation: Situation, target: Side) -> Decision:
    """Return what the wish for ``target`` comes to. An interrupted switch is always finished first."""
    if situation.pending is not None:
        return Decision.FINISH
    return Decision.ALREADY if situation.in_service is target else Decision.SWITCH


def reasons_against(
    situation: Situation,
    target: Side,
    readiness: Readiness,
    routes: tuple[Route, ...],
    max_lag_seconds: float,
    max_transaction_seconds: float,
) -> list[Finding]:
    """Return every reason not to switch to ``target`` now, all at once."""
    old = target.other
    reasons = [*_gate_reasons(situation, target), *_route_reasons(routes, old)]
    for lane, problems in readiness.lane_problems.items():
        reasons.append(
            _reason("BG510", target, f"{lane} {', '.join(problems)}", "Run replicate and wait until it is well")
        )
    for lane, problems in readiness.way_back_problems.items():
        reasons.append(_reason("BG511", old, f"the way back: {lane} {', '.join(problems)}", "Run sync"))
    reasons += _lag_reasons(readiness, target, max_lag_seconds)
    reasons += _transaction_reasons(readiness, old, max_transaction_seconds)
    reasons += _standby_reasons(readiness, old)
    return reasons


def _reason(code: str, side: Side, what: str, fix: str, objects: tuple[str, ...] = ()) -> Finding:
    return Finding(code, BLOCKS, str(side), what, fix, objects)


def _gate_reasons(situation: Situation, target: Side) -> list[Finding]:
    reasons = []
    for side, facts in sorted(situation.gates.items()):
        if not facts.installed:
            reasons.append(_reason("BG515", side, "there is no gate", "Run setup"))
        elif facts.ungated:
            names = tuple(str(name) for name in facts.ungated)
            reasons.append(_reason("BG515", side, "tables without the gate's trigger", "Run setup again", names))
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


def _route_reasons(routes: tuple[Route, ...], old: Side) -> list[Finding]:
    reasons = []
    for route in routes:
        reasons += [problem for problem in route.problems if problem.severity == BLOCKS]
        if not route.follows and route.side is not old:
            leads = f"leads to {route.side}" if route.side else "leads nobody knows where"
            reasons.append(
                _reason("BG517", old, f"{route.name} {leads}, not to the side in service", "Correct the route first")
            )
    return reasons


def _lag_reasons(readiness: Readiness, target: Side, limit: float) -> list[Finding]:
    if readiness.drain_seconds is not None:
        if readiness.drain_seconds <= limit:
            return []
        what = f"a marker took more than {limit:g} s to arrive"
    elif readiness.lag_bytes is None:
        what = "its lag is unknown"
    else:
        return []
    return [_reason("BG512", target, what, "Wait for a quieter moment, or run replicate and look at its lag")]


def _transaction_reasons(readiness: Readiness, old: Side, limit: float) -> list[Finding]:
    reasons = []
    for one in readiness.transactions:
        who = f"pid {one.pid} ({one.role}, {one.application or 'no application name'})"
        if one.seconds is None:
            fix = "Grant pg_read_all_stats (or pg_monitor) to our role"
            reasons.append(_reason("BG513", old, f"we may not see how long {who} has been in a transaction", fix))
        elif one.seconds > limit:
            fix = "Wait for it or end it; bluegreen_max_transaction_seconds is the limit"
            reasons.append(_reason("BG513", old, f"{who} has been in a transaction for {one.seconds:.0f} s", fix))
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
    what = "standbys are away: promoted later, they would take writes, since they have not received the fence"
    fix = "Bring them back, drop their slots, or name the slots in bluegreen_accept_absent_standbys"
    return [_reason("BG516", old, what, fix, readiness.absent_standbys)]


@dataclass(frozen=True)
class Sequence:
    """A sequence and where it stands; ``last`` is ``None`` when it was never used."""

    name: TableName
    last: int | None
    increment: int
    minimum: int
    maximum: int


def sequence_targets(sequences: list[Sequence], headroom: int) -> list[tuple[TableName, int]]:
    """Return where each used sequence must stand on the new side: ``headroom`` values further, within its bounds.

    Headroom is for values that old sessions may still draw after the fence, which nextval passes.
    """
    targets = []
    for one in sequences:
        if one.last is not None:
            further = one.last + headroom * one.increment
            targets.append((one.name, max(one.minimum, min(one.maximum, further))))
    return targets


def timed(steps: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return the steps of a switch with their milliseconds, to 0.1 ms."""
    return [{"name": name, "milliseconds": round(seconds * 1000, 1)} for name, seconds in steps]
