# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and removing what a dropped subscription has left on its two servers."""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.names import is_early_slot_of, link_prefix
from ..._domain.replication.plan import Remnants
from ..._domain.sides import Direction
from ..lanes.link import system_of
from ..session import Session
from ..sql.replication import remnants as sql


def read_remnants(publisher: Session, subscriber: Session, own: Iterable[str]) -> Remnants:
    """Return slots and origins that are no longer usable; origins only if our role may drop them.

    :param own: origins of ours that nothing uses any more

    Slots are read before subscriptions, so a slot whose subscription is just being created is not among them.
    """
    slots = publisher.rows(sql.SYNC_SLOTS, {"system": system_of(subscriber)})
    living = {row["oid"] for row in subscriber.rows(sql.SUBSCRIPTIONS)}
    return Remnants(
        sync_slots=tuple(row["name"] for row in slots if row["subscription"] not in living),
        origins=tuple(row["name"] for row in subscriber.rows(sql.ORIGINS, {"own": list(own)})),
    )


def read_early_slots(publisher: Session, migration: str, direction: Direction) -> tuple[str, ...]:
    """Return the slots that switches of the migration made for that direction before they held clients."""
    rows = publisher.rows(sql.EARLY_SLOTS, {"prefix": f"{link_prefix(migration)}{direction}_"})
    return tuple(row["name"] for row in rows if is_early_slot_of(migration, row["name"]))


def drop_origin(subscriber: Session, name: str) -> None:
    """Drop the origin of a dropped subscription; a missing origin is no error."""
    subscriber.run(sql.DROP_ORIGIN, {"name": name})
