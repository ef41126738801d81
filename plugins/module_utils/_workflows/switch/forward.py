# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes after the point of no return; shared by the switch, its watchdog and the next run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.service.journal import OPENED, WITHDRAWN
from ..._domain.sides import Side
from ..._domain.switch.left_behind import Clients
from ..._postgres.go_no_go.readiness import read_gates_mark
from ..._postgres.service import gate, journal, situation
from ..._postgres.session import Session
from ..._postgres.switch import critical_section
from ..._postgres.switch.in_flight import plan_look, require_nobody_past_the_gate
from ..._postgres.switch.left_behind import end_clients, plan_end_of_clients
from ..._routers.fleet import Fleet
from .at_switch import AtSwitch

_POLL = 0.01  # seconds
_CLIENTS_FIRST = 0.05  # seconds in which all clients log in to the new side at once
CLOSING_SECONDS = 0.5  # seconds for sessions to notice that they were ended
CHANGED_MEANWHILE = "BG546"
STANDBY_SECONDS = 2.0
STANDBYS_BEHIND = "BG531"


def await_standbys(old: Session) -> None:
    """Wait until every standby of the old side has flushed the fence: promoted without it, it would be writable.

    :raises MigrationError: BG531 naming those that did not within 2 s
    """
    if not critical_section.standbys_behind(old, None):
        return
    lsn = critical_section.flushed_lsn(old)
    deadline = Deadline(STANDBY_SECONDS, "Standbys")
    while True:
        behind = critical_section.standbys_behind(old, lsn)
        if not behind:
            return
        if deadline.left() <= _POLL:
            raise MigrationError(
                STANDBYS_BEHIND,
                f"Standbys of {old.side} did not flush the fence within {STANDBY_SECONDS:g} s: {', '.join(behind)}",
                "",
                "Bring the standby back or disconnect it, then run the same command again",
            )
        time.sleep(_POLL)


def plan_closing_behind(old: Session) -> None:
    """Let the server plan the queries of :func:`close_behind`; :class:`SchemaWatch` has planned the rest."""
    plan_end_of_clients(old)
    plan_look(old)


def close_behind(old: Session, gates: str | None, harmless: Iterable[str] = ()) -> list[Clients]:
    """On the side that has just been fenced, end the sessions that could write there, and check that none has.

    An old session does not see the signpost, and its owner can take the gate off a table: until it ends it may write.

    :param gates: the expected result of :func:`read_gates_mark`, ``None`` if unknown
    :param harmless: roles that could not pass the gate when ``gates`` was read: their sessions may stay until the new
        side is open; ended earlier, they would look for a side that takes writes while there is none
    :raises MigrationError: BG545 when a session that we may not end still could write, BG546 when one may have written
    """
    ended = end_clients(old, spared=harmless)
    limit = Deadline(CLOSING_SECONDS, "Looking for transactions")
    require_nobody_past_the_gate(old, limit, waiting_too=True)
    if gates is not None and read_gates_mark(old) != gates:
        raise MigrationError(
            CHANGED_MEANWHILE,
            f"While the fence was committed, somebody changed tables or the gate's triggers of {old.side}",
            "",
            "Let changes of the schema end, then run the same command again",
        )
    return ended


def open_side(
    new: Session, migration: str, epoch: int, details: Mapping[str, Any], scripts: AtSwitch | None = None
) -> None:
    """Let the session's side accept application writes, and record it in the journal; doing it twice is no error.

    :param details: what the journal records with it
    :param scripts: what a cutover applies with it
    :raises MigrationError: BG263 when one of those fails; then the side stays fenced
    """
    with new.transaction():
        if gate.is_fenced(new):
            brings = scripts is not None and scripts.of_opening
            prepare_opening(new, migration, epoch, details, scripts=scripts if brings else None)
            if scripts is not None and brings:
                scripts.run(new)
    gate.widen_gate(new)


def prepare_opening(
    new: Session,
    migration: str,
    epoch: int,
    details: Mapping[str, Any],
    database: str | None = None,
    scripts: AtSwitch | None = None,
) -> None:
    """Do all of the opening except its commit in the open transaction, so nobody sees it yet.

    :param details: what the journal records with it
    :param database: the new side's, if already known
    :param scripts: what the opening applies; run next
    """
    gate.open_gate(new, database)
    kept = {**details, **(scripts.as_opened() if scripts else {})}
    journal.write_entry(new, migration, epoch, OPENED, new.side, kept)


def seen_of(old: Session) -> dict[str, int | None]:
    """Return what an opening's row records about the old side, so that a copy without its fence is recognised later."""
    return {"other_timeline": situation.read_timeline(old)}


def withdraw_fence(old: Session, migration: str, epoch: int, scripts: AtSwitch | None = None) -> None:
    """Take the fence of that epoch back; only while the new side was never told to open.

    :param scripts: of a rollback, which has taken them back with the fence: they are applied again
    """
    with old.transaction():
        gate.open_gate(old)
        if scripts is not None and not scripts.of_opening:
            scripts.bring_again(old)
        journal.write_entry(old, migration, epoch, WITHDRAWN, old.side)
    gate.widen_gate(old)


def lead_routes(fleet: Fleet, target: Side, seconds: float) -> None:
    """Lead all routes to ``target`` and release their clients; then wait until they have logged in."""
    fleet.lead(target, Deadline(seconds, f"Leading the routes to {target}"))
    time.sleep(_CLIENTS_FIRST)
