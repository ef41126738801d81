# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lane on its two servers: reading it, creating its parts, removing it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Callable

from ..._domain.capabilities import Capability
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.lanes.link import (
    LaneSpec,
    failing_writes,
    writes_would_fail,
)
from ..._domain.names import early_slot
from ..._domain.relations import TableName
from ..catalog import read_published_tables
from ..session import Session
from ..sql.lanes import link as sql

_IN_USE, _GONE = "55006", "42704"
_TIMED_OUT = ("57014", "55P03")
_SLOT_RELEASE_SECONDS = 10.0


def lane_pulse(publisher: Session, subscriber: Session, name: str) -> str | None:
    """Describe why rows do not flow through the lane at the moment, ``None`` if they do; fast."""
    slot = publisher.row(sql.SLOT, {"name": name})
    if slot is None or slot["wal_status"] in ("unreserved", "lost"):
        return "its slot is gone"
    subscription = subscriber.row(sql.SUBSCRIPTION, {"name": name})
    if subscription is None or not subscription["enabled"]:
        return "its subscription is gone or disabled"
    return None if subscription["working"] else "has no apply worker"


def has_passed(publisher: Session, name: str, lsn: str) -> bool:
    """Tell whether the subscriber has confirmed everything up to ``lsn``; false where there is no slot."""
    return bool(publisher.value(sql.HAS_PASSED, {"name": name, "lsn": lsn}))


def create_publication(publisher: Session, spec: LaneSpec) -> None:
    """Publish the lane's tables, in the open transaction.

    :raises MigrationError: BG245 when UPDATE and DELETE of a table fail from then on
    """
    _publish(publisher, sql.CREATE_PUBLICATION, spec)


def change_publication(publisher: Session, spec: LaneSpec) -> None:
    """Publish the lane's tables and no others, in the open transaction; raises as :func:`create_publication` does."""
    _publish(publisher, sql.SET_PUBLICATION, spec)


def replace_publication(publisher: Session, spec: LaneSpec) -> None:
    """Publish the lane's tables by name instead of all tables, in the open transaction, so that no change is missed."""
    drop_publication(publisher, spec.name)
    create_publication(publisher, spec)


def _publish(publisher: Session, statement: str, spec: LaneSpec) -> None:
    if not Capability.COLUMN_LISTS.of(publisher.major) and any(one.columns for one in spec.tables):
        raise MigrationError(
            "BG303",
            f"{publisher.side} is PostgreSQL {publisher.major}, which has no column lists: columns that the other side "
            "lacks cannot be left out",
            "Nothing was changed on this lane",
            f"Add the columns after the switch, or migrate to {Capability.COLUMN_LISTS.first} or later",
        )
    parts, names = [], {"publication": spec.name}
    for number, one in enumerate(spec.tables):
        parts.append(f"{{t{number}}}" + (f" ({{c{number}}})" if one.columns else ""))
        names[f"t{number}"] = one.table.parts  # type: ignore[assignment]
        if one.columns:
            names[f"c{number}"] = list(one.columns)  # type: ignore[assignment]
    publisher.run(statement + ", ".join(parts), None, **names)
    _require_writable(publisher, spec)


def _require_writable(publisher: Session, spec: LaneSpec) -> None:
    """Judge the published tables, which nobody can alter until the open transaction ends."""
    lists = {one.table: one.columns for one in spec.tables}
    tables = [(one, lists.get(one.name)) for one in read_published_tables(publisher, spec.name)]
    failing = failing_writes(tables, publisher.major)
    if failing:
        raise writes_would_fail(publisher.side, failing, stands="Nothing was changed by this step")


def create_slot(publisher: Session, name: str) -> str:
    """Create the lane's slot and return its LSN; waits for every transaction that is writing at that moment.

    :raises MigrationError: BG304 when such a transaction did not end in time, naming the oldest; BG307 when another
        database of the server has a slot of that name: slot names are unique in the whole server
    """
    refuse_taken_name(publisher, name)
    try:
        survives = Capability.FAILOVER_SLOTS.of(publisher.major)
        return str(publisher.value(sql.CREATE_SLOT_FOR_FAILOVER if survives else sql.CREATE_SLOT, {"name": name}))
    except DatabaseError as error:
        raise slot_too_late(publisher, error) from None


def begin_slot_at(publisher: Session, name: str, lsn: str) -> None:
    """Let the lane's slot, which nobody reads from, begin at ``lsn``: earlier commits are never sent, even after a
    crash.

    An early slot that is there was left by a run that was killed here: it alone still has what comes behind ``lsn``.
    """
    require_copies(publisher, "a link that begins where green's rows end")
    early = early_slot(name)
    if not publisher.rows(sql.SLOTS_LIKE, {"pattern": like(early)}):
        publisher.run(sql.COPY_SLOT, {"source": name, "name": early})
    drop_slots(publisher, [like(name)])
    begin_slot_here(publisher, name, lsn)
    drop_slots(publisher, [like(early)])
    allow_failover(publisher, name)


def require_copies(publisher: Session, what: str) -> None:
    """Refuse what takes a copy of a slot on a server that makes none.

    :raises MigrationError: BG283
    """
    if not Capability.COPIED_SLOTS.of(publisher.major):
        first = Capability.COPIED_SLOTS.first
        raise MigrationError(
            "BG283",
            f"{str(publisher.side).capitalize()} is PostgreSQL {publisher.major}, which copies no slot ({first} and "
            f"later do), and {what} needs a copy",
            "Nothing was changed by this step",
            "Use one lane and a first copy, which need none",
        )


def copy_slot(publisher: Session, source: str, name: str) -> None:
    """Create the lane's slot where another one begins, which nobody reads from.

    :raises MigrationError: BG307 as :func:`refuse_taken_name` does
    """
    refuse_taken_name(publisher, name)
    publisher.run(sql.COPY_SLOT, {"source": source, "name": name})
    allow_failover(publisher, name)


def create_early_slot(publisher: Session, name: str) -> None:
    """Create a slot beside the lane's that is to come, from any point on; waits as :func:`create_slot` does.

    :raises MigrationError: as :func:`create_slot` does; BG539 when the server has no room for the lane's own slot
    """
    refuse_taken_name(publisher, name)
    refuse_taken_name(publisher, early_slot(name))
    try:
        publisher.run(sql.CREATE_SLOT, {"name": early_slot(name)})
    except DatabaseError as error:
        raise slot_too_late(publisher, error) from None


def require_room(publisher: Session, slots: int) -> None:
    """Refuse a server that has no room for so many further slots.

    :raises MigrationError: BG539
    """
    free = int(publisher.value(sql.FREE_SLOTS))
    if free < slots:
        raise MigrationError(
            "BG539",
            f"{max(free, 0)} slots are free on {publisher.side}'s server, and {slots} are needed for a moment",
            "Nothing was changed by this step",
            f"Drop slots that nobody needs, or raise max_replication_slots on {publisher.side} by {slots - free}",
        )


def begin_slot_here(publisher: Session, name: str, lsn: str) -> None:
    """Make the lane's slot from the early one: what was committed before ``lsn`` is never sent, even after a crash.

    Without COPIED_SLOTS a new slot is made, which waits as the early one did.
    """
    if not Capability.COPIED_SLOTS.of(publisher.major):
        create_slot(publisher, name)
        return
    publisher.run(sql.ADVANCE_SLOT, {"name": early_slot(name), "lsn": lsn})
    publisher.run(sql.COPY_SLOT, {"source": early_slot(name), "name": name})


def allow_failover(publisher: Session, name: str) -> None:
    """Let standbys keep the slot, from 17 on; a copied one does not say so by itself, and nobody may read from it."""
    if not Capability.FAILOVER_SLOTS.of(publisher.major):
        return
    sender = Session(publisher.there, "slot", replication=True)
    try:
        sender.run(sql.ALLOW_FAILOVER, None, slot=name)
    finally:
        sender.close()


def disable_and_flush(subscriber: Session, names: Iterable[str]) -> str:
    """Stop these lanes and flush the server's WAL; return the LSN below which every commit until now lies."""
    with subscriber.transaction():
        subscriber.run(sql.FLUSH_LOCALLY)
        for name in names:
            disable(subscriber, name)
        subscriber.run(sql.COMMIT_SOMETHING)
    return str(subscriber.value(sql.FLUSHED))


def refuse_taken_name(publisher: Session, name: str) -> None:
    """Refuse a slot name that another database of the server uses.

    :raises MigrationError: BG307
    """
    taken = publisher.row(sql.SLOT_OF_ANOTHER, {"name": name})
    if taken is not None:
        raise MigrationError(
            "BG307",
            f"{publisher.side}'s server has a slot {name} already, of the database {taken['database']}",
            "Nothing was changed by this step",
            "Give the migrations of one server different names: set bluegreen_migration",
        )


def slot_too_late(publisher: Session, error: DatabaseError) -> MigrationError:
    """Return BG304 with the open transactions for a slot that was not created in time, any other error unchanged."""
    return slot_is_blocked(publisher) if error.sqlstate in _TIMED_OUT else error


def slot_is_blocked(publisher: Session) -> MigrationError:
    """Return BG304 with the transactions that the slot waits for."""
    blockers = ", ".join(f"pid {row['pid']} ({row['application_name']}, open for {row['age']})"
                         for row in publisher.rows(sql.BLOCKERS))  # fmt: skip
    return MigrationError(
        "BG304",
        f"The slot on {publisher.side} was not made in time; open transactions: {blockers or 'unknown'}",
        "Nothing flows through it yet",
        "End these transactions or wait for them, then run the same command again",
    )


def read_origin(subscriber: Session, name: str) -> str | None:
    """Return the subscription's option ``origin``, ``None`` below 16, where all rows are sent."""
    return subscriber.value(sql.ORIGIN, {"name": name}) if Capability.ORIGIN.of(subscriber.major) else None


def has_subscription(subscriber: Session, name: str) -> bool:
    """Tell whether the lane's subscription exists."""
    return subscriber.row(sql.SUBSCRIPTION, {"name": name}) is not None


def is_enabled(subscriber: Session, name: str) -> bool:
    """Tell whether the lane's apply worker is enabled."""
    subscription = subscriber.row(sql.SUBSCRIPTION, {"name": name})
    return bool(subscription and subscription["enabled"])


def disable(subscriber: Session, name: str) -> None:
    """Stop the lane's apply worker."""
    subscriber.run(sql.DISABLE, None, subscription=name)


def set_options(subscriber: Session, name: str, options: Mapping[str, str]) -> None:
    """Change options of an existing subscription; its worker picks them up by itself."""
    for option, value in options.items():
        subscriber.run(sql.SET_OPTIONS[option], {"value": value}, subscription=name)


def cut_off(subscriber: Session, name: str) -> None:
    """Stop the lane and make it forget its slot: without a slot no server enables it."""
    disable(subscriber, name)
    subscriber.run(sql.DETACH_SLOT, None, subscription=name)


def refresh(subscriber: Session, name: str, copy: bool) -> None:
    """Apply changes in the publication's list of tables; needs an enabled subscription."""
    subscriber.run(sql.REFRESH, {"copy": copy}, subscription=name)


def is_empty(session: Session, table: TableName) -> bool:
    """Tell whether the table has no row."""
    return not session.value(sql.NOT_EMPTY, None, table=table.parts)


def drop_subscription(subscriber: Session, name: str) -> list[str]:
    """Drop the lane's subscription without its publisher's help; return the names of slots that it may have left
    there."""
    row = subscriber.row(sql.SUBSCRIPTION, {"name": name})
    if row is None:
        return []
    cut_off(subscriber, name)
    subscriber.run(sql.DROP_SUBSCRIPTION, None, subscription=name)
    return [f"pg\\_{row['oid']}\\_sync\\_%\\_{system_of(subscriber)}"]


def system_of(session: Session) -> str:
    """Return the server's system identifier."""
    return str(session.value(sql.SYSTEM))


def drop_slots(publisher: Session, patterns: list[str]) -> None:
    """Drop the slots whose names match, after waiting until their walsenders are gone.

    :raises DatabaseError: when one is still in use after 10 s
    """
    end = time.monotonic() + _SLOT_RELEASE_SECONDS
    for pattern in patterns:
        for slot in publisher.rows(sql.SLOTS_LIKE, {"pattern": pattern}):
            drop_slot(publisher, slot["name"], end)


def drop_slot(publisher: Session, name: str, end: float, free: Callable[[], None] = lambda: None) -> None:
    """Drop a slot as soon as nobody reads from it; a missing slot is no error.

    :param end: when to stop waiting, by ``time.monotonic``, in seconds
    :param free: is called before each attempt
    :raises DatabaseError: when it is still in use then
    """
    while True:
        free()
        try:
            publisher.run(sql.DROP_SLOT, {"name": name})
            return
        except DatabaseError as error:
            if error.sqlstate == _GONE:
                return
            if error.sqlstate != _IN_USE or time.monotonic() > end:
                raise
        time.sleep(0.05)


def drop_publication(publisher: Session, name: str) -> None:
    """Drop the lane's publication."""
    publisher.run(sql.DROP_PUBLICATION, None, publication=name)


def slots_of(name: str) -> list[str]:
    """Return LIKE patterns of the lane's slot, and of the early one that a killed switch may have left."""
    return [like(name), like(early_slot(name))]


def like(name: str) -> str:
    """Return a LIKE pattern that matches that name only."""
    return name.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
