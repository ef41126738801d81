# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole migration, module by module, beside an attacker and honest writers, and everything that is wrong with it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.attack.attacker import Attacker
from tests.attack.fences import Fences
from tests.attack.field import SIDES, Field
from tests.attack.ledger import HonestWriters, Ledger, unbalanced
from tests.attack.rights import gains, read_rights
from tests.attack.sightings import Sightings
from tests.live.modules import ModuleProcess

_WATCHDOG_SECONDS = 45.0
_TRIES_UNDER_ATTACK = 2
_SHOWN = 600
_STANDS_STILL = "has no apply worker"
_STATES = """
SELECT pid, usename, application_name, state, wait_event, pg_blocking_pids(pid), left(query, 100)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Phase:
    """One module's run. `limit`: the seconds after which it counts as hanging, more than its own limit."""

    name: str
    module: str
    limit: float
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    to: str | None = None


def phases(pg_bindir: str) -> tuple[Phase, ...]:
    """Return the migration's phases in their order."""

    def switch(target: str) -> Phase:
        told = {"target": target, "routes": [{"type": "multihost"}], "require_statistics": False}
        return Phase(f"switch to {target}", "cutover", 90.0, told, target)

    def link(direction: str, state: str) -> Phase:
        told = {"direction": direction, "state": state, "timeout": 30}
        return Phase(f"{direction} link {state}", "replication_link", 90.0, told)

    def catch_up(direction: str) -> Phase:
        return Phase(f"catch up {direction}", "replication_catchup", 60.0, {"direction": direction, "timeout": 30})

    return (
        Phase("preflight", "preflight_info", 60.0, {"pg_bindir": pg_bindir, "backup_waived": "a test"}),
        Phase("schema", "schema_copy", 120.0, {"pg_bindir": pg_bindir}),
        GATE,
        link("forward", "present"),
        catch_up("forward"),
        link("reverse", "present"),
        Phase("compare", "consistency_check", 120.0),
        switch("green"),
        switch("blue"),
        switch("green"),
        link("reverse", "absent"),
        link("forward", "absent"),
        Phase("gate off", "write_gate", 60.0, {"state": "absent"}),
    )


GATE = Phase("gate", "write_gate", 60.0, {"state": "present"})


@dataclass
class Report:
    """The result of one migration. `unnamed`: refusals by BG011, which name a statement but no session.

    `stranded`: why it could not continue, if an owner's change of a table stopped a link that only the same change on
    the other side restarts.
    """

    wrong: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    stranded: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    attacks: int = 0
    acknowledged: int = 0
    by_hand: int = 0
    unavoidable: int = 0


def flaws(phase: str, result: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with a module's ending: nothing if it succeeded or failed with a coded error."""
    said = str(result.get("msg", result))[:_SHOWN]
    if "Traceback" in str(result) or "no result, exit status" in said or not result:
        return [f"{phase} broke: {said}"]
    if result.get("failed") and not result.get("code"):
        return [f"{phase} failed without a code: {said}"]
    return []


class Journey:
    """One migration under attack."""

    def __init__(self, where: Field, seed: str, sessions: int = 3) -> None:
        self._field = where
        self.report = Report()
        self.ledger = Ledger()
        self._fences = Fences(where)
        self.attacker = Attacker(where, self.ledger, seed, sessions)
        self.writers = HonestWriters(where, self.ledger)
        self._gated = False
        self._in_service = "blue"
        self._said = ""
        self._sightings = Sightings(where)

    def travel(self, steps: tuple[Phase, ...]) -> Report:
        """Run the whole migration, or up to the first violation."""
        before = {side: read_rights(self._field, side) for side in SIDES}
        self.writers.start()
        self.attacker.start()
        try:
            for phase in steps:
                self._pass(phase)
                self.report.wrong += self.attacker.wrong
                self.report.wrong += [f"{one}, in {phase.name}" for one in self._sightings.mighty()]
                if self.report.wrong or self.report.stranded:
                    break
        finally:
            self.attacker.stop()
            self.writers.stop()
        if not self.report.wrong:
            self._judge_end()
        self.report.wrong += gains(self._field, before, {side: read_rights(self._field, side) for side in SIDES})
        self.report.unavoidable = len(self._sightings.unavoidable())
        self.report.attacks = self.attacker.attacks
        self.report.acknowledged = len(self.ledger.written)
        self.report.by_hand = self.ledger.passed_by_hand
        return self.report

    def _pass(self, phase: Phase) -> None:
        """Run a phase until it succeeds: under attack, then without the attacker, then without his leftovers."""
        for _try in range(_TRIES_UNDER_ATTACK):
            if self._succeeds(phase) or self.report.wrong:
                return
            self._settle()
            self.attacker.start()
        self.attacker.stop()
        left = [one.attack for one in self.attacker.left_behind()]
        if not self._succeeds(phase) and not self.report.wrong:
            self.report.stranded = self._sightings.stranded() if _STANDS_STILL in self._said else []
            if self.report.stranded:
                return
            if not left:
                self.report.wrong.append(f"{phase.name} fails although nothing stands in its way: {self._said}")
                return
            self._settle()
            if not self._succeeds(phase) and not self.report.wrong:
                self.report.wrong.append(f"{phase.name} fails after everything was taken back: {self._said}")
        self.attacker.start()

    def _settle(self) -> None:
        """Stop all writers, take back what the attacker left, and reinstall the gates that he took off."""
        self.attacker.stop()
        self.writers.rest()
        broken = any(one.attack.mends_gate for one in self.attacker.left_behind())
        self.attacker.undo_all()
        self._sort_out()
        self.ledger.remove_by_hand(self._field, self._in_service)
        if self._gated and broken:
            self._run(GATE)
        self.writers.go_on()

    def _succeeds(self, phase: Phase) -> bool:
        if phase.to is not None:
            self.attacker.unfence()
        result = self._run(phase)
        self._said = self.report.runs[-1] if self.report.runs else ""
        succeeded = not result.get("failed") and result.get("consistent", True) is not False
        if phase == GATE and succeeded:
            self._gated = True
        if phase.to is not None:
            self._judge_switch(phase, result)
        if (self._gated and phase.to is None) or succeeded:
            self._fence()
        return succeeded

    def _fence(self) -> None:
        if self._gated:
            self.attacker.fence("green" if self._in_service == "blue" else "blue")

    def _run(self, phase: Phase) -> dict[str, Any]:
        began = time.monotonic()
        process = ModuleProcess(phase.module, {**self._field.parameters, **phase.parameters})
        try:
            result = process.wait(phase.limit)
        except subprocess.TimeoutExpired:
            states = {side: self._field.query(side, _STATES) for side in SIDES}
            self.report.wrong.append(f"{phase.name} hangs: more than {phase.limit:g} s; {states}")
            return {"failed": True, "msg": "it hangs"}
        if not process.await_nothing_left(_WATCHDOG_SECONDS):
            self.report.wrong.append(f"{phase.name} has left processes that still run after {_WATCHDOG_SECONDS:g} s")
        code = result.get("code") or ("ok" if not result.get("failed") else "failed")
        said = " ".join(str(result.get("msg", "")).split())[:_SHOWN]
        self.report.runs.append(f"{phase.name}: {code} after {time.monotonic() - began:.1f} s {said}")
        self.report.codes[code] = self.report.codes.get(code, 0) + 1
        self.report.wrong += flaws(phase.name, result)
        if code == "BG011":
            self.report.unnamed.append(self.report.runs[-1])
        return result

    def _judge_switch(self, phase: Phase, result: Mapping[str, Any]) -> None:
        """Check that every acknowledged row is on the side in service, before and after the attacker's work is
        undone."""
        if result.get("failed"):
            info = self._run(Phase("status", "migration_info", 60.0))
            self._in_service = info.get("in_service") or self._in_service
            return
        assert phase.to is not None
        self._in_service = phase.to
        self.attacker.stop()
        self._judge_rows(fleeting=True)
        self._settle()
        self._judge_rows(fleeting=False)
        self.attacker.start()

    def _sort_out(self) -> None:
        self._fences.read()
        self.ledger.sort_out(self._fences.passed_by_hand)

    def _judge_rows(self, *, fleeting: bool) -> None:
        self._sort_out()
        tokens = {claim.token for one in self.attacker.left_behind() for claim in one.attack.claims}
        only = tokens if fleeting else None
        self.report.wrong += self.ledger.hold_against(self._field, self._in_service, time.time(), only)

    def _judge_end(self) -> None:
        self._judge_rows(fleeting=True)
        self.attacker.undo_all()
        self._judge_rows(fleeting=False)
        if count := unbalanced(self._field, self._in_service):
            self.report.wrong.append(f"{count} accounts do not add up to their transfers")
        if not self.writers.acknowledged:
            self.report.wrong.append("it proves nothing: no honest transfer was acknowledged")
