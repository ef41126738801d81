# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One attempt to switch: watchdog, locks, critical section, and a true report of how it ended."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.go_no_go.decision import Decision, decide
from ..._domain.go_no_go.picture import Picture
from ..._domain.plan import Record
from ..._domain.service import journal as events
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._domain.switch.left_behind import Clients
from ..._domain.switch.scripts import reasons
from ..._postgres.go_no_go.picture import read_picture
from ..._postgres.service import journal
from ..._postgres.service.situation import read_situation
from ..._postgres.session import Session
from ..._routers.fleet import Fleet
from ..go_no_go.readiness import read_routes
from ..go_no_go.reasons import no_go, read_reasons
from ..go_no_go.request import SwitchRequest
from ..ports import LOCK_SECONDS
from .at_switch import AtSwitch
from .critical_section import StepStopped
from .files import ready_to_take_back, rehearse
from .recovery import ARM_SECONDS, SwitchDuty, take_locks
from .run import SwitchRun
from .schema_watch import SchemaWatch
from .watchdog import Limits, Watchdog

_CLOSED_SECONDS = 4.0  # for clients to end, for standbys to flush the fence, and for the opening


class SwitchFailed(MigrationError):
    """A switch that did not succeed. ``undone``: nothing is left for the watchdog."""

    undone = False


class SwitchAttempt:
    """Makes sure, before the switch starts, that a process will finish or undo it in any case."""

    def __init__(self, request: SwitchRequest, fleet: Fleet) -> None:
        self._request = request
        self._fleet = fleet
        self.left_behind: list[Clients] = []

    def perform(self) -> Record:
        """Switch, and return the record of its steps; an empty one when another run has switched meanwhile.

        :raises SwitchFailed: BG520 with the step that stopped it and the state now
        :raises MigrationError: BG500 when go/no-go, read again under the locks, says no; BG501 when another run is at
            work, BG532 without a watchdog; in all three cases nothing was begun
        """
        watchdog = self._start_watchdog()
        begun = False
        locks: dict[Side, Session] = {}
        try:
            locks = take_locks(self._request, Deadline(LOCK_SECONDS, "Taking the locks"))
            self._fleet.arm(Deadline(ARM_SECONDS, "Arming the routes"))
            begun = True
            record = self._run(locks, watchdog)
            begun = False
            return record
        except SwitchFailed as failed:
            begun = not failed.undone
            raise
        finally:
            for session in locks.values():
                session.close()
            if begun:
                watchdog.abandon()
            else:
                watchdog.dismiss()

    def _start_watchdog(self) -> Watchdog:
        """Start it with its own sessions and consoles; its time exceeds that of locks and deadline together."""
        watched = replace(self._request, ports=replace(self._request.ports, sides=self._request.sides.fresh()))
        try:
            return Watchdog.start(_limits(self._request), SwitchDuty(watched))
        except OSError as error:
            raise _without_watchdog(f"The watchdog was not started: {error}") from None

    def _run(self, locks: dict[Side, Session], watchdog: Watchdog) -> Record:
        request = self._request
        situation = read_situation(request.sides)
        if decide(situation, request.target) is not Decision.SWITCH:
            return Record()
        epoch = situation.next_epoch
        schema = SchemaWatch(request.sides.session(request.target.other))
        picture = read_picture(request.sides, situation, request.exclude_tables)
        self._require_go(picture)
        scripts = self._ready_scripts(situation)
        deadline = Deadline(request.deadline - request.undo_reserve, "The switch")
        run = SwitchRun(request, locks, self._fleet, deadline, watchdog, schema, picture)
        run.scripts = scripts
        with closing(run), request.ports.cancellation.told_to(deadline.stop):
            run.prepare()
            try:
                watchdog.begun((locks[request.target.other].backend_pid, locks[request.target].backend_pid))
            except BrokenPipeError:
                raise _without_watchdog("The watchdog ended before the switch began") from None
            try:
                run.perform()
            except StepStopped as stopped:
                raise self._failed(stopped, run, epoch) from None
            record = run.section.record
            self.left_behind = run.left_behind
            self._without_limit()
            request.ports.cancellation.look()
            told = {"steps": record.with_beginnings(), "milliseconds": record.milliseconds}
            details = {**told, **request.ports.cancellation.as_details()}
            self._journal(request.target, epoch, events.SWITCH, details)
        return record

    def _require_go(self, picture: Picture) -> None:
        """Read once more, with both locks held, what may have become stale while waiting and approving."""
        reasons = read_reasons(self._request, picture, read_routes(self._fleet), postponable=False)
        if reasons:
            raise no_go(self._request.target, reasons)

    def _ready_scripts(self, situation: Situation) -> AtSwitch | None:
        """Return the versioned migrations of the switch, tried once more, ``None`` where there are none.

        :raises MigrationError: BG500 when there is a reason against them
        """
        rehearsed = rehearse(self._request, situation)
        if not rehearsed.scripts:
            return None
        against = reasons(rehearsed, self._request.files.accepted)
        if against:
            raise no_go(self._request.target, tuple(against))
        scripts = rehearsed.scripts
        if self._request.target is Side.BLUE:
            scripts = ready_to_take_back(self._request, scripts)
        return AtSwitch.prepared(self._request.sides, scripts, self._request.hold_limit) if scripts else None

    def _failed(self, stopped: StepStopped, run: SwitchRun, epoch: int) -> SwitchFailed:
        """Return the error with the current state, read from the servers, and record it in the journal.

        Once the new side is open, the state is known without asking the old side, which may be gone.
        """
        serves = self._request.target if run.opened else self._who_serves()
        steps = run.section.record.as_result()
        undone = serves is self._request.target.other and not stopped.undo_failures
        details = {"step": stopped.step, "steps": steps, "undo_failures": list(stopped.undo_failures)}
        failed = SwitchFailed(
            "BG520",
            f"The switch to {self._request.target} stopped at the step '{stopped.step}': {stopped.cause.what}",
            _stands(serves, undone, stopped.undo_failures),
            stopped.cause.todo or "Run the same command again",
            {**details, "cause": stopped.cause.as_result()},
        )
        failed.undone = undone
        if serves is not None and undone:
            cancelled = self._request.ports.cancellation.as_details()
            kept = {**details, "steps": run.section.record.with_beginnings(), **cancelled, "why": str(stopped.cause)}
            self._journal(serves, epoch, events.UNDONE, kept)
        return failed

    def _who_serves(self) -> Side | None:
        """Return the side in service, ``None`` if it cannot be read or no side is open."""
        try:
            self._without_limit()
            return read_situation(self._request.sides).in_service
        except MigrationError:
            return None

    def _without_limit(self) -> None:
        for side in Side:
            self._request.sides.session(side).set_deadline(None)

    def _journal(self, side: Side, epoch: int, event: str, details: dict[str, Any]) -> None:
        session = self._request.sides.session(side)
        journal.write_entry(session, self._request.migration, epoch, event, self._request.target, details)


def _limits(request: SwitchRequest) -> Limits:
    """Return how long the watchdog tolerates a silent switch; it is idle until the last go/no-go is over."""
    idle = 2 * LOCK_SECONDS + ARM_SECONDS + request.last_look_seconds
    return Limits(idle, request.deadline, min(request.deadline, _CLOSED_SECONDS), request.deadline)


def _without_watchdog(what: str) -> MigrationError:
    return MigrationError(
        "BG532",
        what,
        "Nothing was touched",
        "Check that the routes' consoles can be reached twice at once, then run the same command again",
    )


def _stands(serves: Side | None, undone: bool, undo_failures: tuple[str, ...]) -> str:
    if undone:
        return f"Everything was undone: {serves} is in service and accepts writes"
    if serves is None:
        return "Which side is open cannot be read at this moment; a watchdog process will settle it"
    failures = f" ({'; '.join(undo_failures)})" if undo_failures else ""
    return f"{serves} is in service; a watchdog process goes on to lead the routes there and finish the rest{failures}"
