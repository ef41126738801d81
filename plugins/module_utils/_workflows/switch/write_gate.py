# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installing the gate on both sides, with green fenced, and removing it at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.preflight.acceptance import Acceptance, accepts
from ..._domain.relations import TableName
from ..._domain.service.gate import OUT_OF_REACH, GateFacts
from ..._domain.service.journal import GUARDED
from ..._domain.service.phases import require_not_ended
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._postgres.service import ddl_guard, gate, journal, marker
from ..._postgres.service.situation import read_own_situation, read_pair, read_situation
from ..ports import Ports


@dataclass(frozen=True)
class GateState:
    """The situation, as its gates show it. ``known``: the migrations that each side's journal knows."""

    situation: Situation
    known: Mapping[Side, frozenset[str]] = field(default_factory=dict)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return self.situation.as_result()

    def as_diff(self) -> str:
        """Return one fact per line."""
        lines = []
        for side, facts in sorted(self.situation.gates.items()):
            lines += [f"{side}.{key}: {value}" for key, value in facts.as_result().items()]
        return "\n".join(lines) + "\n"


class WriteGate:
    """``state: present`` installs, ``absent`` removes it from the side in service and leaves the other fenced."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._wanted: str = params["state"]
        self._keep_journal: bool = params["keep_journal"]
        self._wanted_guard: str = "" if params["ddl_guard"] == "off" else params["ddl_guard"]
        self._acceptances = [Acceptance.from_parameters(entry) for entry in params["accepted"]]
        self._sides = ports.sides

    def observe(self) -> GateState:
        """Read both gates and journals."""
        situation = read_own_situation(self._sides)
        with_journal = [side for side, facts in situation.gates.items() if facts.journal]
        known = {side: frozenset(journal.read_known(self._sides.session(side))) for side in with_journal}
        return GateState(situation, known)

    def plan(self, before: GateState) -> Plan[GateState]:
        """Plan only the differences."""
        if before.situation.in_service is None:
            raise MigrationError(
                "BG701",
                "It is not clear which side is in service",
                "Nothing was changed",
                "Run the playbook status; an interrupted switch is finished by running cutover or rollback again",
                before.as_result(),
            )
        return self._removal(before) if self._wanted == "absent" else self._installation(before)

    def execute(self, plan: Plan[GateState]) -> GateState:
        """Do the steps one by one; each may be repeated."""
        plan.perform()
        return GateState(read_situation(self._sides))

    def _installation(self, before: GateState) -> Plan[GateState]:
        require_not_ended(before.situation.story, self._migration)
        self._require_reach(before)
        steps: list[Step] = []
        gates: dict[Side, GateFacts] = {}
        for side, facts in before.situation.gates.items():
            fenced = facts.fenced or side is not before.situation.in_service
            if not (facts.journal and facts.installed and facts.exempt):
                steps.append(Step(f"create the gate on {side}", partial(self._create, side)))
            steps += [Step(f"gate {side} {table}", partial(self._add_trigger, side, table)) for table in facts.ungated]
            if fenced and not (facts.fenced and facts.signpost):
                steps.append(Step(f"fence {side}", partial(self._fence, side)))
            if not fenced and not facts.wide_open:
                steps.append(Step(f"open the gate of {side} wide", partial(self._widen, side)))
            gates[side] = facts.with_everything(fenced).guarded(self._wanted_guard)
            steps += self._guard_steps(side, facts, gates[side])
        return Plan(GateState(replace(before.situation, gates=gates)), tuple(steps))

    def _require_reach(self, before: GateState) -> None:
        today = datetime.now(timezone.utc).date()
        names = [
            f"{table} on {side}"
            for side, facts in sorted(before.situation.gates.items())
            for table in facts.out_of_reach
            if not accepts(self._acceptances, OUT_OF_REACH, str(table), today)
        ]
        if names:
            raise MigrationError(
                OUT_OF_REACH,
                f"Our role may not gate {', '.join(names)}, and others may write there",
                "Nothing was changed",
                "Grant the owner's role to our role, or revoke write privileges from everybody else; or accept it in "
                "bluegreen_accept",
                before.as_result(),
            )

    def _removal(self, before: GateState) -> Plan[GateState]:
        steps: list[Step] = []
        gates: dict[Side, GateFacts] = {}
        for side, facts in before.situation.gates.items():
            serves = side is before.situation.in_service
            known = before.known.get(side, frozenset())
            # Another migration's history, and its right to be told from this one, outlive this one.
            of_others = bool(known - {self._migration})
            keeps_journal = facts.journal and (of_others or (serves and self._keep_journal))
            gates[side] = facts.without_bookkeeping(serves, keeps_journal)
            if serves:
                steps += [
                    Step(f"ungate {side} {table}", partial(self._drop_trigger, side, table)) for table in facts.worn
                ]
                if facts.installed:
                    steps.append(Step(f"drop the gate of {side}", partial(self._drop_gate, side)))
            if facts.guard:
                steps.append(Step(f"take the guard off the schema of {side}", partial(self._unguard, side)))
            if facts.exempt:
                steps.append(Step(f"forget our role's exemption on {side}", partial(self._unexempt, side)))
            if of_others and self._migration in known and not (serves and self._keep_journal):
                steps.append(Step(f"forget this migration in the journal of {side}", partial(self._forget, side)))
            if facts.journal and not keeps_journal:
                what, drop = ("schema", self._drop_schema) if serves else ("journal", self._drop_journal)
                steps.append(Step(f"drop our {what} on {side}", partial(drop, side)))
        return Plan(GateState(replace(before.situation, gates=gates)), tuple(steps))

    def _guard_steps(self, side: Side, before: GateFacts, after: GateFacts) -> list[Step]:
        if before.guard == after.guard:
            return []
        if not after.guard:
            return [Step(f"take the guard off the schema of {side}", partial(self._unguard, side))]
        return [Step(f"guard the schema of {side}: {after.guard}", partial(self._guard, side))]

    def _create(self, side: Side) -> None:
        session = self._sides.session(side)
        journal.create_journal(session)
        journal.note_pair(session, self._migration, read_pair(self._sides))
        gate.create_gate(session)
        marker.create_markers(session)
        gate.exempt_own_role(session)

    def _add_trigger(self, side: Side, table: TableName) -> None:
        gate.add_trigger(self._sides.session(side), table, time.sleep)

    def _drop_trigger(self, side: Side, table: TableName) -> None:
        gate.drop_trigger(self._sides.session(side), table, time.sleep)

    def _fence(self, side: Side) -> None:
        session = self._sides.session(side)
        with session.transaction():
            gate.close_gate(session)
            journal.write_entry(session, self._migration, 0, GUARDED, side.other)

    def _widen(self, side: Side) -> None:
        gate.widen_gate(self._sides.session(side))

    def _guard(self, side: Side) -> None:
        ddl_guard.put_up_guard(self._sides.session(side), self._migration, self._wanted_guard)

    def _unguard(self, side: Side) -> None:
        ddl_guard.take_guard_away(self._sides.session(side))

    def _drop_gate(self, side: Side) -> None:
        session = self._sides.session(side)
        gate.drop_gate(session)

    def _drop_journal(self, side: Side) -> None:
        journal.drop_journal(self._sides.session(side))

    def _drop_schema(self, side: Side) -> None:
        journal.drop_schema(self._sides.session(side))

    def _forget(self, side: Side) -> None:
        journal.forget(self._sides.session(side), self._migration)

    def _unexempt(self, side: Side) -> None:
        """Remove the exemption, and the markers that only the links needed."""
        session = self._sides.session(side)
        marker.drop_markers(session)
        gate.unexempt_own_role(session)
