# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording how a phase ended, on both sides, so that either one alone has the whole history."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.phase_names import DECOMMISSION, FAILED
from ..._domain.plan import Plan, Step
from ..._domain.secrets import masked
from ..._domain.service.journal import PHASE, Entry, last_epoch
from ..._domain.service.keepers import is_told_in_full, keepers_of, untold
from ..._domain.service.phases import begins_a_story, deserves_a_row, last_of_phase, states_of_phases
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._postgres.service import journal
from ..._postgres.service.situation import read_own_situation, read_situation_of
from ..ports import Ports
from ..switch.lost_side import read_lost_side
from .migration_info import MigrationInfo

_NO_SUCH_DATABASE = "BG005"


@dataclass(frozen=True)
class JournalState:
    """Both journals, seen for one phase."""

    situation: Situation
    phase: str

    @property
    def last(self) -> Entry | None:
        """Return the phase's newest row."""
        return last_of_phase(self.situation.story, self.phase)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        service = self.situation.in_service
        return {
            "recorded": self.last is not None,
            "entry": self.last.as_result() if self.last else None,
            "in_service": str(service) if service else None,
            "complete": is_told_in_full(self.situation),
            "journal": [entry.as_result() for entry in self.situation.story],
        }

    def as_diff(self) -> str:
        """Return how each phase last ended, one per line."""
        states = states_of_phases(self.situation.story)
        return "".join(f"{phase}: {state}\n" for phase, state in states.items())


def look(params: Mapping[str, Any], ports: Ports) -> MigrationInfo:
    """Return what reads where the migration stands after a phase; the routes are the phase's own matter."""
    return MigrationInfo({**params, "routes": []}, ports)


class RecordPhase:
    """Records a phase's end as a row on every side that keeps the migration's journal.

    ``prepare`` creates green's and writes nothing on blue, which learns the story so far when ``setup`` has put up its
    gate. A failure is recorded where possible, and never creates a journal: preflight or the table may have refused.
    """

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._migration: str = params["migration"]
        self._phase: str = params["phase"]
        self._state: str = params["state"]
        self._steps: list[dict[str, Any]] = params["steps"]
        self._details: dict[str, Any] = masked(params["details"], ports.sides.secrets)
        self._begins = begins_a_story(self._phase, self._state)
        self._run = uuid.uuid4().hex
        self._now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._sides = ports.sides
        self._warn = ports.warn
        self._may_write = ports.may_write

    def observe(self) -> JournalState:
        """Read gates and journals: after a failure those of the sides that answer, at the end those of the sides that
        still exist."""
        if self._state == FAILED or self._phase == DECOMMISSION:
            return JournalState(self._read_what_answers(), self._phase)
        lost = read_lost_side(self._sides)
        if lost is not None:
            if lost.situation.in_service is None and self._may_write:
                raise lost.error()
            return JournalState(lost.situation, self._phase)
        return JournalState(read_own_situation(self._sides), self._phase)

    def plan(self, before: JournalState) -> Plan[JournalState]:
        """Plan one row per side, and the rows that a side does not know yet."""
        situation = before.situation
        if not (self._begins or situation.entries):
            return Plan(before)
        is_news = deserves_a_row(before.last, self._state, bool(self._steps))
        rows = {
            side: untold(situation, side, self._phase) + ([self._entry(situation, side)] if is_news else [])
            for side in self._sides_to_write(situation)
        }
        return self._writing(before, rows)

    def execute(self, plan: Plan[JournalState]) -> JournalState:
        """Write the rows; each side's own transaction."""
        plan.perform()
        return self.observe()

    def _writing(self, before: JournalState, rows: Mapping[Side, list[Entry]]) -> Plan[JournalState]:
        title = f"record {self._phase} {self._state} on"
        steps = tuple(
            Step(f"{title} {side}", partial(self._write, side, entries)) for side, entries in rows.items() if entries
        )
        added = tuple(entry for entries in rows.values() for entry in entries)
        situation = replace(before.situation, entries=before.situation.entries + added)
        return Plan(JournalState(situation, self._phase), steps)

    def _write(self, side: Side, entries: list[Entry]) -> None:
        """Write all rows or none: a side that knows some phases is not told the earlier ones again."""
        session = self._sides.session(side)
        with journal.a_new_journal(session) if self._begins else session.transaction():
            for entry in entries:
                journal.write_entry(session, self._migration, entry.epoch, PHASE, details=entry.details)

    def _entry(self, situation: Situation, side: Side) -> Entry:
        details = {"run": self._run, "phase": self._phase, "state": self._state, "steps": self._steps, **self._details}
        return Entry(
            migration=self._migration,
            side=side,
            epoch=last_epoch(situation.entries),
            event=PHASE,
            at=self._now,
            details=details,
        )

    def _sides_to_write(self, situation: Situation) -> list[Side]:
        keepers = keepers_of(situation, self._phase)
        return [side for side in Side if side in keepers or (self._begins and side is Side.GREEN)]

    def _read_what_answers(self) -> Situation:
        answers = {side: answer for side in Side if (answer := self._read_if_it_answers(side))}
        return Situation(
            {side: answer.gates[side] for side, answer in answers.items()},
            tuple(entry for answer in answers.values() for entry in answer.entries),
        )

    def _read_if_it_answers(self, side: Side) -> Situation | None:
        try:
            return read_situation_of(self._sides, [side], own=True)
        except MigrationError as error:
            if self._state == FAILED:
                self._warn(f"The failure is not in the journal of {side}, which did not take it ({error.code})")
            elif error.code != _NO_SUCH_DATABASE:
                raise
            return None
