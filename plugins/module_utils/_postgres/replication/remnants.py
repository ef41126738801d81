# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and removing what a subscription that is gone has left on its two servers."""

from __future__ import annotations

from ..._domain.replication.plan import Remnants
from ..lanes.link import system_of
from ..session import Session
from ..sql.replication import remnants as sql


def read_remnants(publisher: Session, subscriber: Session) -> Remnants:
    """Return what is no longer usable; origins only if our role may drop them.

    Slots are read before subscriptions: a slot whose subscription is in the making is then none of them.
    """
    slots = publisher.rows(sql.SYNC_SLOTS, {"system": system_of(subscriber)})
    living = {row["oid"] for row in subscriber.rows(sql.SUBSCRIPTIONS)}
    return Remnants(
        sync_slots=tuple(row["name"] for row in slots if row["subscription"] not in living),
        origins=tuple(row["name"] for row in subscriber.rows(sql.ORIGINS)),
    )


def drop_origin(subscriber: Session, name: str) -> None:
    """Drop the origin of a subscription that is gone; one that is gone by now is no error."""
    subscriber.run(sql.DROP_ORIGIN, {"name": name})
