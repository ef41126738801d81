# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Letting rows flow through a lane: the only place in the collection that does, and that decides whether they may."""

from __future__ import annotations

from ..._domain.capabilities import Capability
from ..._domain.lanes.link import LaneSpec, wanted_options
from ..._domain.lanes.source import Source
from ..._domain.names import is_link_of
from ..._domain.service.stopped import echo, refusal, stopped_by
from ..._domain.session_settings import options_of_sender
from ..._domain.sides import Side
from ..service.gate import is_fenced
from ..service.journal import hold_journal, read_openings
from ..session import Session
from ..sql import subscribe as subscribe_sql
from ..sql.lanes import link as sql
from ..subscribe import hand_over
from .link import read_origin
from .source import read_new_source

_LEAVES_OUT = "none"


def require_may_flow(blue: Session, lane: str) -> None:
    """Refuse a lane that an emergency has stopped. Blue's journal tells, since an emergency opens only blue.

    :raises MigrationError: BG555
    """
    opening = stopped_by(one for one in read_openings(blue) if is_link_of(one.migration, lane))
    if opening is not None:
        raise refusal(opening, lane)


def require_no_echo(blue: Session, subscriber: Session, lane: str, leaves_out: bool) -> None:
    """Refuse a lane into the side in service that would send back rows that the other side got from there.

    :raises MigrationError: BG558
    """
    serves = not is_fenced(subscriber) and (subscriber is blue or is_fenced(blue))
    if serves and not leaves_out:
        raise echo(lane, subscriber.side)


def _require_until_its_end(blue: Session, subscriber: Session, lane: str) -> None:
    """Check it for the subscriber's open transaction; on blue no opening can be written before that ends."""
    if subscriber is blue:
        hold_journal(blue)
    require_may_flow(blue, lane)


def create_subscription(publisher: Session, subscriber: Session, spec: LaneSpec, enabled: bool, copy: bool) -> None:
    """Subscribe to the lane on its slot, in the open transaction.

    Its options are those that both servers support, and ``failover`` where both slot and subscription have it.

    :raises MigrationError: BG555 where an emergency has stopped it, BG558 where it would bring back what is newer there
    """
    _require_until_its_end(publisher if publisher.side is Side.BLUE else subscriber, subscriber, spec.name)
    wanted = wanted_options(publisher.major, subscriber.major)
    if enabled:
        blue = publisher if publisher.side is Side.BLUE else subscriber
        require_no_echo(blue, subscriber, spec.name, wanted.get("origin") == _LEAVES_OUT)
    options = f"create_slot = false, slot_name = '{spec.name}', enabled = {enabled}, copy_data = {copy}"
    for name, value in wanted.items():
        options += f", {name} = {value}"
    if Capability.FAILOVER_SLOTS.of(publisher.major, subscriber.major):
        options += ", failover = true"
    conninfo = publisher.there.peer_conninfo(spec.name, options_of_sender(subscriber.major))
    hand_over(subscriber, {"name": spec.name, "conninfo": conninfo, "options": options})
    subscriber.run(subscribe_sql.SUBSCRIBE)
    _note_source(subscriber, spec.name, read_new_source(publisher, subscriber))


def lead(publisher: Session, subscriber: Session, name: str, source: Source) -> None:
    """Let the lane's subscription read from the publisher's present primary, which is ``source``.

    Its worker may be waiting for a server that does not answer any more, and would not notice: it is ended.
    """
    conninfo = publisher.there.peer_conninfo(name, options_of_sender(subscriber.major))
    with subscriber.transaction():
        hand_over(subscriber, {"name": name, "conninfo": conninfo})
        subscriber.run(subscribe_sql.LEAD)
        _note_source(subscriber, name, source)
        subscriber.run(sql.END_WORKERS, {"name": name})


def _note_source(subscriber: Session, name: str, source: Source) -> None:
    """Keep what the lane's subscription reads as its comment, in the open transaction."""
    subscriber.run(sql.NOTE, {"source": source.as_comment()}, subscription=name)


def enable(blue: Session, subscriber: Session, name: str) -> None:
    """Let the lane's apply worker run.

    :raises MigrationError: BG555 where an emergency has stopped it, BG558 where it would bring back what is newer there
    """
    with subscriber.transaction():
        _require_until_its_end(blue, subscriber, name)
        require_no_echo(blue, subscriber, name, read_origin(subscriber, name) == _LEAVES_OUT)
        subscriber.run(sql.ENABLE, None, subscription=name)


def attach(blue: Session, subscriber: Session, name: str) -> None:
    """Give a stopped subscription its slot again, which has kept everything since.

    :raises MigrationError: BG555 where an emergency has stopped it
    """
    with subscriber.transaction():
        _require_until_its_end(blue, subscriber, name)
        subscriber.run(sql.ATTACH_SLOT, {"slot": name}, subscription=name)
