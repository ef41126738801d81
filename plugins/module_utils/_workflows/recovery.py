# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finishing or undoing a switch whose process is gone: by its watchdog, or by the next run."""

from __future__ import annotations

import time

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.situation import read_situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.switch import end_when_idle, take_lock
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.fleet import Fleet

from . import forward, way_back
from .ports import LOCK_SECONDS
from .switch_request import SwitchRequest

ROUTE_SECONDS = 10.0
_WATCH_SECONDS = 600.0
_RETRY_SECONDS = 0.2
_QUICK_SECONDS = 1.0


def take_locks(request: SwitchRequest, deadline: Deadline, end_holder: bool) -> dict[Side, Session]:
    """Return a session on each side that holds the migration's lock there; old side first, always."""
    sessions: dict[Side, Session] = {}
    try:
        for side in (request.target.other, request.target):
            sessions[side] = request.sides.connect(side, "switch", deadline)
            end_when_idle(sessions[side], LOCK_SECONDS + 2 * request.deadline)
            take_lock(sessions[side], request.migration, deadline, end_holder)
    except MigrationError:
        for session in sessions.values():
            session.close()
        raise
    return sessions


def settle(request: SwitchRequest, fleet: Fleet, locks: dict[Side, Session]) -> Side:
    """Bring an interrupted switch to its end, and return the side that is in service then.

    Past its point of no return (both sides fenced, a ``fenced`` row without ``opened``) the new side is opened.
    Before it nothing was changed on the servers. Either way the routes are led to the side in service and released.

    :raises MigrationError: BG502 when it is not clear which side is in service; nothing is opened then
    """
    situation = read_situation(request.sides)
    pending = situation.pending
    if pending is not None:
        forward.open_side(locks[pending.target], request.migration, pending.epoch)
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
    else:
        way_back.disarm(request)
    return side


def watch(request: SwitchRequest, fleet: Fleet) -> None:
    """Do the watchdog's work: release clients soon whatever is known, settle as soon as it can be known."""
    end = time.monotonic() + _WATCH_SECONDS
    first_try = time.monotonic()
    released = False
    while time.monotonic() < end:
        try:
            locks = take_locks(request, Deadline(LOCK_SECONDS, "Taking the locks"), end_holder=True)
            settle(request, fleet, locks)
            return
        except MigrationError:
            if not released and time.monotonic() - first_try >= _QUICK_SECONDS:
                released = _let_clients_go(fleet)
        time.sleep(_RETRY_SECONDS)


def _let_clients_go(fleet: Fleet) -> bool:
    """Release clients towards where the routes lead: a fenced side refuses their writes, so that nothing is lost."""
    try:
        fleet.release(Deadline(ROUTE_SECONDS, "Releasing the routes"))
    except MigrationError:
        return False
    return True
