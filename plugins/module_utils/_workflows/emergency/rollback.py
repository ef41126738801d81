# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emergency: it opens blue although green is out of reach, and reports what may be missing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.emergency.state import EmergencyState
from ..._domain.errors import MigrationError
from ..._domain.names import link_prefix
from ..._domain.plan import Plan, Record, Step
from ..._domain.route import RouteFacts
from ..._domain.service import journal as events
from ..._domain.service.situation import Situation
from ..._domain.sides import Direction, Side
from ..._domain.switch.last_seen import Loss, emergency_targets
from ..._postgres.catalog import read_tables
from ..._postgres.lanes import link
from ..._postgres.lanes.slots import readers_of_slots
from ..._postgres.lock import end_session, take_lock
from ..._postgres.sequences import advance_sequences
from ..._postgres.service import gate, journal
from ..._postgres.service.situation import read_situation, read_situation_of
from ..._postgres.session import Session
from ..._postgres.switch import last_seen
from ..._postgres.switch.critical_section import end_runs
from ..._routers.registry import build_fleet
from ..files import write_document
from ..go_no_go.readiness import read_routes
from ..ports import LOCK_SECONDS, Ports
from ..switch import forward
from ..switch.out_of_reach import prove_out_of_reach, require_still_out_of_reach
from ..switch.recovery import ROUTE_SECONDS
from .arrivals import Arrivals
from .held_green import HeldGreen

_PATIENCE_SECONDS = 3.0  # for another run to end by itself
_ROUTE_SECONDS = 2.0
_SLOT_SECONDS = 5.0


class EmergencyRollback:
    """Opens blue without green; needs ``accept_loss``."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._accepted: bool = params["accept_loss"]
        self._file: str = params["file"]
        self._patience: float = params["patience"]
        self._headroom: int = params["sequence_headroom"]
        self._fleet = build_fleet(params["routes"], ports.run)
        self._sides = ports.sides
        self._may_write = ports.may_write
        self._warn = ports.warn
        self._arrivals, self._green = Arrivals(ports.sides), HeldGreen(ports.sides)
        self._failures: list[tuple[str, MigrationError]] = []
        self._opened = False

    def observe(self) -> EmergencyState:
        """Prove that green is out of reach, and read what blue knows about it."""
        blue = self._sides.blue
        read_situation_of(self._sides, [Side.BLUE], own=True)
        lanes = last_seen.read_lanes_seen(blue, self._sides.migration)
        proof = prove_out_of_reach(self._sides, Side.GREEN, self._patience, lanes, self._may_write)
        situation = read_situation_of(self._sides, [Side.BLUE])
        state = EmergencyState(situation, read_routes(self._fleet, _ROUTE_SECONDS))
        if situation.in_service is Side.BLUE:
            return state
        return replace(state, loss=self._read_loss(situation, proof.lines), file=self._file, holds=proof.answers_here)

    def plan(self, before: EmergencyState) -> Plan[EmergencyState]:
        """Plan the steps.

        :raises MigrationError: BG552 without ``accept_loss``, BG553 if no switch closed blue
        """
        drop_slots = Step("drop the slots that green has read from", self._drop_slots)
        if before.loss is None:
            wrong = [route.name for route in before.routes if not route.serves(Side.BLUE)]
            again = [Step(f"lead {', '.join(wrong)} to blue", self._lead_routes)] if wrong else []
            again += [drop_slots] if before.situation.switched and self._forward_slots() else []
            return Plan(before, tuple(again))
        if not self._accepted:
            raise MigrationError(
                "BG552",
                f"Nobody has accepted the loss: {'; '.join(before.loss.lines)}",
                "Green is out of reach and blue is closed: neither side is in service",
                "Bring green back; or set bluegreen_emergency to accept_loss",
                before.as_result(),
            )
        hold = Step("let green's writers wait", self._hold_green)
        look = Step("see that green has not come back", self._look_again, changes=False)
        steps = [
            Step("stop what comes from green", self._arrivals.stop),
            Step(f"write what may be missing to {self._file}", partial(self._write_loss, before)),
            Step("advance the sequences of blue", self._advance_sequences),
            hold if before.holds else look,
            Step("open blue", partial(self._open, before)),
            *([Step("fence green", self._green.fence)] if before.holds else []),
            drop_slots,
            Step("lead the routes", self._lead_routes),
            Step("prove that blue accepts writes", self._prove_opening, changes=False),
        ]
        return Plan(replace(before, projected=Side.BLUE), tuple(steps))

    def execute(self, plan: Plan[EmergencyState]) -> EmergencyState:
        """Do it with blue's lock held; a failure before the opening resumes the links from green."""
        lock = self._sides.connect(Side.BLUE, "switch", Deadline(LOCK_SECONDS, "Taking the lock"))
        self._opened = plan.projected.loss is None
        try:
            self._be_the_only_run(lock)
            for step in plan.steps:
                self._perform(step, plan.record)
        except MigrationError:
            self._let_arrive_again()
            raise
        finally:
            self._green.let_go()
            lock.close()
        situation = read_situation_of(self._sides, [Side.BLUE])
        done = replace(plan.projected, situation=situation, routes=read_routes(self._fleet, _ROUTE_SECONDS))
        if plan.projected.loss is not None:
            self._journal(situation, plan.record)
            if not plan.projected.holds:
                self._warn_of_green(plan.projected.routes)
        if self._failures:
            raise _not_finished(self._failures, {**done.as_result(), "steps": plan.record.as_result()})
        return done

    def _be_the_only_run(self, lock: Session) -> None:
        """Take the lock, and end every other run: one that waits for green would not release the lock."""
        patience = time.monotonic() + _PATIENCE_SECONDS
        limit = Deadline(LOCK_SECONDS, "Taking the lock")
        take_lock(lock, self._sides.migration, limit, lambda _pid: time.monotonic() > patience)
        lock.wait_until(None)
        end_runs(self._sides.blue, self._sides.migration)

    def _perform(self, step: Step, record: Record) -> None:
        """Do a step; after the opening a failure does not stop the other steps."""
        try:
            record.perform(step)
        except MigrationError as error:
            if not self._opened:
                raise
            self._failures.append((step.title, error))

    def _journal(self, situation: Situation, record: Record) -> None:
        details = {"steps": record.as_result(), "milliseconds": record.milliseconds}
        journal.write_entry(
            self._sides.blue, self._sides.migration, situation.next_epoch - 1, events.SWITCH, Side.BLUE, details
        )

    def _read_loss(self, situation: Situation, proofs: tuple[str, ...]) -> Loss:
        fence = events.last_fence(situation.entries)
        if fence is None or fence.target is not Side.GREEN or not situation.gates[Side.BLUE].fenced:
            raise MigrationError(
                "BG553",
                "Blue was not closed by a switch to green: there is nothing that an emergency could open",
                "Nothing was changed",
                "Run status",
                situation.as_result(),
            )
        blue = self._sides.blue
        lanes = tuple(last_seen.read_lanes_seen(blue, self._sides.migration))
        carried = {table for lane in lanes for table in lane.tables}
        tables = [table for table in read_tables(blue) if table.stores_rows]
        _settable, others = last_seen.read_sequences_alone(blue)
        return Loss(
            self._sides.migration,
            Side.GREEN,
            self._sides.endpoints[Side.GREEN].address,
            fence.at,
            lanes,
            tuple(sorted(table.name for table in tables if table.name not in carried)),
            proofs,
            tuple(others),
            {table.name: table.root for table in tables},
        )

    def _let_arrive_again(self) -> None:
        if gate.is_fenced(self._sides.blue):
            self._arrivals.let_go_on()

    def _write_loss(self, state: EmergencyState) -> None:
        """Read again what has arrived, now that nothing more arrives, and save it before blue opens."""
        proofs = state.loss.proofs if state.loss else ()
        loss = self._read_loss(read_situation_of(self._sides, [Side.BLUE]), proofs)
        try:
            write_document(self._file, loss.as_document())
        except OSError as error:
            raise MigrationError(
                "BG554",
                f"What may be missing could not be written to {self._file}: {error.strerror}",
                "Nothing was opened: blue is closed as before",
                "Set bluegreen_emergency_file to a file that can be written where the modules run",
            ) from None

    def _advance_sequences(self) -> None:
        blue = self._sides.blue
        sequences, _others = last_seen.read_sequences_alone(blue)
        targets = emergency_targets(sequences, last_seen.read_farthest(blue, sequences), self._headroom)
        if targets:
            advance_sequences(blue, targets)

    def _look_again(self) -> None:
        require_still_out_of_reach(self._sides, Side.GREEN)

    def _hold_green(self) -> None:
        self._green.hold(read_situation(self._sides).next_epoch)

    def _open(self, state: EmergencyState) -> None:
        """Open blue; the same transaction cuts off the links from green and records that in the journal."""
        blue = self._sides.blue
        details = {"emergency": True, "may_be_missing": state.loss.lines if state.loss else [], "file": self._file}
        epoch = read_situation_of(self._sides, list(Side) if state.holds else [Side.BLUE]).next_epoch
        with blue.transaction():
            forward.prepare_opening(blue, self._sides.migration, epoch, details)
            self._arrivals.cut_off()
        self._opened = True
        gate.widen_gate(blue)

    def _drop_slots(self) -> None:
        """Green has rows that blue lacks: nothing may flow there any more, and blue must not keep WAL for it.

        A walsender lives on for a minute after its client's machine is gone, and a living green reconnects: so every
        reader is ended before each attempt.
        """
        blue, end = self._sides.blue, time.monotonic() + _SLOT_SECONDS
        for name in self._forward_slots():
            link.drop_slot(blue, name, end, partial(self._end_reader, name))

    def _end_reader(self, slot: str) -> None:
        reader = self._forward_slots().get(slot)
        if reader is not None:
            end_session(self._sides.blue, reader)

    def _forward_slots(self) -> dict[str, int | None]:
        prefix = f"{link_prefix(self._sides.migration)}{Direction.FORWARD}_"
        return readers_of_slots(self._sides.blue, f"{link.like(prefix)}%")

    def _lead_routes(self) -> None:
        forward.lead_routes(self._fleet, Side.BLUE, ROUTE_SECONDS)

    def _prove_opening(self) -> None:
        if not gate.try_write(self._sides.blue):
            raise MigrationError("BG521", "a write was refused by the fence", "", "Run status")

    def _warn_of_green(self, routes: tuple[RouteFacts, ...]) -> None:
        followers = [route.name for route in routes if route.follows]
        who = f" Clients of {', '.join(followers)} find it by themselves when it comes back." if followers else ""
        self._warn(
            f"Green could not be fenced: cut applications off from {self._sides.endpoints[Side.GREEN].address} before "
            f"it comes back.{who} Run rollback once it has, which fences it; what it took after this stays there."
        )


def _not_finished(failures: list[tuple[str, MigrationError]], done: dict[str, Any]) -> MigrationError:
    told = "; ".join(f"{title}: {error.what}" for title, error in failures)
    return MigrationError(
        "BG557",
        f"Blue is open, but not everything after that was done: {told}",
        "Blue is in service, and nothing comes from green any more",
        "Mend what is named, then run the same command again, which does the rest",
        done,
    )
