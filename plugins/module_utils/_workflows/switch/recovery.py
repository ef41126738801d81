# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finishes or undoes a switch whose process is gone: for its watchdog, or for the next run."""

from __future__ import annotations

import time
from typing import Callable

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.service.journal import FENCED, GATES, SCRIPTS, SWITCH, UNDONE, PendingSwitch, last_fence
from ..._domain.sides import Direction, Side
from ..._domain.switch.invariants import Event, Progress, advanced, progress_of
from ..._domain.switch.left_behind import Clients
from ..._postgres.lanes import link
from ..._postgres.lanes.wanted import read_lanes
from ..._postgres.lock import ANOTHER_RUN, no_holder, take_lock
from ..._postgres.service import gate, journal
from ..._postgres.service.situation import read_situation
from ..._postgres.session import Session
from ..._postgres.switch.in_flight import PAST_THE_GATE
from ..._postgres.switch.left_behind import end_clients
from ..._postgres.switch.scripts import SCRIPT_FAILED
from ..._routers.fleet import Fleet
from ..go_no_go.request import SwitchRequest
from ..ports import LOCK_SECONDS
from . import forward, way_back
from .at_switch import AtSwitch
from .forward import CHANGED_MEANWHILE, STANDBYS_BEHIND
from .watchdog import Holders

ROUTE_SECONDS = 10.0
ARM_SECONDS = 5.0
_WATCH_SECONDS = 600.0
_RETRY_SECONDS = 0.2
_QUICK_SECONDS = 1.0
_TAKES_THE_FENCE_BACK = (PAST_THE_GATE, CHANGED_MEANWHILE, STANDBYS_BEHIND, SCRIPT_FAILED)
_WHY_UNDONE = "its process died or went beyond its deadline; its watchdog brought the old side back"


def take_locks(
    request: SwitchRequest, deadline: Deadline, may_end: Callable[[int], bool] = no_holder
) -> dict[Side, Session]:
    """Return a session on each side that holds the migration's lock there; old side first, always."""
    sessions: dict[Side, Session] = {}
    try:
        for side in (request.target.other, request.target):
            sessions[side] = request.sides.connect(side, "switch", deadline)
            sessions[side].end_when_silent(LOCK_SECONDS + request.last_look_seconds + 2 * request.deadline)
            take_lock(sessions[side], request.migration, deadline, may_end)
    except MigrationError:
        for session in sessions.values():
            session.close()
        raise
    return sessions


def settle(request: SwitchRequest, fleet: Fleet, locks: dict[Side, Session]) -> Side:
    """Finish or undo an interrupted switch, and return the side in service afterwards.

    Past its point of no return (both sides fenced, a ``fenced`` row without ``opened``) the new side is opened.
    Before it nothing was changed on the servers. Either way the routes are led to the side in service and released.

    :raises MigrationError: BG502 when it is not clear which side is in service, nothing is opened then; BG545 or BG546
        when somebody wrote past the old side's gate, BG531 when a standby of it lacks the fence: it was taken back then
    """
    situation = read_situation(request.sides)
    pending = situation.pending
    withdrawn = None
    if pending is not None:
        withdrawn = _finish(request, pending, locks, progress_of(situation, pending))
        situation = read_situation(request.sides)
    side = situation.in_service
    if side is None or situation.contradiction():
        raise MigrationError(
            "BG502",
            "It is not clear which side is in service: " + (situation.contradiction() or "both are fenced"),
            "Nothing was opened",
            "Run the playbook status and compare both journals before anything else",
            situation.as_result(),
        )
    forward.lead_routes(fleet, side, ROUTE_SECONDS)
    if side is request.target:
        way_back.complete(request)
        fence = last_fence(situation.entries)
        if fence is not None and SCRIPTS in fence.details:
            way_back.follow_schema(request)
    else:
        way_back.disarm(request)
    if withdrawn is not None:
        raise withdrawn
    return side


def _finish(
    request: SwitchRequest, pending: PendingSwitch, locks: dict[Side, Session], progress: Progress
) -> MigrationError | None:
    """Open the new side with its versioned migrations; if one of them fails, somebody wrote past the old side's gate,
    or a standby of it lacks the fence, take the fence back and return why.

    Both locks are held and there is no ``opened`` row, so nobody else can open the new side meanwhile.
    """
    old = locks[pending.target.other]
    scripts = AtSwitch.from_details(request.sides, pending.details, request.hold_limit)
    try:
        forward.close_behind(old, pending.details.get(GATES))
        forward.await_standbys(old)
        seen = forward.seen_of(old)
        advanced(progress, Event.OPEN)
        forward.open_side(locks[pending.target], request.migration, pending.epoch, seen, scripts)
    except MigrationError as error:
        if error.code not in _TAKES_THE_FENCE_BACK:
            raise
        advanced(progress, Event.REOPEN)
        forward.withdraw_fence(old, request.migration, pending.epoch, scripts)
        return error
    return None


def shut_out(request: SwitchRequest, locks: dict[Side, Session]) -> list[Clients]:
    """Fence the side that an emergency left behind and that has returned, and end its clients' sessions.

    Its row makes the two journals agree; nothing may flow into it any more, since it has rows that the other side
    lacks.
    """
    situation = read_situation(request.sides)
    side = situation.left_open
    if side is None:
        return []
    session = locks[side]
    with session.transaction():
        gate.close_gate(session)
        journal.write_entry(session, request.migration, situation.next_epoch - 1, FENCED, side.other)
    for spec, facts in read_lanes(request.sides, Direction.into(side), request.exclude_tables):
        if facts.enabled:
            link.disable(request.sides.session(side), spec.name)
    return end_clients(request.sides.session(side))


class SwitchDuty:
    """The watchdog's work, with sessions and consoles of its own."""

    def __init__(self, request: SwitchRequest) -> None:
        self._request = request
        self._fleet = request.fleet()
        self.cancelled = request.ports.cancellation.noticed

    def arm(self) -> None:
        """Open the consoles, and start a process on the routers' hosts that notices when this one dies too."""
        limit = Deadline(ARM_SECONDS, "Arming the watchdog")
        self._fleet.arm(limit)
        self._fleet.guard(limit)

    def recover(self, holders: Holders) -> None:
        """Release clients soon in any case; settle the switch as soon as its state is known.

        :param holders: the dead switch's sessions; if another run holds the locks meanwhile, it settles the switch
        :raises TimeoutError: when the state stays unknown for too long: the process on the routers' hosts releases
            clients
        """
        end = time.monotonic() + _WATCH_SECONDS
        patience, released = _QUICK_SECONDS, False
        while time.monotonic() < end:
            try:
                _settle_for_good(self._request, self._fleet, holders, patience)
                return
            except MigrationError as error:
                patience = LOCK_SECONDS
                released = released or (error.code != ANOTHER_RUN and _let_clients_go(self._fleet))
            time.sleep(_RETRY_SECONDS)
        raise TimeoutError

    def stand_down(self) -> None:
        """End the processes on the routers' hosts."""
        self._fleet.stand_down()


def _settle_for_good(request: SwitchRequest, fleet: Fleet, holders: Holders, patience: float) -> None:
    """Take the locks from the dead switch, settle it, and record the outcome.

    :param patience: seconds for taking the locks
    """
    locks = take_locks(request, Deadline(patience, "Taking the locks"), holders.__contains__)
    try:
        for session in locks.values():
            session.wait_until(Deadline(LOCK_SECONDS, "Settling"))
        epoch = read_situation(request.sides).next_epoch
        side = settle(request, fleet, locks)
        request.ports.cancellation.noticed()
        cancelled = request.ports.cancellation.as_details()
        if side is not request.target:
            details = {"step": "unknown", "steps": [], **cancelled, "why": _WHY_UNDONE}
            journal.write_entry(locks[side], request.migration, epoch, UNDONE, request.target, details)
        elif cancelled:
            details = {"steps": [], "milliseconds": None, **cancelled}
            journal.write_entry(locks[side], request.migration, epoch - 1, SWITCH, request.target, details)
    finally:
        for session in locks.values():
            session.close()


def _let_clients_go(fleet: Fleet) -> bool:
    """Release clients to where the routes lead: a fenced side refuses their writes, so nothing is lost."""
    try:
        fleet.release(Deadline(ROUTE_SECONDS, "Releasing the routes"))
    except MigrationError:
        return False
    return True
