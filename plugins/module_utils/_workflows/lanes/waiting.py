# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a marker row on the other side, failing at once when its link has died."""

from __future__ import annotations

import time
import uuid
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.lanes.link import LaneFacts, LaneSpec
from ..._domain.lanes.source import NOT_READ_HERE
from ..._domain.sides import Direction
from ..._postgres.lanes.parts import read_lane
from ..._postgres.lanes.source import read_source
from ..._postgres.service import marker
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from .watch import STANDS, LanesWatch

_POLL = 0.002  # seconds; a marker takes 1.5 ms when the link is idle
_FIRST_LOOK = 0.2
_LOOK_AT_LINK = 1.0  # seconds between checks of the link's health while waiting
_COPYING = ("still copies", "has no apply worker")


def send_markers(publisher: Session, specs: list[LaneSpec], purpose: str) -> dict[int, str]:
    """Write a marker into every lane and return the token of each."""
    tokens = {spec.lane: uuid.uuid4().hex for spec in specs}
    for lane, token in tokens.items():
        marker.write_marker(publisher, lane, purpose, token)
    return tokens


def rehearse_markers(publisher: Session, specs: list[LaneSpec], purpose: str) -> None:
    """Write markers in a transaction that is rolled back: the session is faster the next time."""
    publisher.run("BEGIN")
    try:
        send_markers(publisher, specs, purpose)
    finally:
        publisher.rollback()


def settle_markers(old: Session, new: Session, tokens: dict[int, str], back: list[LaneSpec]) -> None:
    """Remove a switch's marker rows, which are no longer needed, and send a new one from the new side."""
    marker.remove_markers(old, tokens)
    marker.keep_markers(new, (spec.lane for spec in back))


def arrived(subscriber: Session, tokens: dict[int, str]) -> bool:
    """Tell whether every lane has delivered its marker: everything written before it has been applied."""
    return all(marker.has_marker(subscriber, lane, token) for lane, token in tokens.items())


def wait_for_markers(
    sides: Sides,
    direction: Direction,
    specs: list[LaneSpec],
    tokens: dict[int, str],
    deadline: Deadline,
    watch: LanesWatch | None = None,
) -> None:
    """Wait until every lane has delivered its marker.

    :param watch: what was seen of these lanes before, where this continues an earlier wait
    :raises MigrationError: BG311 within seconds when a lane has stopped; BG312 when the deadline passed, with the bytes
        missing
    """
    publisher, subscriber = sides.session(direction.publisher), sides.session(direction.subscriber)
    watch = watch or LanesWatch(sides, direction, apply_errors(publisher, subscriber, specs))
    next_look = time.monotonic() + _FIRST_LOOK
    while not arrived(subscriber, tokens):
        if time.monotonic() >= next_look:
            watch.look(require_living_lanes(publisher, subscriber, specs))
            next_look = time.monotonic() + _LOOK_AT_LINK
        if deadline.left() <= _POLL:
            raise _too_late(direction, [read_lane(publisher, subscriber, spec.name) for spec in specs], deadline)
        time.sleep(_POLL)


def require_living_lanes(publisher: Session, subscriber: Session, specs: list[LaneSpec]) -> dict[str, LaneFacts]:
    """Refuse to wait for a dead lane; return the lanes as they are.

    :raises MigrationError: BG311 naming the reasons, BG019 when nobody reads from the publisher's present primary
    """
    now = read_source(publisher)
    lanes = {spec.name: read_lane(publisher, subscriber, spec.name) for spec in specs}
    for spec in specs:
        facts = lanes[spec.name]
        if facts.source not in (None, now) and not facts.reader:
            raise _read_elsewhere(publisher, spec, facts)
        reasons = [reason for reason in facts.problems(spec) if not reason.startswith(_COPYING)]
        if reasons:
            raise MigrationError(
                "BG311",
                f"The lane {spec.name} {', '.join(reasons)}",
                STANDS,
                "Run replicate or sync again, which repairs it or says why it cannot be repaired",
                facts.as_result(),
            )
    return lanes


def _read_elsewhere(publisher: Session, spec: LaneSpec, facts: LaneFacts) -> MigrationError:
    side, slot = publisher.side, "there" if facts.slot else "not there"
    return MigrationError(
        NOT_READ_HERE,
        f"The lane {spec.name} reads from another server than the one that is {side}'s primary now, {publisher.place}; "
        f"its slot is {slot}",
        STANDS,
        "Run replicate or sync again, which lets it read from there, or says what may be missing",
        facts.as_result(),
    )


def apply_errors(publisher: Session, subscriber: Session, specs: list[LaneSpec]) -> dict[str, int | None]:
    """Return how often each lane's apply worker has failed so far, ``None`` where the server does not count (14)."""
    return {spec.name: read_lane(publisher, subscriber, spec.name).errors for spec in specs}


def _too_late(direction: Direction, lanes: list[LaneFacts], deadline: Deadline) -> MigrationError:
    known = [facts.lag for facts in lanes if facts.lag is not None]
    behind = f"{sum(known)} bytes" if len(known) == len(lanes) else "an unknown number of bytes"
    details: dict[str, Any] = {"lanes": [facts.as_result() for facts in lanes]}
    return MigrationError(
        "BG312",
        f"{str(direction.subscriber).capitalize()} was {behind} behind after {deadline.seconds:g} s",
        f"{str(direction.publisher).capitalize()} stays in service; the {direction} link keeps catching up",
        "Run it again with a longer timeout, or look at the load with the playbook status",
        details,
    )
