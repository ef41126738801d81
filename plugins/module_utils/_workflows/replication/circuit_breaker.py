# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker: beyond the user's limits it drops a migration's slots, before the server's disk is full."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Callable, TypeVar

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.replication.breaker import Limits, Retention, held_up, outgrown, reason_to_break, unknowns
from ..._domain.sides import Side
from ..._domain.space import Space
from ..._postgres.replication import breaker
from ..._postgres.session import Session
from ..disk_space import read_space
from ..ports import Ports

# A dead or frozen side must not prevent the other side's protection.
_LOOK_SECONDS, _DROP_SECONDS = 10.0, 40.0
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class BreakerState:
    """The WAL that the slots retain, the free space, and by side why its slots have to be dropped (or were)."""

    held: tuple[Retention, ...]
    space: Space | None
    reasons: Mapping[Side, str]
    unknown: tuple[str, ...]
    held_up: tuple[str, ...] = ()

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "retained_bytes": {
                str(one.side): {**{name: wal.kept for name, wal in one.slots.items()}, **one.early} for one in self.held
            },
            "held_up": list(self.held_up),
            "free_bytes": self.space.free if self.space else None,
            "reasons": {str(side): reason for side, reason in self.reasons.items()},
            "unknown": list(self.unknown),
        }

    def as_diff(self) -> str:
        """Return the slots, one per line."""
        return "".join(f"{one.side}: {name}\n" for one in self.held for name in sorted({*one.slots, *one.early}))


class CircuitBreaker:
    """Checks each side separately: the other may be dead, and that is when a slot retains the most WAL."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._limits = Limits(params["retained_wal"] or None, params["free_disk"] or None)
        self._command: list[str] = params["free_disk_command"]
        self._ports = ports
        self._migration = ports.sides.migration

    @property
    def is_set(self) -> bool:
        """Tell whether the user has set any limit."""
        return self._limits != Limits()

    def observe(self) -> BreakerState:
        """Read the slots of every side that answers.

        :raises MigrationError: BG331 when neither answers
        """
        silent: dict[Side, str] = {}
        patterns = breaker.slot_patterns(self._migration)
        for side in Side:
            patterns += self._ask(side, silent, lambda one: breaker.read_sync_patterns(one, self._migration)) or []
        answers = [
            self._ask(side, silent, lambda one: breaker.read_retention(one, self._migration, patterns)) for side in Side
        ]
        held = [one for one in answers if one is not None]
        if not held:
            raise _nobody_answers(silent)
        space = read_space(self._command, self._ports.run) if self._limits.free else None
        reasons = {one.side: reason for one in held if (reason := reason_to_break(one, space, self._limits))}
        unknown = [*unknowns(held, space, self._limits), *silent.values()]
        return BreakerState(tuple(held), space, reasons, tuple(unknown), tuple(held_up(held, self._limits)))

    def plan(self, before: BreakerState) -> Plan[BreakerState]:
        """Plan to drop every slot of a side that has a reason, and what a killed switch has left there."""
        broken = [one for one in before.held if one.side in before.reasons]
        steps = tuple(
            Step(
                f"drop {', '.join(sorted(one.slots))} on {one.side}", partial(self._drop, one, before.reasons[one.side])
            )
            for one in broken
        )
        useless = {one.side: outgrown(one, before.space, self._limits) for one in before.held}
        steps += tuple(
            Step(f"drop {name} on {side}, which a killed switch has left", partial(self._drop_early, side, name))
            for side, names in useless.items()
            for name in names
        )
        left = tuple(
            replace(
                one,
                slots={} if one in broken else one.slots,
                early={name: kept for name, kept in one.early.items() if name not in useless[one.side]},
            )
            for one in before.held
        )
        return Plan(replace(before, held=left), steps)

    def execute(self, plan: Plan[BreakerState]) -> BreakerState:
        """Drop the slots, and record it in the journal of the side that they were on."""
        plan.perform()
        return replace(self.observe(), reasons=plan.projected.reasons)

    def _drop(self, held: Retention, reason: str) -> None:
        silent: dict[Side, str] = {}
        self._ask(held.side.other, silent, lambda one: breaker.stop_subscriptions(one, self._migration))
        for problem in silent.values():
            self._ports.warn(f"The subscription was not stopped: {problem}")
        with closing(self._connect(held.side, _DROP_SECONDS)) as publisher:
            for name in sorted(held.slots):
                breaker.drop_slot(publisher, name)
            breaker.record_break(publisher, self._migration, reason, sorted(held.slots))

    def _drop_early(self, side: Side, name: str) -> None:
        with closing(self._connect(side, _DROP_SECONDS)) as publisher:
            breaker.drop_slot(publisher, name)

    def _connect(self, side: Side, seconds: float) -> Session:
        return self._ports.sides.connect(side, "breaker", Deadline(seconds, f"The circuit breaker on {side}"))

    def _ask(self, side: Side, silent: dict[Side, str], question: Callable[[Session], Answer]) -> Answer | None:
        """Return a side's answer, ``None`` if it gives none; that is remembered, and the side is not asked again."""
        if side in silent:
            return None
        try:
            with closing(self._connect(side, _LOOK_SECONDS)) as session:
                return question(session)
        except MigrationError as error:
            silent[side] = f"{side} cannot be read: {error}"
            return None


def _nobody_answers(silent: Mapping[Side, str]) -> MigrationError:
    return MigrationError(
        "BG331",
        f"The circuit breaker can read neither side: {'; '.join(silent.values())}",
        "Nothing was changed; the slots still keep their WAL",
        "Make the servers reachable from here, then run monitor again",
    )
