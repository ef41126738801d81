# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which primary publishes at the moment, and what is known of the way from the one before to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.lanes.positions import FIRST_TIMELINE, ends_of_timelines
from ..._domain.lanes.source import Crossing, Source
from ..session import Session
from ..sql.lanes import link as sql

_A_STANDBY = "BG708"
NOTHING_YET = "0/0"


def read_source(publisher: Session) -> Source:
    """Return what a subscription reads that is made now.

    :raises MigrationError: BG708 when the publisher is a standby
    """
    system, timeline = _identify(publisher)
    return Source(system, timeline, publisher.there.peer_address)


def read_new_source(publisher: Session, subscriber: Session) -> Source:
    """Return it for a subscription that is made now, and misses nothing; raises as :func:`read_source` does."""
    return replace(read_source(publisher), received_on=_identify(subscriber)[1])


def _identify(session: Session) -> tuple[str, int]:
    found: dict[str, Any] = session.row(sql.IDENTITY) or {}
    if found["timeline"] is None:
        side = session.side
        raise MigrationError(
            _A_STANDBY,
            f"{str(side).capitalize()} at {session.place} is a standby",
            "Nothing was changed by this step",
            f"Let bluegreen_{side} name the server that is primary now, then run the same command again",
        )
    return found["system"], int(found["timeline"])


def read_crossing(
    publisher: Session, subscriber: Session, name: str, before: Source | None, *, nothing_missing: bool
) -> Crossing | None:
    """Return what is known of the way from what that lane was made to read to the present primary; ``None`` where it
    is the same.

    :param nothing_missing: the publisher takes no writes: a failover of the subscriber has lost nothing either
    """
    now = read_new_source(publisher, subscriber)
    subscription = subscriber.row(sql.SUBSCRIPTION, {"name": name})
    same = before is not None and before == now and (not nothing_missing or before.received_on == now.received_on)
    if same or subscription is None:
        return None
    ends = _read_ends(publisher, now.timeline)
    applied = read_applied(subscriber, subscription["oid"])
    return Crossing(before, now, publisher.place, ends, applied, now.received_on)


def read_applied(subscriber: Session, oid: int) -> str | None:
    """Return the publisher's position up to which that subscription has applied everything, ``0/0`` where it has
    applied nothing yet, ``None`` if our role may not read it."""
    if not subscriber.value(sql.MAY_READ_ORIGINS):
        return None
    return str(subscriber.value(sql.APPLIED, {"oid": oid}) or NOTHING_YET)


def _read_ends(publisher: Session, timeline: int) -> dict[int, str]:
    """Return where each timeline ended that the present one comes from; the first one has no history."""
    if timeline == FIRST_TIMELINE:
        return {}
    reader = Session(publisher.there, "history", replication=True)
    try:
        found: dict[str, Any] = reader.row(sql.HISTORY, {"timeline": timeline}) or {}
    finally:
        reader.close()
    content = found["content"]
    return ends_of_timelines(content if isinstance(content, str) else bytes(content).decode())
