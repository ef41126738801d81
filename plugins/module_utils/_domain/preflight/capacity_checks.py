# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of limits: what others use, plus what the links add, against what the server allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..sides import Side
from .facts import Facts, SideFacts
from .outlook import NATIVE_COPY
from .reasons import Reason, identifier

LAUNCHER = 1  # the background process that starts apply workers
_LOCKS_OF_A_NEW_TABLE = 3  # its own, and those of its TOAST table and the TOAST index
_KEPT_CONNECTIONS = ("superuser_reserved_connections", "reserved_connections")
_SLOTS, _ORIGINS = "max_replication_slots", "max_active_replication_origins"  # before 18 the first one limited both


def _lanes(facts: Facts) -> int:
    """Return how many lanes each direction has, or will have; an existing link keeps its lanes."""
    return max(len(facts.own_subscriptions(one)) for one in facts.sides) or max(facts.wishes.lanes, 1)


def _first_copies(facts: Facts, subscriber: SideFacts) -> int:
    """Return how many tables the server's own synchronisation copies at the same time: only green gets a first copy."""
    if subscriber.side is Side.BLUE or facts.wishes.copy != NATIVE_COPY:
        return 0
    tables = sum(1 for _table in facts.replicated(facts.blue))
    return min(subscriber.number("max_sync_workers_per_subscription") or 0, max(tables, 1))


def _short(one: SideFacts, setting: str, parts: Sequence[tuple[int, str]], consequence: str) -> Iterator[Reason]:
    allowed = one.number(setting)
    needed = sum(count for count, _what in parts)
    if allowed is None or allowed >= needed:
        return
    found = one.settings[setting]
    effect = "takes a restart" if found.needs_restart else "takes a reload"
    waits = "; a new value is already waiting for that" if found.pending_restart else ""
    sum_of = " + ".join(f"{count} {what}" for count, what in parts if count)
    yield Reason(
        one.side,
        f"{setting} is {allowed}, {needed} are needed ({sum_of}): {consequence}",
        f"ALTER SYSTEM SET {setting} = {needed}; -- {effect}{waits}",
        (setting,),
    )


def _parts(facts: Facts, names: Sequence[str], copies: int) -> list[tuple[int, str]]:
    """Count slots, senders or subscriptions of others, by name, and those that this migration and parallel ones add.

    Another migration of this collection that already has its links is one of the parallel ones.
    """
    lanes, beside = _lanes(facts), facts.wishes.others
    migrations = sum(map(facts.is_of_a_migration, names))
    return [
        (len(names) - migrations, "in use"),
        (max(migrations, beside * lanes), "for other migrations"),
        (lanes, "link" if lanes == 1 else "lanes"),
        (copies * (1 + beside), "first copies at once"),
    ]


def slots(facts: Facts) -> Iterator[Reason]:
    """Count replication slots."""
    for one in facts.sides:
        others = [
            slot.name
            for slot in one.slots
            if not (facts.is_our_slot(slot.name) or facts.is_our_sync_slot(one, slot.name))
        ]
        parts = _parts(facts, others, _first_copies(facts, facts.other(one)))
        yield from _short(one, _SLOTS, parts, "the link gets no slot")


def senders(facts: Facts) -> Iterator[Reason]:
    """Count WAL senders."""
    for one in facts.sides:
        ours = {slot.active_pid for slot in one.slots if facts.is_ours(slot.name)}
        others = [
            sender.application or ""
            for sender in one.senders
            if sender.pid not in ours
            and not facts.is_ours(sender.application or "")
            and not facts.is_our_sync_slot(one, sender.application or "")
        ]
        parts = _parts(facts, others, _first_copies(facts, facts.other(one)))
        yield from _short(one, "max_wal_senders", parts, "the link cannot connect")


def _workers_of_others(facts: Facts, one: SideFacts) -> list[str]:
    """Return the subscription name of each worker that is not ours."""
    others = [each for each in one.subscriptions if not (each.here and facts.is_ours(each.name))]
    return [each.name for each in others for _worker in range(each.workers)]


def logical_workers(facts: Facts) -> Iterator[Reason]:
    """Count apply workers."""
    for one in facts.sides:
        parts = _parts(facts, _workers_of_others(facts, one), _first_copies(facts, one))
        yield from _short(one, "max_logical_replication_workers", parts, "the link arrives but nobody applies it")


def worker_processes(facts: Facts) -> Iterator[Reason]:
    """Count background workers of all kinds except parallel workers, which are optional."""
    for one in facts.sides:
        workers = _parts(facts, _workers_of_others(facts, one), _first_copies(facts, one))
        parts = [(LAUNCHER, "launcher"), (one.background_workers, "of extensions"), *workers]
        yield from _short(one, "max_worker_processes", parts, "the link arrives but nobody applies it")


def origins(facts: Facts) -> Iterator[Reason]:
    """Count replication origins: one per subscription and one per table that is being copied."""
    for one in facts.sides:
        setting = _ORIGINS if _ORIGINS in one.settings else _SLOTS
        others = [each.name for each in one.subscriptions if not (each.here and facts.is_ours(each.name))]
        parts = _parts(facts, others, _first_copies(facts, one))
        yield from _short(one, setting, parts, "the subscription gets no replication origin")


def no_copy_workers(facts: Facts) -> Iterator[Reason]:
    """Find a green server that never copies a table."""
    green = facts.green
    parts = [(1, "first copy at once")]
    yield from _short(green, "max_sync_workers_per_subscription", parts, "no table is ever copied")


def server_connections(facts: Facts) -> Iterator[Reason]:
    """Count sessions of the whole server except ours; connections reserved for superusers do not count as free."""
    for one in facts.sides:
        kept = 0 if one.me.superuser else sum(one.number(name) or 0 for name in _KEPT_CONNECTIONS)
        wishes = facts.wishes
        ours = wishes.sessions * wishes.working
        parts = [(one.clients, "in use"), (kept, "reserved"), (ours, "for the migration" + "s" * (wishes.working > 1))]
        yield from _short(one, "max_connections", parts, "connections of the migration or the application are refused")


def connections(facts: Facts) -> Iterator[Reason]:
    """Find limits on connections of the role or the database, which bind all but superusers."""
    for one in facts.sides:
        roles = {role.name: role for role in (one.me, one.link_role) if role and not role.superuser}
        needed = facts.wishes.sessions
        limits = [("ROLE", role.name, role.connection_limit) for role in roles.values()]
        if roles:
            limits.append(("DATABASE", one.database.name, one.database.connection_limit))
        for kind, name, limit in limits:
            if 0 <= limit < needed:
                yield Reason(
                    one.side,
                    f"{kind.capitalize()} {name} may have {limit} connections, up to {needed} are needed",
                    f"ALTER {kind} {identifier(name)} CONNECTION LIMIT -1;",
                    (name,),
                )


def lock_table(facts: Facts) -> Iterator[Reason]:
    """Find a lock table too small for pg_dump's one transaction on blue, or for pg_restore's on green."""
    there = {one.side: len(facts.tables(one)) for one in facts.sides}
    made = there[Side.BLUE] - there[Side.GREEN]
    dumped = f"pg_dump locks {there[Side.BLUE]} tables at once"
    restored = f"pg_restore creates {made} tables at once, which takes {_LOCKS_OF_A_NEW_TABLE * made} locks"
    for one, needed, what in (
        (facts.blue, there[Side.BLUE], dumped),
        (facts.green, _LOCKS_OF_A_NEW_TABLE * made, restored),
    ):
        locks, sessions = one.number("max_locks_per_transaction"), one.number("max_connections")
        if locks is None or sessions is None:
            continue
        slots_for_locks = locks * (sessions + (one.number("max_prepared_transactions") or 0))
        if needed > slots_for_locks:
            yield Reason(
                one.side,
                f"{what}, the server has room for {slots_for_locks} locks",
                f"ALTER SYSTEM SET max_locks_per_transaction = {locks * (needed // slots_for_locks + 1)}; -- a restart",
                ("max_locks_per_transaction",),
            )
