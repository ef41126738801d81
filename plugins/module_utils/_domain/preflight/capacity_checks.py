# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of limits: what is in use by others, plus what the links add, against what the server allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

from .facts import Facts, SideFacts
from .reasons import Reason, identifier

LANES = 1  # links in each direction
LAUNCHER = 1  # the background process that starts apply workers
CONNECTIONS = 10  # sessions of ours, of a watchdog and of the links, at most
_KEPT_CONNECTIONS = ("superuser_reserved_connections", "reserved_connections")
_ORIGINS = ("max_active_replication_origins", "max_replication_slots")  # before 18 the second one limited both


def _first_copies(facts: Facts, subscriber: SideFacts) -> int:
    """Return how many tables are copied at once: only green gets a first copy."""
    if subscriber.side is Side.BLUE:
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
    waits = "; a new value waits for that already" if found.pending_restart else ""
    sum_of = " + ".join(f"{count} {what}" for count, what in parts if count)
    yield Reason(
        one.side,
        f"{setting} is {allowed}, {needed} are needed ({sum_of}): {consequence}",
        f"ALTER SYSTEM SET {setting} = {needed}; -- {effect}{waits}",
        (setting,),
    )


def slots(facts: Facts) -> Iterator[Reason]:
    """Count replication slots."""
    for one in facts.sides:
        others = sum(not (facts.is_ours(slot.name) or facts.is_our_sync_slot(one, slot.name)) for slot in one.slots)
        copies = _first_copies(facts, facts.other(one))
        parts = [(others, "in use"), (LANES, "link"), (copies, "first copies at once")]
        yield from _short(one, "max_replication_slots", parts, "the link gets no slot")


def senders(facts: Facts) -> Iterator[Reason]:
    """Count WAL senders."""
    for one in facts.sides:
        ours = {slot.active_pid for slot in one.slots if facts.is_ours(slot.name)}
        others = sum(
            sender.pid not in ours
            and not facts.is_ours(sender.application or "")
            and not facts.is_our_sync_slot(one, sender.application or "")
            for sender in one.senders
        )
        copies = _first_copies(facts, facts.other(one))
        parts = [(others, "in use"), (LANES, "link"), (copies, "first copies at once")]
        yield from _short(one, "max_wal_senders", parts, "the link cannot connect")


def _apply_workers_of_others(facts: Facts, one: SideFacts) -> int:
    return sum(each.workers for each in one.subscriptions if not (each.here and facts.is_ours(each.name)))


def logical_workers(facts: Facts) -> Iterator[Reason]:
    """Count apply workers."""
    for one in facts.sides:
        parts = [
            (_apply_workers_of_others(facts, one), "in use"),
            (LANES, "link"),
            (_first_copies(facts, one), "first copies at once"),
        ]
        yield from _short(one, "max_logical_replication_workers", parts, "the link arrives but nobody applies it")


def worker_processes(facts: Facts) -> Iterator[Reason]:
    """Count background workers of all kinds, but for those of parallel queries, which do without."""
    for one in facts.sides:
        parts = [
            (LAUNCHER, "launcher"),
            (one.background_workers, "of extensions"),
            (_apply_workers_of_others(facts, one), "of other subscriptions"),
            (LANES, "link"),
            (_first_copies(facts, one), "first copies at once"),
        ]
        yield from _short(one, "max_worker_processes", parts, "the link arrives but nobody applies it")


def origins(facts: Facts) -> Iterator[Reason]:
    """Count replication origins: one a subscription and one a table that is being copied."""
    for one in facts.sides:
        setting = next((name for name in _ORIGINS if name in one.settings), _ORIGINS[-1])
        others = sum(not (each.here and facts.is_ours(each.name)) for each in one.subscriptions)
        parts = [(others, "in use"), (LANES, "link"), (_first_copies(facts, one), "first copies at once")]
        yield from _short(one, setting, parts, "the subscription gets no replication origin")


def no_copy_workers(facts: Facts) -> Iterator[Reason]:
    """Find a green server that never copies a table."""
    green = facts.green
    parts = [(1, "first copy at once")]
    yield from _short(green, "max_sync_workers_per_subscription", parts, "no table is ever copied")


def server_connections(facts: Facts) -> Iterator[Reason]:
    """Count sessions of the whole server, but for ours; what is kept for superusers is no room for others."""
    for one in facts.sides:
        kept = 0 if one.me.superuser else sum(one.number(name) or 0 for name in _KEPT_CONNECTIONS)
        parts = [(one.clients, "in use"), (kept, "reserved"), (CONNECTIONS, "for the migration")]
        yield from _short(one, "max_connections", parts, "the migration, or the application, is turned away")


def connections(facts: Facts) -> Iterator[Reason]:
    """Find limits on connections of the role or the database, which bind all but superusers."""
    for one in facts.sides:
        roles = {role.name: role for role in (one.me, one.link_role) if role and not role.superuser}
        limits = [("ROLE", role.name, role.connection_limit) for role in roles.values()]
        if roles:
            limits.append(("DATABASE", one.database.name, one.database.connection_limit))
        for kind, name, limit in limits:
            if 0 <= limit < CONNECTIONS:
                yield Reason(
                    one.side,
                    f"{kind.capitalize()} {name} may have {limit} connections, up to {CONNECTIONS} are needed",
                    f"ALTER {kind} {identifier(name)} CONNECTION LIMIT -1;",
                    (name,),
                )


def lock_table(facts: Facts) -> Iterator[Reason]:
    """Find a lock table too small for pg_dump, which locks every table in one transaction."""
    blue = facts.blue
    locks, sessions = blue.number("max_locks_per_transaction"), blue.number("max_connections")
    if locks is None or sessions is None:
        return
    slots_for_locks = locks * (sessions + (blue.number("max_prepared_transactions") or 0))
    tables = sum(1 for _table in facts.tables(blue))
    if tables > slots_for_locks:
        yield Reason(
            blue.side,
            f"pg_dump locks {tables} tables at once, the server has room for {slots_for_locks} locks",
            f"ALTER SYSTEM SET max_locks_per_transaction = {locks * (tables // slots_for_locks + 1)}; -- a restart",
            ("max_locks_per_transaction",),
        )
