# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of replication: other people's, and the state of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..capabilities import Capability
from ..units import in_bytes
from .facts import Facts
from .reasons import Reason, about, about_each, literal
from .servers import Slot

_MUCH_RETAINED = 1024**3  # bytes
_SYNC_SLOT = re.compile(r"pg_\d+_sync_\d+_\d+")
_WAL_GOING, _WAL_GONE = ("extended", "unreserved"), "lost"


def all_tables_published(facts: Facts) -> Iterator[Reason]:
    """Find publications that would carry our own tables to a subscriber which lacks them, and stop it.

    One under our own name was created by ``pg_createsubscriber``; the link will name its tables.
    """
    for one in facts.sides:
        yield from about(
            one.side,
            [each.name for each in one.publications if each.all_tables and not facts.is_ours(each.name)],
            "{n} publication{s} FOR ALL TABLES: the tables in schema bluegreen would go to subscribers that lack them, "
            "and stop them",
            "DROP PUBLICATION {id}; -- and publish the tables by name, or accept it where nobody subscribes",
        )


def other_publications(facts: Facts) -> Iterator[Reason]:
    """Find publications, which setup does not copy to green."""
    yield from about(
        facts.blue.side,
        [each.name for each in facts.blue.publications if not each.all_tables and not facts.is_ours(each.name)],
        "{n} publication{s} of somebody else's: green does not get them by itself",
        "Before its subscribers move: CREATE PUBLICATION {id} … on green",
    )


def other_subscriptions(facts: Facts) -> Iterator[Reason]:
    """Find subscriptions that write here: a link with origin = none does not send these rows, and no fence stops
    them."""
    for one in facts.sides:
        yield from about(
            one.side,
            [each.name for each in one.subscriptions if each.here and not facts.is_ours(each.name)],
            "{n} subscription{s} of somebody else's: their rows pass the fence, and no link carries them on",
            "ALTER SUBSCRIPTION {id} DISABLE; -- and let it feed the side in service after the switch",
        )


def slots_keeping_wal(facts: Facts) -> Iterator[Reason]:
    """Find slots that nobody reads from and that fill the disk."""
    for one in facts.sides:
        idle = [each for each in one.slots if each.active_pid is None and not facts.is_our_slot(each.name)]
        for each in idle:
            if each.wal_status in (*_WAL_GOING, _WAL_GONE) or _keeps_much(each):
                kept = "WAL it needs is gone" if each.wal_status == _WAL_GONE else f"keeps {_kept(each)} of WAL"
                yield Reason(
                    one.side,
                    f"Slot {each.name} has no reader and {kept}",
                    f"SELECT pg_drop_replication_slot({literal(each.name)}); -- or start its reader",
                    (each.name,),
                )


def _keeps_much(slot: Slot) -> bool:
    return slot.retained is not None and slot.retained > _MUCH_RETAINED


def _kept(slot: Slot) -> str:
    return "an unknown amount" if slot.retained is None else in_bytes(slot.retained)


def own_slot_lost(facts: Facts) -> Iterator[Reason]:
    """Find links of this migration whose slot has lost WAL: they must start again."""
    for one in facts.sides:
        yield from about(
            one.side,
            [
                each.name
                for each in one.slots
                if facts.is_ours(each.name) and each.wal_status in ("unreserved", _WAL_GONE)
            ],
            "{n} slot{s} of this migration {have} lost WAL that the link needs",
            "Undo the migration with rollback or cleanup, raise max_slot_wal_keep_size, and start again: {}",
        )


def left_over_early_slots(facts: Facts) -> Iterator[Reason]:
    """Find slots that a switch made before it held clients, and did not live to drop."""
    for one in facts.sides:
        again = "replicate" if one is facts.blue and not one.database.fenced else "sync"
        yield from about(
            one.side,
            [each.name for each in one.slots if each.here and facts.is_early_slot(each.name)],
            "{n} slot{s} of this migration {are} left from a switch that was killed, and keep WAL for nobody",
            f"If no switch is running, run {again} again, which drops {{}}; so do the next switch, and cleanup",
        )


def left_over_sync_slots(facts: Facts) -> Iterator[Reason]:
    """Find slots that a first copy left behind."""
    for one in facts.sides:
        left = [
            each.name
            for each in one.slots
            if each.here
            and each.active_pid is None
            and _SYNC_SLOT.fullmatch(each.name)
            and not facts.is_our_sync_slot(one, each.name)
        ]
        yield from about(
            one.side,
            left,
            "{n} slot{s} left over from a first copy {have} no reader and keep WAL",
            "SELECT pg_drop_replication_slot('{}');",
        )


def own_link_stopped(facts: Facts) -> Iterator[Reason]:
    """Find links of this migration that stopped after an error although their publisher is in service."""
    for one in facts.sides:
        idle = [each for each in facts.own_subscriptions(one) if not each.workers]
        # 14 counts no errors: an enabled link without a worker has almost certainly failed.
        stopped = [each for each in idle if each.errors or (each.errors is None and each.enabled)]
        if facts.other(one).database.fenced:
            continue
        yield from about(
            one.side,
            [each.name for each in stopped],
            "{n} link{s} of this migration stopped after an error",
            "Read the log of this server for the row, correct it, then: ALTER SUBSCRIPTION {id} ENABLE;",
        )


def not_carried(facts: Facts) -> Iterator[Reason]:
    """Find tables that were created after the link and that both sides have: their rows do not flow."""
    for one in facts.sides:
        ours = [each for each in one.publications if facts.is_ours(each.name)]
        if not (ours and facts.own_subscriptions(facts.other(one))):
            continue
        published = {table for each in ours for table in each.tables}
        yield from about(
            one.side,
            [blue.name for blue, _green in facts.pairs if blue.stores_rows and blue.name not in published],
            "{n} table{s} created after the link, which does not carry their rows",
            "Run replicate, and sync, again: they add {}",
        )


def conflicts_met(facts: Facts) -> Iterator[Reason]:
    """Find links that met a row that differs from the publisher's: the sides may differ (18 counts these)."""
    for one in facts.sides:
        for each in facts.own_subscriptions(one):
            if each.conflicts:
                yield Reason(
                    one.side,
                    f"Link {each.name} has met {each.conflicts} change{'s' if each.conflicts > 1 else ''} whose row "
                    "was missing here, or there already: the sides may differ",
                    f"Run verify; when it is proven: SELECT pg_stat_reset_subscription_stats({each.oid});",
                    (each.name,),
                )


def still_copying(facts: Facts) -> Iterator[Reason]:
    """Say which tables of this migration are not copied yet."""
    for one in facts.sides:
        yield from about(
            one.side,
            [table for each in facts.own_subscriptions(one) for table in each.copying],
            "{n} table{s} {are} still being copied",
            "Wait for replicate to end: {}",
        )


def slot_dies_with_primary(facts: Facts) -> Iterator[Reason]:
    """Say where a failover to a standby would lose the link that reads from that side."""
    for one in facts.sides:
        standbys = one.database.standbys
        if Capability.FAILOVER_SLOTS.of(one.database.major):
            lacking = {each.name: f"{each.lacks} (docs/failover.md)" for each in standbys if each.lacks}
            what = "{n} standby{s} would not take the link over at a failover, or with a gap"
            yield from about_each(one.side, lacking, what)
        else:
            first = Capability.FAILOVER_SLOTS.first
            yield from about(
                one.side,
                [each.name for each in standbys],
                "After a failover to {n} standby{s} the link's slot is gone",
                f"Before PostgreSQL {first} no standby has a copy of it, so green is copied anew (docs/failover.md)",
            )
