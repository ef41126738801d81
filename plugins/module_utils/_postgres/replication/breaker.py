# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading how much WAL a migration's slots retain, and dropping them, whatever the other side does."""

from __future__ import annotations

import time

from ..._domain.names import is_early_slot_of, link_prefix
from ..._domain.replication.breaker import Retention, SlotWal
from ..._domain.service.journal import BROKEN, last_epoch
from ..._domain.sides import Direction
from ..lanes import link
from ..service import journal
from ..session import Session
from ..sql.replication import breaker as sql

_RELEASE_SECONDS = 20.0


def slot_patterns(migration: str) -> list[str]:
    """Return LIKE patterns for the slots of the migration's lanes."""
    return [f"{link.like(link_prefix(migration) + direction.value)}\\_%" for direction in Direction]


def read_retention(publisher: Session, migration: str, patterns: list[str]) -> Retention:
    """Return what each slot whose name matches retains, and the transaction that may be the cause."""
    every = publisher.rows(sql.RETAINED, {"patterns": patterns})
    early = {row["name"]: row["kept"] for row in every if is_early_slot_of(migration, row["name"])}
    rows = [row for row in every if row["name"] not in early]
    oldest = publisher.row(sql.OLDEST_TRANSACTION) if rows else None
    return Retention(
        publisher.side,
        {row["name"]: SlotWal(row["kept"], row["behind"]) for row in rows},
        f"{oldest['who']}, in a transaction since {oldest['since']}" if oldest else None,
        early,
    )


def read_sync_patterns(subscriber: Session, migration: str) -> list[str]:
    """Return LIKE patterns for the slots that first copies to that side created on their publisher."""
    rows = subscriber.rows(sql.OWN_SUBSCRIPTIONS, {"patterns": slot_patterns(migration)})
    return [f"pg\\_{row['oid']}\\_sync\\_%\\_{row['system']}" for row in rows]


def stop_subscriptions(subscriber: Session, migration: str) -> None:
    """Prevent every worker of the migration on that side from connecting again."""
    for row in subscriber.rows(sql.OWN_SUBSCRIPTIONS, {"patterns": slot_patterns(migration)}):
        link.disable(subscriber, row["name"])


def drop_slot(publisher: Session, name: str) -> None:
    """End the session that reads from the slot, and drop it; a missing slot is no error.

    :raises DatabaseError: when it is still in use after 20 s
    """
    end = time.monotonic() + _RELEASE_SECONDS
    link.drop_slot(publisher, name, end, lambda: publisher.run(sql.END_SENDER, {"name": name}))


def record_break(publisher: Session, migration: str, reason: str, slots: list[str]) -> None:
    """Record the break in that side's journal, if there is one."""
    if journal.has_journal(publisher):
        epoch = last_epoch(journal.read_journal(publisher, migration))
        journal.write_entry(publisher, migration, epoch, BROKEN, details={"reason": reason, "slots": slots})
